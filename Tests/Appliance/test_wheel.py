"""One wheel file serves on every CPython from 3.10 on, and is what its name says."""

from __future__ import annotations

import re
import tarfile
import zipfile
from pathlib import Path

import pytest
from delivered import (
    BIN,
    HELLO,
    HELLO_BODY,
    REPOSITORY,
    core_wheel,
    get_when_ready,
    interpreters,
    run,
    serving,
    wheels,
)

VERSIONS = ("3.10", "3.11", "3.12", "3.13", "3.14")
NONE: list[Path | None] = [None]
CASES = [(version, path) for version in VERSIONS for path in interpreters(version) or NONE]


@pytest.mark.parametrize(
    ("version", "interpreter"), CASES, ids=[f"{version}-{path}" for version, path in CASES]
)
def test_serves_on_each_interpreter(version: str, interpreter: Path | None, tmp_path: Path) -> None:
    if interpreter is None:
        pytest.skip(f"no CPython {version} on this machine")
    run(interpreter, "-m", "venv", "--without-pip", tmp_path / "venv")
    python = tmp_path / "venv" / "bin" / "python"
    options = ["--quiet", "--no-deps", "--no-index", "--disable-pip-version-check"]
    run(BIN / "python", "-m", "pip", "--python", python, "install", *options, *wheels())

    for door in (["bin/gunicorn"], ["bin/swiftcorn"]):
        answer = run(tmp_path / "venv" / door[0], "--version")
        assert "27.0.1" in answer.stdout
    with serving(python, "-m", "gunicorn", "--bind", "127.0.0.1:0", *HELLO) as server:
        assert get_when_ready(server.port()) == HELLO_BODY


def test_the_name_is_what_auditwheel_finds() -> None:
    tag = re.fullmatch(
        r"swiftcorn-[\d.]+-cp310-abi3-(manylinux_\d+_\d+_\w+)\.whl", core_wheel().name
    )
    assert tag, core_wheel().name
    said = run(BIN / "auditwheel", "show", core_wheel()).stdout
    # The sentence is wrapped, so the tag may stand on a line of its own.
    found = re.search(r'consistent\s+with\s+the\s+following\s+platform\s+tag:\s+"(\w+)"', said)
    assert found and found[1] == tag[1], said


def test_uses_the_limited_api_only() -> None:
    options = ["--strict", "--assume-minimum-abi3", "3.10"]
    answer = run(BIN / "abi3audit", *options, core_wheel(), check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_holds_the_package_and_nothing_else() -> None:
    with zipfile.ZipFile(core_wheel()) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
        core = archive.getinfo("swiftcorn/_core.abi3.so")
    assert {"swiftcorn/__init__.py", "swiftcorn/_core.pyi", "swiftcorn/py.typed"} <= names
    assert all(name.startswith("swiftcorn/") for name in names)
    assert core.file_size < 16 * 1024 * 1024


def test_the_source_distribution_holds_the_whole_swift_package(tmp_path: Path) -> None:
    run(BIN / "hatchling", "build", "-t", "sdist", "-d", tmp_path, directory=REPOSITORY)
    (archive,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        opened.extractall(tmp_path, filter="data")
    (tree,) = (path for path in tmp_path.iterdir() if path.is_dir())
    assert not list(tree.rglob("*.so"))
    # The package manager refuses a manifest whose targets have no folder.
    described = run("swift", "package", "describe", directory=tree).stdout
    assert "SwiftcornCore" in described
