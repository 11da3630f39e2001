"""Runs wrk and reads what it says."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

SECONDS_PER_UNIT = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
# Enough to keep one core busy, few enough to keep latency readable.
CONNECTIONS = 16


class LoadError(Exception):
    """The load generator saw something that makes its numbers worthless."""


@dataclass(frozen=True)
class Load:
    """What the load generator does."""

    connections: int = CONNECTIONS
    script: Path | None = None
    fields: tuple[str, ...] = ()
    # Every request is to arrive on a connection of its own.
    closing: bool = False


@dataclass(frozen=True)
class LoadResult:
    requests: int
    requests_per_second: float
    p50_seconds: float
    p99_seconds: float
    mean_seconds: float

    @property
    def connections_in_flight(self) -> float:
        """By Little's law; far below the connections there are when some of them starve."""
        return self.requests_per_second * self.mean_seconds


def run(load: Load, port: int, seconds: int, core: int) -> LoadResult:
    command = ["taskset", "-c", str(core), "wrk", "--latency", "-t1"]
    command += [f"-c{load.connections}", f"-d{seconds}s", "--timeout", "10s"]
    for field in load.fields:
        command += ["-H", field]
    if load.script:
        command += ["-s", str(load.script)]
    command.append(f"http://127.0.0.1:{port}/")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise LoadError(f"wrk: {done.stderr.strip() or done.stdout.strip()}")
    return parse(done.stdout)


def parse(text: str) -> LoadResult:
    complaints = re.findall(r"^\s*(Socket errors: .*|Non-2xx or 3xx responses: .*)$", text, re.M)
    if complaints:
        raise LoadError("; ".join(complaints))
    total = re.search(r"(\d+) requests in", text)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", text)
    if not total or not rate or int(total[1]) == 0:
        raise LoadError("wrk saw no request answered")
    return LoadResult(
        requests=int(total[1]),
        requests_per_second=float(rate[1]),
        p50_seconds=_time(text, r"50%"),
        p99_seconds=_time(text, r"99%"),
        mean_seconds=_time(text, r"Latency"),
    )


def _time(text: str, label: str) -> float:
    """The time that stands behind `label` at the beginning of a line."""
    found = re.search(rf"^\s+{label}\s+([\d.]+)([a-z]+)\b", text, re.M)
    if not found:
        raise LoadError(f"wrk did not say {label}")
    return float(found[1]) * SECONDS_PER_UNIT[found[2]]
