"""The server's own files, for its layer."""

from __future__ import annotations

import configparser
import importlib.metadata
import zipfile
from collections.abc import Iterable
from pathlib import Path

from ._failure import ImageFailure
from ._install import Package, read_package
from ._python import MACHINES, ImagePython
from ._tree import Entry

DISTRIBUTIONS = ("swiftcorn", "swiftcorn-gunicorn")
SCRIPT = """#!{command}
import sys
from {module} import {function}
sys.exit({function}())
"""


def server_entries(
    wheels: list[Path], python: ImagePython, platform: str
) -> tuple[list[Entry], list[Package]]:
    """The server out of these wheels, or else as it is installed where this runs."""
    entries: dict[str, Entry] = {}
    packages = []
    sources = [_wheel(path, platform) for path in wheels] or [_own(name) for name in DISTRIBUTIONS]
    for source in sources:
        for name, content, is_executable in source:
            path = f"{python.packages}/{name}"
            entries[path] = Entry(path, content, is_executable=is_executable)
            if name.endswith(".dist-info/METADATA"):
                packages.append(read_package(_text(content)))
            elif name.endswith(".dist-info/entry_points.txt"):
                for script in _scripts(_text(content), python):
                    entries[script.path] = script
    if not any(one.name == "swiftcorn" for one in packages):
        raise ImageFailure("There is no swiftcorn among the wheels that --server names")
    return list(entries.values()), packages


def _text(content: Path | bytes) -> str:
    return content.decode() if isinstance(content, bytes) else content.read_text("utf-8")


def _own(name: str) -> Iterable[tuple[str, Path | bytes, bool]]:
    try:
        files = importlib.metadata.distribution(name).files
    except importlib.metadata.PackageNotFoundError:
        files = None
    if files is None:
        if name == "swiftcorn":
            raise ImageFailure(
                "The server is not installed as a package here: give its wheels by --server"
            )
        # Without the names the image still has the server; `gunicorn` is not a command then.
        return
    for one in files:
        path = str(one)
        # Commands are made anew; compiled files are of this Python alone.
        if path.startswith("..") or "__pycache__" in path or path.endswith(_UNWANTED):
            continue
        yield path, Path(str(one.locate())), path.endswith(".so")


#: What pip notes about this machine.
_UNWANTED = (
    ".dist-info/RECORD", ".dist-info/REQUESTED", ".dist-info/direct_url.json",
    ".dist-info/INSTALLER", ".dist-info/uv_cache.json",
)  # fmt: skip


def _wheel(path: Path, platform: str) -> Iterable[tuple[str, Path | bytes, bool]]:
    machine = MACHINES.get(platform.split("/")[1], "?")
    if not path.name.endswith("-any.whl") and not path.name.endswith(f"_{machine}.whl"):
        raise ImageFailure(f"{path.name} is not for {platform}")
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                name = member.filename
                if not member.is_dir() and not name.endswith(_UNWANTED):
                    yield name, archive.read(member), name.endswith(".so")
    except (OSError, zipfile.BadZipFile) as error:
        raise ImageFailure(f"{path} is no wheel that can be read: {error}") from None


def _scripts(text: str, python: ImagePython) -> list[Entry]:
    parser = configparser.ConfigParser(delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(text)
    if not parser.has_section("console_scripts"):
        return []
    scripts = []
    for name, target in parser.items("console_scripts"):
        module, _, function = target.partition(":")
        body = SCRIPT.format(command=python.command, module=module, function=function)
        scripts.append(Entry(f"{python.scripts}/{name}", body.encode(), is_executable=True))
    return scripts
