"""Which files of a context stay out of the image."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

#: Never in an image unless `.dockerignore` takes them in again by name (`!.env`): they are said.
SECRETS = (
    "**/.env", "**/.env.*", "**/*.pem", "**/*.key", "**/*.p12", "**/*.pfx", "**/*.kdbx",
    "**/id_rsa*", "**/id_dsa*", "**/id_ecdsa*", "**/id_ed25519*", "**/.netrc", "**/.pypirc",
    "**/.npmrc", "**/.git-credentials", "**/.aws", "**/.ssh", "**/.gnupg", "**/.docker", "**/.kube",
)  # fmt: skip

#: Left out without a word: nothing that runs needs them, and they differ from day to day.
CLUTTER = (
    "**/.git", "**/.hg", "**/.svn", "**/__pycache__", "**/*.pyc", "**/.venv", "**/venv",
    "**/.tox", "**/.nox", "**/.mypy_cache", "**/.ruff_cache", "**/.pytest_cache", "**/.DS_Store",
    ".dockerignore", "Dockerfile", "Dockerfile.*",
)  # fmt: skip


class Patterns:
    """The lines of a `.dockerignore`: the last one that fits a path, or a folder above it, counts.

    As Docker reads them: `*` and `?` stay within one name, `**` is any number of folders, `[...]`
    a class of characters, `\\` takes the next character as it is, and `!` takes in again.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        self._rules: list[tuple[re.Pattern[str], bool]] = []
        for line in lines:
            text = line.strip()
            if not text or line.startswith("#"):
                continue
            excludes = not text.startswith("!")
            text = text if excludes else text[1:].strip()
            names = [name for name in text.split("/") if name not in ("", ".")]
            if names:
                self._rules.append((re.compile(_expression(names)), excludes))

    def exclude(self, path: str) -> bool:
        """Whether this path, relative to the context and with `/` between its names, is out."""
        return bool(self.verdict(path))

    def verdict(self, path: str) -> bool | None:
        """As `exclude`, but None where no line speaks of the path."""
        found: bool | None = None
        for expression, excludes in self._rules:
            if expression.fullmatch(path):
                found = excludes
        return found

    @property
    def take_in_again(self) -> bool:
        """Whether a file below an excluded folder may be in the image all the same."""
        return any(not excludes for _, excludes in self._rules)


def _expression(names: list[str]) -> str:
    text = ""
    for index, name in enumerate(names):
        is_last = index == len(names) - 1
        if name == "**":
            text += ".+" if is_last else "(?:[^/]+/)*"
        else:
            text += _one_name(name) + ("" if is_last else "/")
    # What a pattern names takes everything below with it.
    return text + "(?:/.*)?"


@lru_cache(maxsize=256)
def _one_name(name: str) -> str:
    text, rest = "", name
    while rest:
        one, rest = rest[0], rest[1:]
        if one == "*":
            text += "[^/]*"
            rest = rest.lstrip("*")
        elif one == "?":
            text += "[^/]"
        elif one == "[" and "]" in rest[1:]:
            end = rest.index("]", 1)
            inner = rest[:end].replace("\\", "\\\\")
            text += "[^" + inner[1:] + "]" if inner[0] in "^!" else f"[{inner}]"
            rest = rest[end + 1 :]
        elif one == "\\" and rest:
            text += re.escape(rest[0])
            rest = rest[1:]
        else:
            text += re.escape(one)
    return text
