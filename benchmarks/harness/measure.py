"""One measurement: start, first answer, warm-up, load, memory, stop."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field

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
    request = _request(scenario)
    deadline = running.started + BOOT_SECONDS_MAX
    while True:
        running.check_alive()
        try:
            answer = client.fetch(running.port, request, timeout=BOOT_SECONDS_MAX)
            break
        except OSError:
            if time.perf_counter() > deadline:
                raise
            time.sleep(0.001)
    sample.figures["boot_ms"] = (time.perf_counter() - running.started) * 1e3
    sample.head = answer.head.decode("latin-1")


def _measure_load(
    scenario: Scenario, running: RunningServer, conditions: Conditions, sample: Sample
) -> None:
    load, core = scenario.load, conditions.load_core
    _check_answer(scenario, running)
    wrk.run(load, running.port, conditions.warm_up_seconds, core)
    before = running.meter.nanoseconds()
    result = wrk.run(load, running.port, conditions.seconds, core)
    spent = running.meter.nanoseconds() - before
    sample.figures |= {
        "requests": result.requests,
        "requests_per_second": result.requests_per_second,
        "cpu_us": spent / 1e3 / result.requests,
        "p50_us": result.p50_seconds * 1e6,
        "p99_us": result.p99_seconds * 1e6,
        "pss_kib": proportional_set_kib(running.meter.processes()),
    }


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
