"""The files that go into a layer."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ._failure import ImageFailure
from ._ignored import CLUTTER, SECRETS, Patterns

#: More than any application has; a context of a whole disk is a mistake.
FILES_AT_MOST = 200_000


@dataclass(frozen=True)
class Entry:
    """One file, link or folder, at a path of the image without a leading slash."""

    path: str
    content: Path | bytes | None = None
    link: str | None = None
    is_executable: bool = False

    @property
    def is_folder(self) -> bool:
        """Neither content nor a target."""
        return self.content is None and self.link is None


@dataclass
class Context:
    """What a context holds, and which secrets of it were left out."""

    entries: list[Entry]
    withheld: list[str]


def read_context(folder: Path, target: str) -> Context:
    """Everything of `folder` that belongs in the image, below `target`."""
    if not folder.is_dir():
        raise ImageFailure(f"{folder} is no folder: give the one that holds the application")
    ignore = folder / ".dockerignore"
    written = ignore.read_text("utf-8").splitlines() if ignore.is_file() else []
    ignored, secret, clutter = Patterns(written), Patterns(SECRETS), Patterns(CLUTTER)
    context = Context([], [])

    def keeps(path: str) -> bool:
        verdict = ignored.verdict(path)
        if verdict is not None:
            return not verdict
        if secret.exclude(path):
            context.withheld.append(path)
            return False
        return not clutter.exclude(path)

    for path, found in _walk(folder, keeps, enters_excluded=ignored.take_in_again):
        if len(context.entries) >= FILES_AT_MOST:
            raise ImageFailure(
                f"{folder} has more than {FILES_AT_MOST} files: leave some out by .dockerignore"
            )
        context.entries.append(entry_of(found, f"{target}/{path}"))
    return context


def entry_of(found: Path, path: str) -> Entry:
    """The entry for one file that is there; owners and moments stay behind."""
    status = found.lstat()
    if stat.S_ISLNK(status.st_mode):
        return Entry(path, link=os.readlink(found))
    if stat.S_ISDIR(status.st_mode):
        return Entry(path)
    if stat.S_ISREG(status.st_mode):
        return Entry(path, found, is_executable=bool(status.st_mode & 0o111))
    raise ImageFailure(f"{found} is neither a file, a folder nor a link: leave it out")


def read_folder(folder: Path) -> list[Entry]:
    """All there is below `folder`, by the paths within it."""
    return [entry_of(found, path) for path, found in _walk(folder, lambda _: True)]


def _walk(
    folder: Path, keeps: Callable[[str], bool], *, enters_excluded: bool = False
) -> Iterator[tuple[str, Path]]:
    """Files, links and empty folders below, in the order of their names."""
    waiting = [(folder, "", True)]
    while waiting:
        current, prefix, is_kept = waiting.pop()
        found = sorted(os.scandir(current), key=lambda one: one.name, reverse=True)
        if not found and prefix and is_kept:
            yield prefix.rstrip("/"), current
        for one in found:
            path = prefix + one.name
            kept = keeps(path)
            if one.is_dir(follow_symlinks=False):
                if kept or enters_excluded:
                    waiting.append((Path(one.path), path + "/", kept))
            elif kept:
                yield path, Path(one.path)
