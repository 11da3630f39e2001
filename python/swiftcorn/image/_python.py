"""The Python of an image."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass

from ._failure import ImageFailure

_COMMAND = re.compile(r"((?:usr/local|usr|opt/[^/]+|[^/]+/[^/]+))/bin/python3\.(\d+)")

#: What the kernel and wheels call the architectures of images.
MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}


@dataclass(frozen=True)
class ImagePython:
    """A CPython, and where it looks for packages."""

    #: Such as (3, 13).
    version: tuple[int, int]
    #: Such as /usr/local/bin/python3.13.
    command: str
    #: Where commands go, without the leading slash.
    scripts: str
    #: Where packages go, without the leading slash.
    packages: str
    is_musl: bool = False

    @property
    def name(self) -> str:
        """Such as 3.13."""
        return f"{self.version[0]}.{self.version[1]}"

    @property
    def is_ours(self) -> bool:
        """Whether it is the version that runs this build."""
        return self.version == sys.version_info[:2]


def find_python(names: Iterable[str], wanted: str | None) -> ImagePython | None:
    """The Python among the names of an image's files; the wanted version if it is there.

    One under /usr/local is preferred, then the newest.
    """
    found: list[tuple[bool, int, ImagePython]] = []
    names = set(names)
    is_musl = any(name.startswith("lib/ld-musl") for name in names)
    for name in names:
        match = _COMMAND.fullmatch(name)
        if not match:
            continue
        prefix, minor = match[1], int(match[2])
        # Debian's own Python looks for what is not Debian's under /usr/local.
        is_debian = prefix == "usr"
        root = "usr/local" if is_debian else prefix
        kind = "dist-packages" if is_debian else "site-packages"
        python = ImagePython(
            (3, minor), f"/{name}", f"{root}/bin", f"{root}/lib/python3.{minor}/{kind}", is_musl
        )
        if wanted is None or python.name == wanted:
            found.append((not is_debian, minor, python))
    return max(found, key=lambda one: one[:2])[2] if found else None


def check_python(python: ImagePython | None, wanted: str | None, base: str) -> ImagePython:
    """The Python, if the server runs on it."""
    if python is None:
        what = f"no Python {wanted}" if wanted else "no Python"
        raise ImageFailure(f"The base {base} has {what}: take one with CPython 3.10 or newer")
    if python.version < (3, 10):
        raise ImageFailure(f"The base {base} has Python {python.name}: 3.10 is the oldest that is")
    if python.is_musl:
        raise ImageFailure(
            f"The base {base} is of musl (Alpine): the server needs the GNU C library"
        )
    return python
