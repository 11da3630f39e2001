"""One measurement: start, first answer, warm-up, load, memory, stop."""

from __future__ import annotations

import os
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from harness import client, wrk
from harness.launch import LaunchError, RunningServer
from harness.memory import proportional_set_kib
from harness.scenarios import Row, Scenario
from harness.servers import Server

BOOT_SECONDS_MAX = 20.0
MEMORY_CONNECTIONS = 8
SETTLE_SECONDS = 0.5


@dataclass(frozen=True)
class Conditions:
    """How long and where a measurement runs."""

    seconds: int
    warm_up_seconds: int
    server_core: int
    load_core: int


@dataclass
class Sample:
    """What one measurement found; `error` says why there are no figures."""

    figures: dict[str, float] = field(default_factory=dict)
    head: str = ""
    meter: str = ""
    error: str = ""

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def measure(scenario: Scenario, row: Row, server: Server, conditions: Conditions) -> Sample:
    sample = Sample()
    running = RunningServer(server, scenario.application, row.variant, conditions.server_core)
    with running:
        sample.meter = running.meter.name
        try:
            _boot(scenario, running, sample)
            if scenario.requests:
                _measure_memory(scenario, running, sample)
            else:
                _measure_load(scenario, running, conditions, sample)
            _check_answer(scenario, running)
            running.check_alive()
        except (OSError, LaunchError, wrk.LoadError) as error:
            sample.error = str(error) or type(error).__name__
            if words := running.last_words():
                sample.error += f" (its log ends: {words})"
    return sample


def _boot(scenario: Scenario, running: RunningServer, sample: Sample) -> None:
    try:
        answer = client.wait_for_answer(
            running.port, _request(scenario), BOOT_SECONDS_MAX, running.is_alive
        )
    except OSError:
        running.check_alive()
        raise
    sample.figures["boot_ms"] = (time.perf_counter() - running.started) * 1e3
    sample.head = answer.head.decode("latin-1")


def _measure_load(
    scenario: Scenario, running: RunningServer, conditions: Conditions, sample: Sample
) -> None:
    load, core = scenario.load, conditions.load_core
    _check_answer(scenario, running)
    wrk.run(load, running.port, conditions.warm_up_seconds, core)
    opened, busy = _passive_opens(), _busy_seconds(conditions.server_core)
    before, started = running.meter.nanoseconds(), time.perf_counter()
    result = wrk.run(load, running.port, conditions.seconds, core)
    elapsed, spent = time.perf_counter() - started, running.meter.nanoseconds() - before
    others = _busy_seconds(conditions.server_core) - busy - spent / 1e9
    _check_manner(load, result, _passive_opens() - opened)
    sample.figures |= {
        "requests": result.requests,
        "requests_per_second": result.requests_per_second,
        "cpu_us": spent / 1e3 / result.requests,
        "busy_percent": spent / 1e7 / elapsed,
        "others_percent": max(0.0, others / elapsed * 100),
        "p50_us": result.p50_seconds * 1e6,
        "p99_us": result.p99_seconds * 1e6,
        "pss_kib": proportional_set_kib(running.meter.processes()),
    }


def _check_manner(load: wrk.Load, result: wrk.LoadResult, opened: int) -> None:
    """Whether the load was what the scenario says: no shared, and no starving, connections."""
    if load.closing and opened < 0.95 * result.requests:
        raise wrk.LoadError(f"{result.requests} requests arrived on {opened} connections")
    if not load.closing and result.connections_in_flight < load.connections / 2:
        raise wrk.LoadError(
            f"of {load.connections} connections only {result.connections_in_flight:.1f} were served"
        )


def _passive_opens() -> int:
    """Connections that this machine has accepted since it was started."""
    lines = Path("/proc/net/snmp").read_text().splitlines()
    names, values = [line.split() for line in lines if line.startswith("Tcp:")]
    return int(values[names.index("PassiveOpens")])


def _busy_seconds(core: int) -> float:
    """What a core has worked since the machine was started, for whomever."""
    for line in Path("/proc/stat").read_text().splitlines():
        name, *ticks = line.split()
        if name == f"cpu{core}":
            user, nice, system, _, _, interrupt, soft, steal = map(int, ticks[:8])
            total = user + nice + system + interrupt + soft + steal
            return total / os.sysconf("SC_CLK_TCK")
    raise LaunchError(f"there is no core {core}")


def _measure_memory(scenario: Scenario, running: RunningServer, sample: Sample) -> None:
    request = _request(scenario)
    bad = client.ask_many(running.port, request, scenario.requests, MEMORY_CONNECTIONS)
    if bad:
        raise wrk.LoadError(f"{bad} of {scenario.requests} requests were not answered with 200")
    time.sleep(SETTLE_SECONDS)
    processes = running.meter.processes()
    sample.figures["pss_kib"] = proportional_set_kib(processes)
    sample.figures["processes"] = len(processes)


def _request(scenario: Scenario) -> bytes:
    close = "Connection: close" in scenario.load.fields
    return client.request_bytes(scenario.application.request_body_bytes, close=close)


def _check_answer(scenario: Scenario, running: RunningServer) -> None:
    answer = client.fetch(running.port, _request(scenario))
    if answer.status != 200 or answer.body != scenario.application.body:
        raise wrk.LoadError(
            f"wrong answer: status {answer.status}, {len(answer.body)} bytes where 200 and "
            f"{len(scenario.application.body)} were expected"
        )
