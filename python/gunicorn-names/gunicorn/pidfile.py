"""The file that says which process the server is."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress

__all__ = ["Pidfile"]


class Pidfile:
    """A pid file: written whole or not at all, mode 0644, and removed by its owner alone."""

    def __init__(self, fname: str) -> None:
        self.fname = fname
        self.pid: int | None = None

    def create(self, pid: int) -> None:
        """Write the number; RuntimeError where another living process has the file."""
        other = self.validate()
        if other == os.getpid():
            return
        if other:
            raise RuntimeError(
                f"Already running on PID {other} (or pid file {self.fname!r} is stale)"
            )
        self.pid = pid
        folder = os.path.dirname(self.fname)
        if folder and not os.path.isdir(folder):
            raise RuntimeError(f"{folder} doesn't exist. Can't create pidfile.")
        descriptor, temporary = tempfile.mkstemp(dir=folder or ".")
        with open(descriptor, "w") as file:
            file.write(f"{pid}\n")
        os.chmod(temporary, 0o644)
        os.replace(temporary, self.fname)

    def rename(self, path: str) -> None:
        self.unlink()
        self.fname = path
        self.create(self.pid or os.getpid())

    def unlink(self) -> None:
        """Remove the file, if the number in it is still ours."""
        with suppress(OSError, ValueError), open(self.fname) as file:
            if int(file.read() or 0) == self.pid:
                os.unlink(self.fname)

    def validate(self) -> int | None:
        """The number of the living process that the file names; None without one."""
        with suppress(OSError, ValueError), open(self.fname) as file:
            pid = int(file.read())
            if pid <= 0:
                return None
            try:
                os.kill(pid, 0)
            except ProcessLookupError:
                return None
            except PermissionError:
                return pid
            return pid
        return None
