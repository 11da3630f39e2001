"""What the rules of the house are checked on: the files of the repository and the package graph."""

from __future__ import annotations

import json
import re
import subprocess
from functools import cache
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]

#: Where other people's words are kept as they are.
FOREIGN = ("LICENSE", "Tests/Acceptance/20-http/requests/", "Tests/HTTPTests/Requests/")


@cache
def tracked() -> list[Path]:
    """Each text file of the repository: what git knows, and what it would take in."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"],
        cwd=REPOSITORY,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    paths = [REPOSITORY / name for name in sorted(listed.split("\0")) if name]
    return [path for path in paths if path.is_file() and is_text(path)]


def is_text(path: Path) -> bool:
    try:
        path.read_text("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def name_of(path: Path) -> str:
    """The path as a person would write it."""
    return path.relative_to(REPOSITORY).as_posix()


def files(*suffixes: str, under: str = "") -> list[Path]:
    """The repository's own files with one of these endings."""
    return [
        path
        for path in tracked()
        if path.suffix in suffixes
        and name_of(path).startswith(under)
        and not name_of(path).startswith(FOREIGN)
    ]


@cache
def storeys() -> dict[str, set[str]]:
    """Each target of Package.swift and the targets it declares that it may import."""
    dumped = subprocess.run(
        ["swift", "package", "dump-package"],
        cwd=REPOSITORY,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    found = {}
    for target in json.loads(dumped)["targets"]:
        names = set()
        for dependency in target["dependencies"]:
            (kind,) = dependency
            names.add(dependency[kind][0])
        found[target["name"]] = names
    return found


def target_of(path: Path) -> str:
    """The target a Swift file belongs to, by the folder it stands in."""
    parts = path.relative_to(REPOSITORY).parts
    return parts[1]


def imports_of(path: Path) -> list[tuple[int, str]]:
    """Each module a Swift file imports, and the line."""
    pattern = re.compile(r"^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:\w+\s+)?import\s+(?:\w+\s+)?([\w.]+)")
    return [
        (number, match.group(1).partition(".")[0])
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if (match := pattern.match(line))
    ]
