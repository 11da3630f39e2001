"""The packages an application needs, by pip, as files of a layer."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import platform as machine
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from ._failure import ImageFailure
from ._python import MACHINES, ImagePython
from ._requirements import Requirements
from ._skopeo import last_line
from ._tree import Entry, read_folder

#: Distributions whose place the server takes.
SERVERS = ("gunicorn", "swiftcorn", "swiftcorn-gunicorn")
#: The C libraries that wheels are built for, the newest of them in the distributions of today.
GLIBC_MINOR_AT_MOST, GLIBC_MINOR_AT_LEAST = 36, 17


@dataclass(frozen=True)
class Package:
    """An installed distribution."""

    name: str
    version: str
    license: str = ""


def is_native(python: ImagePython, platform: str) -> bool:
    """Whether what pip builds here runs in the image."""
    architecture = platform.split("/")[1]
    return python.is_ours and MACHINES.get(architecture) == machine.machine()


def install(
    requirements: Requirements, python: ImagePython, platform: str, target: Path
) -> list[str]:
    """Install into `target`; answers what was left out because the server takes its place."""
    command = [
        sys.executable, "-m", "pip", "install", "--quiet", "--no-compile", "--no-input",
        "--disable-pip-version-check", "--root-user-action=ignore", "--no-warn-script-location",
        "--target", str(target),
    ]  # fmt: skip
    if not is_native(python, platform):
        command += _foreign(python, platform)
    with tempfile.TemporaryDirectory(prefix="swiftcorn-pip-") as scratch:
        file = requirements.source
        if requirements.text is not None:
            file = Path(scratch) / "requirements.txt"
            file.write_text(requirements.text, "utf-8")
        done = subprocess.run(
            [*command, "--requirement", str(file.resolve())],
            cwd=requirements.source.parent,
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise ImageFailure(_why(requirements, done.stderr))
    target.mkdir(exist_ok=True)
    return _leave_out_servers(target)


def _foreign(python: ImagePython, platform: str) -> list[str]:
    """Wheels alone, for another Python or machine than this one."""
    name = MACHINES.get(platform.split("/")[1])
    if name is None:
        raise ImageFailure(f"There are no wheels for {platform}: linux/amd64 and linux/arm64 have")
    words = [
        "--only-binary=:all:", "--implementation=cp", f"--python-version={python.name}",
        f"--abi=cp3{python.version[1]}", "--abi=abi3", "--abi=none",
    ]  # fmt: skip
    minors = range(GLIBC_MINOR_AT_MOST, GLIBC_MINOR_AT_LEAST - 1, -1)
    words += [f"--platform=manylinux_2_{minor}_{name}" for minor in minors]
    return [*words, f"--platform=manylinux2014_{name}", f"--platform=linux_{name}"]


def _why(requirements: Requirements, said: str) -> str:
    if "No module named pip" in said:
        return f"{sys.executable} has no pip, which installs {requirements.source}: install it"
    errors = [line[7:] for line in said.splitlines() if line.startswith("ERROR: ")]
    return f"{requirements.source} cannot be installed: {errors[-1] if errors else last_line(said)}"


def _leave_out_servers(target: Path) -> list[str]:
    """Remove Gunicorn, and ourselves: the layer below has them."""
    found = []
    for package, info in packages_in(target):
        if package.name.lower().replace("_", "-") not in SERVERS:
            continue
        found.append(f"{package.name} {package.version}")
        for name in _recorded(info):
            # Commands are noted where they would be beside a whole Python.
            path = target / name.removeprefix("../../")
            if ".." not in path.parts:
                path.unlink(missing_ok=True)
        shutil.rmtree(info)
    for folder in sorted((one for one in target.rglob("*") if one.is_dir()), reverse=True):
        if not any(folder.iterdir()):
            folder.rmdir()
    return found


def _recorded(info: Path) -> list[str]:
    record = info / "RECORD"
    if not record.is_file():
        return []
    return [row[0] for row in csv.reader(io.StringIO(record.read_text("utf-8"))) if row]


def packages_in(folder: Path) -> list[tuple[Package, Path]]:
    """The distributions in a folder, by name, each with the folder of its metadata."""
    found = []
    for info in sorted(folder.glob("*.dist-info")):
        metadata = info / "METADATA"
        if metadata.is_file():
            found.append((read_package(metadata.read_text("utf-8", "replace")), info))
    return found


def read_package(metadata: str) -> Package:
    """What a METADATA file says of its distribution."""
    fields: dict[str, str] = {}
    for line in metadata.splitlines():
        if not line:
            break
        key, colon, value = line.partition(":")
        if colon and key not in fields:
            fields[key] = value.strip()
    license_text = fields.get("License-Expression") or fields.get("License", "")
    return Package(fields.get("Name", "?"), fields.get("Version", "?"), license_text)


def installed_entries(folder: Path, python: ImagePython) -> list[Entry]:
    """The files of a folder that pip has filled, at their places in the image.

    What tells of this machine and this day is made the same everywhere: the interpreter of the
    commands, the order of the records, where a file was fetched from.
    """
    scripts: dict[str, bytes] = {}
    entries = []
    for entry in read_folder(folder):
        path = entry.path
        if path.startswith("bin/") and isinstance(entry.content, Path):
            data = _with_interpreter(entry.content.read_bytes(), python)
            scripts[path] = data
            name = path.removeprefix("bin/")
            entries.append(Entry(f"{python.scripts}/{name}", data, is_executable=True))
        elif path.endswith(".dist-info/direct_url.json"):
            continue
        elif path.endswith(".dist-info/RECORD") and isinstance(entry.content, Path):
            entries.append(Entry(f"{python.packages}/{path}", entry.content))
        else:
            entries.append(
                Entry(f"{python.packages}/{path}", entry.content, entry.link, entry.is_executable)
            )
    return [_with_record(one, scripts) for one in entries]


def _with_interpreter(data: bytes, python: ImagePython) -> bytes:
    first, newline, rest = data.partition(b"\n")
    if not first.startswith(b"#!") or b"python" not in first:
        return data
    return b"#!" + python.command.encode() + newline + rest


def _with_record(entry: Entry, scripts: dict[str, bytes]) -> Entry:
    if not entry.path.endswith(".dist-info/RECORD") or not isinstance(entry.content, Path):
        return entry
    rows = []
    for row in csv.reader(io.StringIO(entry.content.read_text("utf-8"))):
        if not row or row[0].endswith("direct_url.json"):
            continue
        script = scripts.get(row[0].removeprefix("../../"))
        rows.append([row[0], *_proof(script)] if script is not None else row)
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(sorted(rows))
    return Entry(entry.path, text.getvalue().encode())


def _proof(data: bytes) -> list[str]:
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    return [f"sha256={digest}", str(len(data))]
