"""The application's own metrics, where it keeps them with prometheus_client.

That library has a mode for several processes: each writes its numbers to files in one directory,
and whoever is asked reads them all. We make the directory, forget what the library says is to be
forgotten when a process ends, and add the numbers to our own. An application that does not use the
library leaves the directory empty, and nothing of this costs anything.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

# The second is what older versions of the library read.
_VARIABLES = ("PROMETHEUS_MULTIPROC_DIR", "prometheus_multiproc_dir")

# The directory, once there is one.
_directories: list[Path] = []


def prepare(user: int, group: int) -> None:
    """Make the directory for workers of that user, and name it in the environment.

    In the arbiter, before the application is imported. A directory that the operator has named is
    used as it is, and is theirs to empty.
    """
    if _directories:
        return
    named = next((os.environ[name] for name in _VARIABLES if os.environ.get(name)), None)
    if named is not None:
        Path(named).mkdir(parents=True, exist_ok=True)
        _directories.append(Path(named))
        return
    path = tempfile.mkdtemp(prefix="swiftcorn-metrics-", dir=_memory())
    if (user, group) != (os.geteuid(), os.getegid()):
        os.chown(path, user, group)
    _directories.append(Path(path))
    for name in _VARIABLES:
        os.environ[name] = path
    atexit.register(_remove, path, os.getpid())


def _memory() -> str | None:
    """A file system in memory, where there is one that can be written."""
    path = "/dev/shm"
    return path if os.path.isdir(path) and os.access(path, os.W_OK | os.X_OK) else None


def _remove(path: str, owner: int) -> None:
    # What is registered here runs at the end of every process that is forked from this one.
    if os.getpid() == owner:
        shutil.rmtree(path, ignore_errors=True)


def ended(pid: int) -> None:
    """Forget the gauges that only living processes count in; the sums of a dead one stay."""
    for directory in _directories:
        for path in directory.glob(f"gauge_live*_{pid}.db"):
            path.unlink(missing_ok=True)


def text(open_metrics: bool) -> str:
    """Give the numbers of all processes in one of the two forms; empty where there are none.

    The library is imported in the monitor only, and only once there is something to read.
    """
    found = [directory for directory in _directories if any(directory.glob("*.db"))]
    if not found:
        return ""
    from prometheus_client import CollectorRegistry, exposition
    from prometheus_client.multiprocess import MultiProcessCollector
    from prometheus_client.openmetrics import exposition as openmetrics

    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=str(found[0]))  # type: ignore[no-untyped-call]
    generate = openmetrics.generate_latest if open_metrics else exposition.generate_latest
    return bytes(generate(registry)).decode()
