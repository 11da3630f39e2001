"""Where the benchmark's things live."""

from __future__ import annotations

from pathlib import Path

BENCHMARKS = Path(__file__).resolve().parent.parent
CHECKOUT = BENCHMARKS.parent
CACHE = CHECKOUT / ".build-bench"
APPLICATIONS = BENCHMARKS / "apps"
# What Flask and Django need, installed once for all servers.
APPLICATION_PACKAGES = CACHE / "applications"


def python_path() -> str:
    """The PYTHONPATH under which every server finds the same applications."""
    return f"{APPLICATIONS}:{APPLICATION_PACKAGES}"


def without_host_paths(text: str) -> str:
    """`text` fit for a report that is read on other machines."""
    return text.replace(f"{CHECKOUT}/", "").replace(str(CHECKOUT), ".")
