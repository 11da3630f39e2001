"""Watching sources: the classes that Gunicorn's workers watch with.

Our own workers notice changes in their loop and need none of these; they are for programs that
start a reloader by themselves.
"""

from __future__ import annotations

import glob
import os
import re
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator

COMPILED_EXT_RE = re.compile(r"py[co]$")

_PATTERN = re.compile(r"[*?[]")


def symlink_target_dir(filename: str) -> str | None:
    """The folder that a symbolic link leads into; None for anything else."""
    if not os.path.islink(filename):
        return None
    return os.path.dirname(os.path.realpath(filename))


class ReloaderBase(threading.Thread):
    """A thread that calls back with the name of each file that has changed."""

    def __init__(
        self,
        extra_files: Iterable[str] | None = None,
        interval: float = 1,
        callback: Callable[[str], object] | None = None,
    ) -> None:
        super().__init__(daemon=True)
        self._extra_files = set(extra_files or ())
        self._interval = interval
        self._callback = callback

    def add_extra_file(self, filename: str) -> None:
        """Watch one more file, or the files that match a pattern."""
        self._extra_files.add(filename)

    def get_files(self) -> list[str]:
        """The sources of the modules that are loaded now, and the extra files."""
        return sorted({*self._sources(), *self._extra()})

    @staticmethod
    def _sources() -> Iterator[str]:
        for module in list(sys.modules.values()):
            name = getattr(module, "__file__", None)
            if isinstance(name, str) and name:
                yield COMPILED_EXT_RE.sub("py", name)

    def _extra(self) -> Iterator[str]:
        for name in list(self._extra_files):
            if _PATTERN.search(name):
                yield from glob.glob(name, recursive=True)
            else:
                yield name


class Reloader(ReloaderBase):
    """Compares the moments at which files were written, every `interval` seconds."""

    def run(self) -> None:
        written: dict[str, float] = {}
        while True:
            for name in self.get_files():
                try:
                    moment = os.stat(name).st_mtime
                except OSError:
                    continue
                if written.setdefault(name, moment) < moment:
                    written[name] = moment
                    if self._callback is not None:
                        self._callback(name)
            time.sleep(self._interval)


class InotifyReloader(Reloader):
    """The engine by name; in a thread of Python's it looks often rather than waits."""

    def __init__(
        self,
        extra_files: Iterable[str] | None = None,
        callback: Callable[[str], object] | None = None,
    ) -> None:
        super().__init__(extra_files, 0.1, callback)


has_inotify = True
preferred_reloader = InotifyReloader
reloader_engines: dict[str, type[ReloaderBase]] = {
    "auto": preferred_reloader,
    "inotify": InotifyReloader,
    "poll": Reloader,
}
