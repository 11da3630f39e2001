"""The four measurements; each returns the lines of its part of the report."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from endurance import servers
from endurance.open_loop import Demand, OpenLoop, Waits
from harness import client, wrk
from harness.launch import RunningServer
from harness.servers import Application, Server, Variant

HERE = Path(__file__).parent
BOOT_SECONDS_MAX = 20.0
HELLO = b"Hello, World!"
# How long a crowd is given to arrive and stand before the others are measured beside it.
ARRIVAL_SECONDS = 10


@dataclass(frozen=True)
class Place:
    """Which server, on which cores, and for how long."""

    swiftcorn: Path
    server_core: int
    load_core: int
    open_loop_seconds: float
    crowd_seconds: float
    idle_steps: tuple[int, ...]


@contextmanager
def _running(place: Place, server: Server, module: str, body: bytes) -> Iterator[RunningServer]:
    application = Application(module, body)
    with RunningServer(server, application, Variant(), place.server_core) as running:
        request = client.request_bytes()
        client.wait_for_answer(running.port, request, BOOT_SECONDS_MAX, running.is_alive)
        yield running
        running.check_alive()


# Waiting in one queue


def open_loop(place: Place) -> list[str]:
    """50 requests a second over 64 connections, 1 in 100 sleeps a second."""
    demand = Demand(50, place.open_loop_seconds, 64, 100)
    lines = [
        "## One queue before four workers",
        "",
        f"An open loop: {demand.rate:g} requests a second over {demand.connections} keep-alive",
        f"connections for {demand.seconds:g} s; 1 in {demand.slow_every} sleeps a second, the rest",
        "a millisecond. Waits of the short ones, from the moment they were due. Bound for",
        "Swiftcorn's sync worker: p99 ≤ 20 ms.",
        "",
        "| server | p50 ms | p99 ms | p99.9 ms | longest ms | failed | verdict |",
        "|---|---|---|---|---|---|---|",
    ]
    for server in servers.open_loop_servers(place.swiftcorn):
        if not server.executable.exists():
            continue
        with _running(place, server, "mixed", HELLO) as running:
            waits = OpenLoop(running.port, demand).run()
        lines.append(_waits_row(server, waits))
        print(lines[-1], flush=True)
    return lines


def _waits_row(server: Server, waits: Waits) -> str:
    p50, p99, p999 = (waits.percentile(share) * 1e3 for share in (0.5, 0.99, 0.999))
    longest = max(waits.short, default=0) * 1e3
    verdict = ""
    if server.key == "swiftcorn":
        verdict = "met" if p99 <= 20 and not waits.failed else "**NOT MET**"
    figures = f"{p50:.1f} | {p99:.1f} | {p999:.1f} | {longest:.1f} | {waits.failed}"
    return f"| {server.label} | {figures} | {verdict} |"


# A slow crowd


def crowd(place: Place) -> list[str]:
    """A normal client beside 1,400 slow ones."""
    demand = Demand(100, place.crowd_seconds, 8)
    with _running(place, servers.crowded_server(place.swiftcorn), "crowded", HELLO) as running:
        alone = OpenLoop(running.port, demand).run()
        command = [sys.executable, str(HERE / "crowd.py"), str(running.port), "1000", "200", "200"]
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        arriving = OpenLoop(running.port, replace(demand, seconds=ARRIVAL_SECONDS)).run()
        process.stdout.readline()
        beside = OpenLoop(running.port, demand).run()
        comebacks = process.communicate()[0].strip()
    ratio = beside.percentile(0.99) / alone.percentile(0.99)
    verdict = "met" if ratio <= 1.5 and not beside.failed else "**NOT MET**"
    lines = [
        "## A slow crowd",
        "",
        "1,000 half-open heads, 200 bodies and 200 readers of 10 MiB, each at a byte a second,",
        f"beside {demand.rate:g} normal requests a second on {servers.CROWDED_WORKERS} sync",
        "workers. Bound: the normal requests' p99 within 1.5 × of the figure without the crowd.",
        "",
        "| normal requests | p50 ms | p99 ms | longest ms | failed |",
        "|---|---|---|---|---|",
        _crowd_row("alone", alone),
        _crowd_row("while it arrives", arriving),
        _crowd_row("beside the crowd", beside),
        "",
        f"p99 ratio {ratio:.2f}: {verdict}. The crowd was turned away and came back {comebacks}",
        "times.",
    ]
    print("\n".join(lines[-7:]), flush=True)
    return lines


def _crowd_row(name: str, waits: Waits) -> str:
    p50, p99 = waits.percentile(0.5) * 1e3, waits.percentile(0.99) * 1e3
    return f"| {name} | {p50:.2f} | {p99:.2f} | {max(waits.short) * 1e3:.1f} | {waits.failed} |"


# Idle connections


def idle(place: Place) -> list[str]:
    """What idle keep-alive connections cost: memory, and the throughput of the others."""
    lines = [
        "## Idle connections",
        "",
        "Keep-alive connections that had one request each and then nothing. Memory is what the",
        "workers' own pages grew by (private, from `smaps_rollup`); the kernel's sockets are not",
        "in it. Bounds: 1 KiB a connection, throughput of 16 active ones within 3 %.",
        "",
        "| workers | idle connections | private KiB | KiB a connection | requests a second |",
        "|---|---|---|---|---|",
    ]
    verdicts = []
    for workers in (1, 2):
        steps = [n for n in place.idle_steps if n <= workers * 15_000]
        points, rates = _idle_points(place, workers, steps, lines)
        slope, straightness = _line(points)
        rate = min(rates[1:], default=0) / rates[0]
        verdicts.append(
            f"{workers} worker{'s' * (workers > 1)}: {slope:.2f} KiB a connection on a straight "
            f"line (R² {straightness:.4f}), {'met' if slope <= 1 else '**NOT MET**'}; slowest "
            f"rate {rate:.3f} of that without, {'met' if rate >= 0.97 else '**NOT MET**'}."
        )
    return [*lines, "", *[f"- {verdict}" for verdict in verdicts]]


def _idle_points(
    place: Place, workers: int, steps: list[int], lines: list[str]
) -> tuple[list[tuple[int, float]], list[float]]:
    points: list[tuple[int, float]] = []
    rates: list[float] = []
    server = servers.idle_server(place.swiftcorn, workers)
    with _running(place, server, "hello", HELLO) as running:
        halls = [_Hall(running.port, index) for index in range(2)]
        try:
            for step in (0, *steps):
                for index, hall in enumerate(halls):
                    hall.hold(step // 2 + (step % 2) * index)
                rates.append(_rate(place, running.port))
                memory = _private_kib(running.meter.processes())
                points.append((step, memory))
                each = (memory - points[0][1]) / step if step else 0
                lines.append(
                    f"| {workers} | {step:,} | {memory:,} | {each:.2f} | {rates[-1]:.0f} |"
                )
                print(lines[-1], flush=True)
        finally:
            for hall in halls:
                hall.close()
    return points, rates


class _Hall:
    """One process that holds half of the idle connections."""

    def __init__(self, port: int, index: int) -> None:
        command = [sys.executable, str(HERE / "idlers.py"), str(port), str(index * 20_000)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def hold(self, count: int) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(f"{count}\n")
        self._process.stdin.flush()
        if self._process.stdout.readline().strip() != str(count):
            raise wrk.LoadError(f"{count} idle connections could not be held")

    def close(self) -> None:
        self._process.communicate()


def _rate(place: Place, port: int) -> float:
    """The median of three short runs."""
    runs = [wrk.run(wrk.Load(), port, 2, place.load_core) for _ in range(3)]
    return statistics.median(run.requests_per_second for run in runs)


def _private_kib(processes: list[int]) -> int:
    total = 0
    for process in processes:
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith(("Private_Clean:", "Private_Dirty:")):
                total += int(line.split()[1])
    return total


def _line(points: list[tuple[int, float]]) -> tuple[float, float]:
    """Slope of the straight line through the points, and how straight it is (R²)."""
    xs, ys = [float(x) for x, _ in points], [y for _, y in points]
    slope = statistics.linear_regression(xs, ys).slope
    return slope, statistics.correlation(xs, ys) ** 2


# A gigabyte


def gigabyte(place: Place) -> list[str]:
    """A gibibyte down from a file and up to one, beside nginx."""
    lines = [
        "## A gibibyte",
        "",
        "Down: a file through `wsgi.file_wrapper`, nginx by `sendfile`. Up: into a file before",
        "the application (nginx: the next server) is called. Three rounds, medians. Bounds: CPU",
        "within 1.3 × of nginx's, memory flat.",
        "",
        "| what | server | CPU s | against nginx | peak memory grew by MiB |",
        "|---|---|---|---|---|",
    ]
    with tempfile.TemporaryDirectory(prefix="swiftcorn-gigabyte-") as name:
        Path(name).chmod(0o755)
        file = Path(name) / "file"
        with file.open("wb") as out:
            for _ in range(1024):
                out.write(b"x" * (1 << 20))
        both = servers.gigabyte_servers(place.swiftcorn, file)
        for what, options in (
            ("down", ["--output", "/dev/null"]),
            ("up", ["--upload-file", str(file), "--output", "/dev/null", "-H", "Expect:"]),
        ):
            path = "file" if what == "down" else "upload"
            spent: dict[str, list[float]] = {server.key: [] for server in both}
            grown: dict[str, float] = {}
            for _ in range(3):
                for server in both:
                    cpu, growth = _transfer(place, server, path, options)
                    spent[server.key].append(cpu)
                    grown[server.key] = max(growth, grown.get(server.key, 0))
            theirs = statistics.median(spent["nginx"])
            for server in both:
                cpu = statistics.median(spent[server.key])
                lines.append(
                    f"| {what} | {server.label} | {cpu:.3f} | {cpu / theirs:.2f} "
                    f"| {grown[server.key]:.1f} |"
                )
                print(lines[-1], flush=True)
    return lines


def _transfer(place: Place, server: Server, path: str, options: list[str]) -> tuple[float, float]:
    """Seconds of CPU, and MiB that the largest process grew by at its peak."""
    with _running(place, server, "gigabyte", b"ok") as running:
        before, peak = running.meter.nanoseconds(), _peak_kib(running.meter.processes())
        url = f"http://127.0.0.1:{running.port}/{path}"
        command = ["taskset", "-c", str(place.load_core), "curl", "--silent", "--fail", *options]
        subprocess.run([*command, url], check=True, timeout=120)
        spent = running.meter.nanoseconds() - before
        return spent / 1e9, (_peak_kib(running.meter.processes()) - peak) / 1024


def _peak_kib(processes: list[int]) -> int:
    peaks = []
    for process in processes:
        for line in Path(f"/proc/{process}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                peaks.append(int(line.split()[1]))
    return max(peaks, default=0)
