"""Measures swiftcorn.shared beside uWSGI's cache and multiprocessing.Manager.

Each is called from Python in one worker (the manager: in one process), in rounds that take turns,
and benchmarks/shared.md is written. `install.py` installs uWSGI.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from contextlib import ExitStack, contextmanager
from multiprocessing import Manager
from multiprocessing.managers import BaseManager
from pathlib import Path

from apps import store_calls
from harness import machine
from harness.place import APPLICATIONS, BENCHMARKS, CACHE, CHECKOUT

NAMES = ("swiftcorn.shared", "uWSGI's cache", "multiprocessing.Manager")
#: A call of the manager takes so much longer.
MANAGER_CALLS = 500
BOOT_SECONDS = 30


def main() -> int:
    options = _options()
    rounds: list[dict[str, dict[str, float]]] = []
    with ExitStack() as stack:
        ports = [_free_port(), _free_port()]
        stack.enter_context(_serving(_swiftcorn(options.swiftcorn, ports[0])))
        stack.enter_context(_serving(_uwsgi(options.uwsgi, ports[1])))
        manager = stack.enter_context(Manager())
        counting = stack.enter_context(_Counting())
        values = manager.dict()
        count = counting.Counts()
        for port in ports:
            _wait_for(port)
        for number in range(options.rounds):
            print(f"round {number + 1}", flush=True)
            found = {name: _ask(port) for name, port in zip(NAMES, ports, strict=False)}
            found[NAMES[2]] = store_calls.measure(
                values.get, values.__setitem__, count.incr, MANAGER_CALLS
            )
            rounds.append(found)
    options.output.write_text(_report(rounds))
    print(f"benchmark: wrote {os.path.relpath(options.output)}")
    return 0


class _Counting(BaseManager):
    """What people write where several processes count: an object in the manager's process."""


class Counts:
    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def incr(self, name: str) -> int:
        self._counts[name] = self._counts.get(name, 0) + 1
        return self._counts[name]


_Counting.register("Counts", Counts)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--rounds", type=int, default=7)
    add("--swiftcorn", type=Path, default=CHECKOUT / ".venv" / "bin" / "swiftcorn")
    add("--uwsgi", type=Path, default=CACHE / "uwsgi" / "bin" / "uwsgi")
    add("--output", type=Path, default=BENCHMARKS / "shared.md", help="the report")
    return parser.parse_args()


def _swiftcorn(program: Path, port: int) -> list[str]:
    bind = f"127.0.0.1:{port}"
    return [str(program), "--bind", bind, "--timeout", "0", "store_calls:app"]


def _uwsgi(program: Path, port: int) -> list[str]:
    return [
        str(program),
        *("--http-socket", f"127.0.0.1:{port}", "--master", "--workers", "1", "--need-app"),
        *("--cache2", "name=default,items=65536,blocksize=8192"),
        *("--wsgi", "store_calls:app", "--pythonpath", str(APPLICATIONS), "--die-on-term"),
    ]


@contextmanager
def _serving(command: list[str]):
    server = subprocess.Popen(
        command,
        cwd=APPLICATIONS,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=BOOT_SECONDS)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def _wait_for(port: int) -> None:
    end = time.monotonic() + BOOT_SECONDS
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


def _ask(port: int) -> dict[str, float]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=600) as answer:
        return json.load(answer)


def _report(rounds: list[dict[str, dict[str, float]]]) -> str:
    facts = machine.facts()
    lines = [
        "# The shared store beside others",
        "",
        f"Written by `benchmarks/shared.py` on {facts['date']}: {facts['processor']}, "
        f"{facts['cores']} cores,",
        f"{facts['kernel']}, CPython {sys.version.split()[0]}, {len(rounds)} interleaved rounds.",
        "",
        "Nanoseconds for one call from Python in one worker, the loop around it included; the",
        "median over the rounds of the least of five runs. In brackets how many times as long it",
        "takes as `swiftcorn.shared` in the same round, the median too.",
        "",
        f"| call | {' | '.join(NAMES)} |",
        f"|---|{'---:|' * len(NAMES)}",
    ]
    for call in rounds[0][NAMES[0]]:
        cells = []
        for name in NAMES:
            times = statistics.median(found[name][call] for found in rounds)
            ratio = statistics.median(found[name][call] / found[NAMES[0]][call] for found in rounds)
            shown = "" if name == NAMES[0] else f" ({ratio:.1f})"
            cells.append(f"{times * 1e9:,.0f}{shown}")
        lines.append(f"| {call} | {' | '.join(cells)} |")
    lines += [
        "",
        "Values are `bytes` of 22 bytes where nothing else is said. uWSGI's cache has items of",
        "8 KiB and no threads; the manager's counter is an object of its own in its process.",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
