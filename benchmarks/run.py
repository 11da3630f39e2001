"""Measures Swiftcorn beside its peers and writes benchmarks/report.md and report.json."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from pathlib import Path

from harness import figures, machine, report
from harness.measure import Conditions, Sample, measure
from harness.place import BENCHMARKS, CACHE, CHECKOUT
from harness.scenarios import Row, Scenario, all_scenarios
from harness.servers import Server, all_servers


def main() -> int:
    options = _options()
    servers = all_servers(options.swiftcorn.absolute(), options.limit.absolute())
    scenarios = [all_scenarios()[key] for key in options.scenarios]
    chosen = {key: servers[key] for key in options.servers}
    present = _present(chosen)
    conditions = Conditions(
        options.seconds, options.warm_up, options.server_core, options.load_core
    )
    versions = {key: machine.version(server) for key, server in present.items()}
    _warn_of_mixed_interpreters(versions)
    # Ended from outside, it still stops the server that is running.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    # The harness waits on the load generator's core and leaves the server's alone.
    os.sched_setaffinity(0, {options.load_core})
    samples = _sweep(scenarios, present, conditions, options.rounds)
    run = report.Run(
        machine.facts(),
        versions,
        conditions,
        options.rounds,
        present,
        scenarios,
        samples,
    )
    report.write_json(run, options.output.with_suffix(".json"))
    report.write_markdown(run, options.output)
    return _verdict(samples, sorted(set(chosen) - set(present)), options.output)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--rounds", type=int, help="default 5, quick 1")
    add("--seconds", type=int, help="length of one measurement; default 3, quick 1")
    add("--warm-up", type=int, default=1, help="seconds of load before each measurement")
    add("--servers", type=_names, default=list(all_servers(Path(), Path())))
    add("--scenarios", type=_names, default=list(all_scenarios()))
    add("--quick", action="store_true", help="one round of one second: is it still plausible?")
    add("--swiftcorn", type=Path, default=CHECKOUT / ".venv" / "bin" / "swiftcorn")
    add("--limit", type=Path, default=CHECKOUT / ".build" / "release" / "swiftcorn-limit")
    add("--server-core", type=int, default=0)
    add("--load-core", type=int, default=1)
    add("--output", type=Path, help="the report; its .json is written beside it")
    options = parser.parse_args()
    options.rounds = options.rounds or (1 if options.quick else 5)
    options.seconds = options.seconds or (1 if options.quick else 3)
    if options.output is None:
        # A quick look must never replace the report that the repository keeps.
        options.output = CACHE / "quick.md" if options.quick else BENCHMARKS / "report.md"
    _check_names(parser, options.servers, list(all_servers(Path(), Path())))
    _check_names(parser, options.scenarios, list(all_scenarios()))
    return options


def _names(text: str) -> list[str]:
    return text.split(",")


def _check_names(parser: argparse.ArgumentParser, given: list[str], known: list[str]) -> None:
    for name in given:
        if name not in known:
            parser.error(f"unknown name {name!r}; known are {', '.join(known)}")


def _present(servers: dict[str, Server]) -> dict[str, Server]:
    present = {key: server for key, server in servers.items() if server.executable.exists()}
    for key in servers.keys() - present.keys():
        print(f"benchmark: {key} is not installed and is left out", file=sys.stderr)
    return present


def _warn_of_mixed_interpreters(versions: dict[str, str]) -> None:
    interpreters = {text.partition(" on ")[2] for text in versions.values() if " on " in text}
    if len(interpreters) > 1:
        found = ", ".join(sorted(interpreters))
        print(f"benchmark: the servers run on different interpreters: {found}", file=sys.stderr)


def _sweep(
    scenarios: list[Scenario], servers: dict[str, Server], conditions: Conditions, rounds: int
) -> figures.Samples:
    """Every row of every scenario once a round, so that drift of the machine hits all alike."""
    samples: figures.Samples = {scenario.key: {} for scenario in scenarios}
    for turn in range(rounds):
        for scenario in scenarios:
            for row in scenario.rows:
                if row.server not in servers:
                    continue
                sample = measure(scenario, row, servers[row.server], conditions)
                samples[scenario.key].setdefault(row.key, []).append(sample)
                _progress(turn, scenario, row, sample)
    return samples


def _progress(turn: int, scenario: Scenario, row: Row, sample: Sample) -> None:
    shown = {name: round(value, 1) for name, value in sample.figures.items() if name != "requests"}
    text = f"FAILED: {sample.error}" if sample.error else str(shown)
    clock = time.strftime("%H:%M:%S")
    print(f"{clock} round {turn + 1} {scenario.key}/{row.key} {text}", flush=True)


def _verdict(samples: figures.Samples, missing: list[str], output: Path) -> int:
    print(f"benchmark: wrote {os.path.relpath(output)}")
    failures = figures.errors(samples)
    for line in failures:
        print(f"benchmark: FAILED {line}", file=sys.stderr)
    return 1 if failures or missing else 0


if __name__ == "__main__":
    sys.exit(main())
