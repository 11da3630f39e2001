"""Something that the build needs is missing: one sentence with the remedy, and a bad status."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest
from delivered import BIN, REPOSITORY, interpreters, run

BACKEND = REPOSITORY / "python" / "build_backend"
TOOLS = ("swift", "pkg-config", "strip", "objdump", "sh", "dirname", "id", "grep", "dpkg-query")


def path_without(absent: str, folder: Path) -> str:
    """A PATH on which every tool is but one."""
    for tool in TOOLS:
        found = shutil.which(tool)
        if found and tool != absent:
            (folder / tool).symlink_to(found)
    return str(folder)


def ask_backend(path: str, **variables: str) -> tuple[int, str]:
    code = "import swift_core; swift_core.require_tools()"
    environment = {"PATH": path, "PYTHONPATH": str(BACKEND), **variables}
    answer = run(sys.executable, "-c", code, check=False, environment=environment)
    return answer.returncode, answer.stderr


@pytest.mark.parametrize(
    ("absent", "words"),
    [
        ("swift", "the Swift toolchain is missing: install Swift 6.3"),
        ("pkg-config", "apt-get install python3-dev pkg-config"),
        ("strip", "apt-get install binutils"),
    ],
)
def test_a_missing_tool_is_one_sentence(absent: str, words: str, tmp_path: Path) -> None:
    status, said = ask_backend(path_without(absent, tmp_path))
    assert status == 1
    assert said.count("\n") == 1 and words in said, said


def test_nothing_missing_is_silent(tmp_path: Path) -> None:
    assert ask_backend(path_without("", tmp_path)) == (0, "")


def test_an_old_swift_is_one_sentence(tmp_path: Path) -> None:
    path = path_without("swift", tmp_path)
    (tmp_path / "swift").write_text("#!/bin/sh\necho 'Swift version 5.9.2 (swift-5.9.2-RELEASE)'\n")
    (tmp_path / "swift").chmod(0o755)
    status, said = ask_backend(path)
    assert status == 1
    assert said == (
        "swiftcorn: Swift 5.9 is too old: "
        "install Swift 6.3 from swift.org/install and put its `usr/bin` on PATH.\n"
    )


def test_missing_headers_are_one_sentence(tmp_path: Path) -> None:
    path = path_without("pkg-config", tmp_path)
    (tmp_path / "pkg-config").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "pkg-config").chmod(0o755)
    status, said = ask_backend(path)
    assert status == 1
    assert said.count("\n") == 1 and "headers of CPython 3.10 or newer are missing" in said, said


@pytest.mark.parametrize("version", ["3.8", "3.9"])
def test_an_old_python_is_one_sentence(version: str) -> None:
    found = interpreters(version)
    if not found:
        pytest.skip(f"no CPython {version} on this machine")
    code = "import swift_core; swift_core.require_tools()"
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(BACKEND)}
    answer = run(found[0], "-c", code, check=False, environment=environment)
    assert answer.returncode == 1
    assert answer.stderr.count("\n") == 1
    assert "CPython 3.10 or newer is needed, this is CPython " + version in answer.stderr


def test_pip_shows_the_sentence(tmp_path: Path) -> None:
    environment = {**os.environ, "PATH": path_without("swift", tmp_path)}
    options = ["--no-deps", "--no-build-isolation", f"--wheel-dir={tmp_path}"]
    command = (str(BIN / "python"), "-m", "pip", "wheel", *options, str(REPOSITORY))
    answer = run(*command, check=False, environment=environment)
    assert answer.returncode != 0
    assert "swiftcorn: the Swift toolchain is missing: install Swift 6.3" in answer.stderr


def test_make_names_a_python_that_will_not_do() -> None:
    environment = {**os.environ, "PYTHON": "/bin/false"}
    answer = run(REPOSITORY / "scripts" / "find-python.sh", check=False, environment=environment)
    assert (answer.returncode, answer.stdout) == (1, "")
    assert answer.stderr == (
        "swiftcorn: PYTHON=/bin/false is not a CPython >= 3.10 with venv: name one that is.\n"
    )


def test_make_says_that_swift_is_missing(tmp_path: Path) -> None:
    environment = {"PATH": path_without("swift", tmp_path)}
    script = REPOSITORY / "scripts" / "set-up.sh"
    answer = run(script, tmp_path / "venv", "none.txt", check=False, environment=environment)
    assert answer.returncode == 1
    assert answer.stderr.startswith("swiftcorn: the Swift toolchain is missing: install Swift 6.3")
    assert not (tmp_path / "venv").exists()


def test_make_says_which_packages_it_cannot_install(tmp_path: Path) -> None:
    for name, body in {"id": "echo 1000", "dpkg-query": "exit 1"}.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{body}\n")
        (tmp_path / name).chmod(0o755)
    (tmp_path / "sh").symlink_to("/bin/sh")
    script = REPOSITORY / "scripts" / "debian.sh"
    answer = run(script, "one", "two", check=False, environment={"PATH": str(tmp_path)})
    assert (answer.returncode, answer.stdout) == (1, "")
    assert answer.stderr == (
        "swiftcorn: these Debian packages are missing: one two. "
        "Install them as root (apt-get install one two), then run make again.\n"
    )
