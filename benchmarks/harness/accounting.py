"""The kernel's own account of the CPU time of a server: every process of it, dead or alive."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol

NANOSECONDS_PER_TICK = 1_000_000_000 // os.sysconf("SC_CLK_TCK")


class Meter(Protocol):
    """Counts the CPU time of one server's processes."""

    name: str
    # Where the launcher writes its own process id before it becomes the server, if anywhere.
    enrolment: Path | None

    def nanoseconds(self) -> int: ...
    def processes(self) -> list[int]: ...
    def adopt(self, session: int) -> None: ...
    def close(self) -> None: ...


class GroupMeter:
    """A control group of its own: exact to the nanosecond, and no process can leave it."""

    def __init__(self, directory: Path, *, version: int) -> None:
        self.name = f"control group v{version}"
        self.directory = directory
        self.version = version
        self.enrolment: Path | None = directory / "cgroup.procs"
        directory.mkdir()

    def nanoseconds(self) -> int:
        if self.version == 1:
            return int((self.directory / "cpuacct.usage").read_text())
        for line in (self.directory / "cpu.stat").read_text().splitlines():
            key, _, value = line.partition(" ")
            if key == "usage_usec":
                return int(value) * 1000
        raise RuntimeError("the control group has no usage_usec")

    def processes(self) -> list[int]:
        return [int(line) for line in (self.directory / "cgroup.procs").read_text().split()]

    def adopt(self, session: int) -> None:
        pass

    def close(self) -> None:
        self.directory.rmdir()


class SessionMeter:
    """Without control groups: schedstat of every thread, and the ticks of reaped children."""

    def __init__(self) -> None:
        self.name = "schedstat and stat"
        self.enrolment: Path | None = None
        self.session = -1

    def adopt(self, session: int) -> None:
        self.session = session

    def processes(self) -> list[int]:
        found: list[int] = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdecimal() and self._session(int(entry.name)) == self.session:
                found.append(int(entry.name))
        return found

    def nanoseconds(self) -> int:
        total = 0
        for process in self.processes():
            for file in Path(f"/proc/{process}/task").glob("*/schedstat"):
                total += int(file.read_text().split()[0])
            user, system = self._stat(process)[13:15]
            total += (int(user) + int(system)) * NANOSECONDS_PER_TICK
        return total

    def close(self) -> None:
        pass

    def _session(self, process: int) -> int:
        try:
            return int(self._stat(process)[3])
        except OSError:
            return -1

    @staticmethod
    def _stat(process: int) -> list[str]:
        """The fields after the command's name, which may itself hold blanks and brackets."""
        text = Path(f"/proc/{process}/stat").read_text()
        return text[text.rindex(")") + 2 :].split()


def new_meter(label: str) -> Meter:
    """The most exact meter this machine allows."""
    for version, parent in _group_parents():
        try:
            return GroupMeter(parent / f"swiftcorn-bench-{os.getpid()}-{label}", version=version)
        except OSError:
            continue
    return SessionMeter()


def _group_parents() -> list[tuple[int, Path]]:
    """Our own control groups: children of them are ours to make."""
    memberships: dict[str, str] = {}
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        for controller in controllers.split(","):
            memberships[controller] = path
    parents: list[tuple[int, Path]] = []
    for line in Path("/proc/self/mounts").read_text().splitlines():
        _, point, kind, options, *_ = line.split(" ")
        if kind == "cgroup" and "cpuacct" in options.split(",") and "cpuacct" in memberships:
            parents.append((1, Path(point + memberships["cpuacct"])))
        elif kind == "cgroup2" and "" in memberships:
            parents.append((2, Path(point + memberships[""])))
    return sorted(parents)
