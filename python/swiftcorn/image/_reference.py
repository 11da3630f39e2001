"""Names of images, and where one is read from or written to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from ._failure import ImageFailure

_COMPONENT = r"[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*"
_HOST = r"(?:localhost|[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+|[A-Za-z0-9-]+(?=:\d))(?::\d{1,5})?"
_NAME = re.compile(
    rf"(?:{_HOST}/)?{_COMPONENT}(?:/{_COMPONENT})*"
    r"(?::[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?(?:@sha256:[0-9a-f]{64})?"
)
#: What skopeo reads and writes beside registries.
_TRANSPORTS = ("docker://", "docker-daemon:", "containers-storage:", "dir:")


def check_name(name: str) -> str:
    """The name, if an image can have it."""
    if not _NAME.fullmatch(name):
        raise ImageFailure(
            f"{name!r} is no image reference: it would be like registry.example/team/app:1.0"
        )
    return name


def with_tag(name: str) -> str:
    """The whole name: with a registry, and with a tag."""
    host, slash, _ = name.partition("/")
    if not slash or not ("." in host or ":" in host or host == "localhost"):
        name = f"docker.io/{name}" if slash else f"docker.io/library/{name}"
    last = name.rpartition("/")[2]
    return name if ":" in last or "@" in last else f"{name}:latest"


@dataclass(frozen=True)
class Place:
    """A kind of place (`oci`, `oci-archive`, `docker-archive`, `skopeo`) and where it is."""

    kind: str
    where: str


def base_place(text: str) -> Place:
    """Where a base is: a folder, a file, or a name that skopeo finds."""
    for kind in ("oci-archive", "oci"):
        if text.startswith(f"{kind}:"):
            return Place(kind, text.removeprefix(f"{kind}:"))
    if text.startswith(_TRANSPORTS) or text.startswith("docker-archive:"):
        return Place("skopeo", text)
    path = Path(text)
    if path.is_dir():
        return Place("oci", text)
    if path.is_file():
        return Place("oci-archive", text)
    if text.startswith((".", "/")) or text.endswith((".tar", ".oci")):
        raise ImageFailure(f"There is no base at {text}: give an OCI layout, an archive or a name")
    return Place("skopeo", f"docker://{with_tag(check_name(text))}")


def output_place(text: str) -> Place:
    """Where an image goes."""
    kind, colon, where = text.partition(":")
    if colon and where and kind in ("oci", "oci-archive", "docker-archive"):
        return Place(kind, where)
    if text.startswith("docker://"):
        check_name(text.removeprefix("docker://"))
        return Place("skopeo", text)
    if text.startswith(_TRANSPORTS):
        return Place("skopeo", text)
    if not colon and text.endswith(".tar"):
        return Place("oci-archive", text)
    raise ImageFailure(
        f"{text!r} is no place for an image: give oci:FOLDER, oci-archive:FILE, "
        "docker-archive:FILE or docker://NAME"
    )
