"""What `--reload` asks Python: which files are loaded, and how they were when they were read."""

from __future__ import annotations

import glob
import importlib.machinery
import os
import re
import sys
import traceback
from collections.abc import Iterator
from types import ModuleType
from typing import Any

_COMPILED = re.compile(r"py[co]$")

# How each source was when an import read it: a save that comes between the import and the watch
# is seen as a change.
_versions: dict[str, str] = {}


def begin() -> None:
    """Note from here on how every source is that is imported."""
    # As it came from the finder, so that calls of the former method keep their meaning.
    former = importlib.machinery.SourceFileLoader.path_stats

    def path_stats(self: importlib.machinery.SourceFileLoader, path: str) -> Any:
        _versions[os.path.abspath(path)] = _version(path)
        return former(self, path)

    importlib.machinery.SourceFileLoader.path_stats = path_stats  # type: ignore[method-assign]


def _version(path: str) -> str:
    try:
        facts = os.stat(path)
    except OSError:
        return ""
    return f"{facts.st_mtime_ns} {facts.st_size} {facts.st_ino}"


def module_count() -> int:
    """Changes when there is something new to follow."""
    return len(sys.modules)


def module_files() -> list[str]:
    """Path, version, path, version: the source of every module; an empty version is unknown."""
    paths = sorted({path for module in list(sys.modules.values()) for path in _source(module)})
    return [text for path in paths for text in (path, _versions.get(os.path.abspath(path), ""))]


def _source(module: ModuleType) -> Iterator[str]:
    name = getattr(module, "__file__", None)
    if isinstance(name, str) and name:
        yield _COMPILED.sub("py", name)


def expand(patterns: list[str]) -> list[str]:
    """The files that match now."""
    return [path for pattern in patterns for path in sorted(glob.glob(pattern, recursive=True))]


def failed_files(error: BaseException) -> list[str]:
    """Path, version: what has to be mended for an application that could not be loaded."""
    paths = [frame.filename for frame in traceback.extract_tb(error.__traceback__)]
    if isinstance(error, SyntaxError) and error.filename:
        paths.append(error.filename)
    return [
        text
        for path in dict.fromkeys(paths)
        if os.path.isfile(path)
        for text in (path, _versions.get(os.path.abspath(path), ""))
    ]


def failing_application(report: str) -> Any:
    """An application that shows why there is none."""
    content = report.encode("utf-8", "backslashreplace")

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response(
            "500 Internal Server Error",
            [("Content-Type", "text/plain"), ("Content-Length", str(len(content)))],
        )
        return [content]

    return application
