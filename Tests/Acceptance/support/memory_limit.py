"""A control group whose memory is short, for processes that are to run out of it."""

import secrets
from contextlib import suppress
from pathlib import Path

from .deadline import wait_until


class MemoryLimit:
    """A group of its own; whoever is put into it may take so much more memory, and no swap."""

    def __init__(self, limit: int) -> None:
        self.directory = _folder() / f"swiftcorn-test-{secrets.token_hex(6)}"
        self.directory.mkdir()
        is_unified = (self.directory / "memory.max").exists()
        size = "memory.max" if is_unified else "memory.limit_in_bytes"
        swap = "memory.swap.max" if is_unified else "memory.memsw.limit_in_bytes"
        (self.directory / size).write_text(str(limit))
        # A machine without swap, or without an account of it, has no such file.
        with suppress(OSError):
            (self.directory / swap).write_text("0" if is_unified else str(limit))

    def hold(self, pid: int) -> None:
        (self.directory / "cgroup.procs").write_text(str(pid))

    def remove(self) -> None:
        """Gives the group up, when all that were in it have ended."""
        wait_until(self._is_gone, f"{self.directory} is empty")

    def _is_gone(self) -> bool:
        with suppress(OSError):
            self.directory.rmdir()
        return not self.directory.exists()


def available() -> bool:
    """Whether this machine has a memory controller, and lets us make a group of it."""
    try:
        probe = MemoryLimit(1 << 30)
    except OSError:
        return False
    probe.remove()
    return True


def _folder() -> Path:
    """Where groups with a memory controller are made; raises FileNotFoundError where nowhere."""
    mounts = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
    for _, place, kind, options, *_ in mounts:
        if kind == "cgroup" and "memory" in options.split(","):
            return Path(place)
        if kind == "cgroup2" and "memory" in (
            Path(place, "cgroup.subtree_control").read_text().split()
        ):
            return Path(place)
    raise FileNotFoundError("no memory controller")
