"""What the kernel knows of the processes a server is made of."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path


# The state of a listening socket in the kernel's table of TCP sockets.
LISTENING = "0A"


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat after the name: state, parent, group, session, ..."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text("latin-1").rpartition(")")[2].split()
    return []


def _living() -> list[tuple[int, list[str]]]:
    found = [(int(name), _stat(int(name))) for name in os.listdir("/proc") if name.isdigit()]
    return [(pid, stat) for pid, stat in found if stat and stat[0] != "Z"]


def in_session(session: int) -> list[int]:
    """Each living process of a session: a server and everything it started."""
    return [pid for pid, stat in _living() if int(stat[3]) == session]


def children(parent: int) -> list[int]:
    """The living children of a process, oldest first."""
    mine = [(int(stat[19]), pid) for pid, stat in _living() if int(stat[1]) == parent]
    return [pid for _, pid in sorted(mine)]


def zombies(parent: int) -> list[int]:
    """The children of a process that have ended and that it has not reaped."""
    found = ((int(name), _stat(int(name))) for name in os.listdir("/proc") if name.isdigit())
    return [pid for pid, stat in found if stat and stat[0] == "Z" and int(stat[1]) == parent]


def is_alive(pid: int) -> bool:
    stat = _stat(pid)
    return bool(stat) and stat[0] != "Z"


def kill_session(session: int) -> None:
    """Ends a session for certain, process by process."""
    while pids := in_session(session):
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def open_descriptors(pid: int) -> list[str]:
    """What a process holds open, as the kernel names it."""
    folder = Path(f"/proc/{pid}/fd")
    named = []
    for entry in folder.iterdir():
        with suppress(OSError):
            named.append(os.readlink(entry))
    return sorted(named)


def connections(pid: int) -> list[str]:
    """The TCP connections that a process holds; listeners and other sockets are none."""
    held = {one for one in open_descriptors(pid) if one.startswith("socket:")}
    lines = [*Path("/proc/net/tcp").open(), *Path("/proc/net/tcp6").open()]
    rows = [line.split() for line in lines if ":" in line.split()[0]]
    return [row[9] for row in rows if row[3] != LISTENING and f"socket:[{row[9]}]" in held]


def resident_bytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def cpu_ticks(pid: int) -> int:
    """Processor time that a process has used, its threads together, in the kernel's ticks."""
    stat = _stat(pid)
    return int(stat[11]) + int(stat[12])


def threads(pid: int) -> int:
    return int(_stat(pid)[17])
