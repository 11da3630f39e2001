"""Medians, pairwise ratios, and the figures the project set itself."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

from harness.measure import Sample

# Samples by scenario key and row key, one for each round.
Samples = dict[str, dict[str, list[Sample]]]


@dataclass(frozen=True)
class Spread:
    """A median with the range it was taken from."""

    median: float
    low: float
    high: float


@dataclass(frozen=True)
class Target:
    """One figure to reach: a ratio of two rows, and its bound."""

    text: str
    figure: str
    ours: str
    others: tuple[str, ...]
    bound: float
    at_least: bool = False

    def is_met(self, ratio: float) -> bool:
        return ratio >= self.bound if self.at_least else ratio <= self.bound


PEERS_OF_DJANGO = tuple(
    f"django/{key}" for key in ("bjoern", "fastwsgi", "granian", "uwsgi", "gunicorn", "gthread")
)
OURS = "hello/swiftcorn"
TARGETS = (
    Target(
        "hello: better of bjoern and fastwsgi",
        "cpu_us",
        OURS,
        ("hello/bjoern", "hello/fastwsgi"),
        0.8,
    ),
    Target("hello: granian", "cpu_us", OURS, ("hello/granian",), 0.4),
    Target("hello: Gunicorn sync", "cpu_us", OURS, ("hello/gunicorn",), 0.05),
    Target("hello: our limit", "cpu_us", OURS, ("hello/limit",), 1.35),
    Target("hello: the limit, against nginx", "cpu_us", "hello/limit", ("hello/nginx",), 0.75),
    Target(
        "hello: gthread with 4 threads, against sync",
        "cpu_us",
        "hello/swiftcorn-gthread",
        (OURS,),
        1.15,
    ),
    Target(
        "new connections, requests per second: Gunicorn sync",
        "requests_per_second",
        "connection/swiftcorn",
        ("connection/gunicorn",),
        4.0,
        at_least=True,
    ),
    Target(
        "new connections, CPU: Gunicorn sync",
        "cpu_us",
        "connection/swiftcorn",
        ("connection/gunicorn",),
        0.25,
    ),
    Target(
        "access log on, against off",
        "cpu_us",
        "access-log/swiftcorn+log",
        ("access-log/swiftcorn",),
        1.1,
    ),
    Target("Flask: bjoern", "cpu_us", "flask/swiftcorn", ("flask/bjoern",), 0.95),
    Target("Flask: Gunicorn sync", "cpu_us", "flask/swiftcorn", ("flask/gunicorn",), 0.35),
    Target("Django: the best peer", "cpu_us", "django/swiftcorn", PEERS_OF_DJANGO, 1.0),
    Target(
        "memory: Gunicorn, both default", "pss_kib", "memory/swiftcorn", ("memory/gunicorn",), 0.9
    ),
    Target(
        "memory: Gunicorn, both preloaded",
        "pss_kib",
        "memory/swiftcorn+preload",
        ("memory/gunicorn+preload",),
        0.9,
    ),
    Target(
        "memory: preloaded, against Gunicorn's default",
        "pss_kib",
        "memory/swiftcorn+preload",
        ("memory/gunicorn",),
        0.5,
    ),
    Target("boot to first answer, hello: Gunicorn sync", "boot_ms", OURS, ("hello/gunicorn",), 1.0),
    Target(
        "boot to first answer, Flask: Gunicorn sync",
        "boot_ms",
        "flask/swiftcorn",
        ("flask/gunicorn",),
        1.0,
    ),
)


def spread(samples: list[Sample], figure: str) -> Spread | None:
    values = [s.figures[figure] for s in samples if not s.error and figure in s.figures]
    return Spread(statistics.median(values), min(values), max(values)) if values else None


def ratio(samples: Samples, figure: str, ours: str, others: tuple[str, ...]) -> Spread | None:
    """Ours over the best of the others inside each round, then the median of the rounds."""
    numerators = _by_round(samples, ours, figure)
    rivals = [_by_round(samples, other, figure) for other in others]
    quotients: list[float] = []
    for turn, numerator in numerators.items():
        present = [rival[turn] for rival in rivals if turn in rival]
        if present:
            quotients.append(numerator / min(present))
    if not quotients:
        return None
    return Spread(statistics.median(quotients), min(quotients), max(quotients))


def errors(samples: Samples) -> list[str]:
    """One line for each failed measurement."""
    return [
        f"{scenario}/{row}, round {turn + 1}: {sample.error}"
        for scenario, rows in samples.items()
        for row, rounds in rows.items()
        for turn, sample in enumerate(rounds)
        if sample.error
    ]


def _by_round(samples: Samples, path: str, figure: str) -> dict[int, float]:
    scenario, row = path.split("/")
    rounds = samples.get(scenario, {}).get(row, [])
    return {
        turn: sample.figures[figure]
        for turn, sample in enumerate(rounds)
        if not sample.error and figure in sample.figures
    }
