"""What the application needs, as files for pip."""

from __future__ import annotations

import hashlib
import importlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ._failure import ImageFailure

#: In the order in which they are looked for: a lock says more than a wish.
NAMES = ("uv.lock", "Pipfile.lock", "requirements.txt", "pyproject.toml")
INCLUDES_AT_MOST = 100


@dataclass(frozen=True)
class Requirements:
    """Requirements in the notation of pip, and where they are from."""

    source: Path
    #: None: the file is pip's own, and read by it where it is.
    text: str | None
    #: Changes when what is required does.
    key: str
    #: They name files of the machine, so that a layer of them cannot be used again.
    is_local: bool = False


def find_requirements(context: Path, given: str | None) -> Requirements | None:
    """The requirements given, or the first that the context has; None where there are none."""
    if given is not None:
        path = Path(given) if Path(given).is_absolute() else context / given
        if not path.is_file():
            raise ImageFailure(f"There are no requirements at {path}")
        return _read(path)
    for name in NAMES:
        path = context / name
        if path.is_file():
            found = _read(path)
            # A pyproject.toml is often there for tools alone.
            if name != "pyproject.toml" or found.text:
                return found
    return None


def _read(path: Path) -> Requirements:
    try:
        if path.name == "Pipfile.lock":
            text = _of_pipfile(json.loads(path.read_bytes()))
        elif path.name == "uv.lock":
            text = _of_uv(_toml(path), path)
        elif path.name == "pyproject.toml":
            project = _toml(path).get("project", {})
            text = "".join(f"{one}\n" for one in project.get("dependencies", []))
        else:
            return _of_pip(path)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ImageFailure(f"{path} cannot be read: {error}") from None
    key = hashlib.sha256(text.encode()).hexdigest()
    return Requirements(path, text, key, is_local=_names_files(text))


def _toml(path: Path) -> dict[str, Any]:
    try:
        reader = importlib.import_module("tomllib")
    except ImportError:
        # CPython 3.10 has none; its pip does.
        reader = importlib.import_module("pip._vendor.tomli")
    found: dict[str, Any] = reader.loads(path.read_text("utf-8"))
    return found


# requirements.txt


def _of_pip(path: Path) -> Requirements:
    """Read by pip itself; here only for what would make it another layer."""
    found, waiting = hashlib.sha256(), [path]
    seen: set[Path] = set()
    is_local = False
    while waiting:
        one = waiting.pop()
        if one in seen or len(seen) > INCLUDES_AT_MOST or not one.is_file():
            continue
        seen.add(one)
        text = one.read_text("utf-8", "replace")
        found.update(text.encode())
        is_local = is_local or _names_files(text)
        for name in re.findall(r"(?m)^\s*(?:-r|-c|--requirement|--constraint)[ =]*(\S+)", text):
            waiting.append(one.parent / name)
    return Requirements(path, None, found.hexdigest(), is_local)


def _names_files(text: str) -> bool:
    return bool(re.search(r"(?m)^\s*(?:-e|--editable|\.|/|file:|--find-links|-f)|@\s*file:", text))


# Pipfile.lock


def _of_pipfile(lock: dict[str, Any]) -> str:
    lines = []
    for name, one in sorted(lock["default"].items()):
        extras = f"[{','.join(sorted(one['extras']))}]" if one.get("extras") else ""
        if "git" in one:
            line = f"{name}{extras} @ git+{one['git']}@{one['ref']}"
        elif "file" in one or "path" in one:
            line = f"{name}{extras} @ {one.get('file') or one['path']}"
        else:
            line = f"{name}{extras}{one['version']}"
        lines.append(line + _marker(one.get("markers")) + _hashes(one.get("hashes", [])))
    return "".join(f"{line}\n" for line in lines)


def _marker(text: str | None) -> str:
    return f" ; {text}" if text else ""


def _hashes(found: list[str]) -> str:
    return "".join(f" --hash={one}" for one in found)


# uv.lock


def _of_uv(lock: dict[str, Any], path: Path) -> str:
    packages: dict[tuple[str, str | None], dict[str, Any]] = {}
    for one in lock["package"]:
        packages[(one["name"], one.get("version"))] = one
        packages.setdefault((one["name"], None), one)
    roots = [one for one in lock["package"] if _is_root(one)]
    if not roots:
        raise ImageFailure(f"{path} has no project of its own: give --requirements another file")
    # Under which conditions each is needed; an empty one is always.
    wanted: dict[tuple[str, str | None], set[str]] = {}
    waiting = [(edge, "") for root in roots for edge in root.get("dependencies", [])]
    while waiting:
        edge, condition = waiting.pop()
        both = [text for text in (condition, edge.get("marker", "")) if text]
        marker = " and ".join(f"({text})" for text in both)
        key = (edge["name"], edge.get("version"))
        package = packages[key]
        conditions = wanted.setdefault((package["name"], package.get("version")), set())
        new = {f"{marker}|{extra}" for extra in ["", *edge.get("extra", [])]}
        for one in sorted(new - conditions):
            conditions.add(one)
            extra = one.rpartition("|")[2]
            edges = (
                package.get("optional-dependencies", {}).get(extra, [])
                if extra
                else package.get("dependencies", [])
            )
            waiting += [(further, marker) for further in edges]
    lines = [
        _uv_line(packages[key], {text.rpartition("|")[0] for text in conditions})
        for key, conditions in sorted(wanted.items(), key=lambda one: one[0][0])
        if not _is_root(packages[key])
    ]
    return "".join(f"{line}\n" for line in lines)


def _is_root(package: dict[str, Any]) -> bool:
    source = package.get("source", {})
    return "." in (source.get("virtual"), source.get("editable"))


def _uv_line(package: dict[str, Any], conditions: set[str]) -> str:
    source = package.get("source", {})
    marker = "" if "" in conditions else " or ".join(f"({one})" for one in sorted(conditions))
    if "git" in source:
        return f"{package['name']} @ git+{source['git']}{_marker(marker)}"
    files = [*package.get("wheels", []), *([package["sdist"]] if "sdist" in package else [])]
    hashes = sorted({one["hash"] for one in files if one.get("hash")})
    return f"{package['name']}=={package['version']}{_marker(marker)}{_hashes(hashes)}"
