"""The Dockerfile, by a linter and by what it may not depend on."""

from __future__ import annotations

import re
import subprocess

import pytest
from delivered import BIN, REPOSITORY, run
from pages import blocks
from swiftcorn import __version__

TEXT = (REPOSITORY / "Dockerfile").read_text()


def test_hadolint_finds_nothing() -> None:
    said = run(BIN / "hadolint", REPOSITORY / "Dockerfile")
    assert said.stdout + said.stderr == ""


def test_each_exception_has_a_reason_above_it() -> None:
    lines = TEXT.splitlines()
    marked = [at for at, line in enumerate(lines) if "hadolint ignore" in line]
    assert marked
    assert all(re.match(r"# \w", lines[at - 1]) for at in marked)


def test_nothing_depends_on_the_processor() -> None:
    assert not re.search(r"x86|aarch|--platform|TARGETARCH", TEXT)
    assert re.findall(r"amd64|arm64", TEXT) == ["amd64", "arm64"], "in a comment"


def test_the_label_has_this_version() -> None:
    assert f"ARG VERSION={__version__}\n" in TEXT


@pytest.mark.parametrize("chapter", ["Your application", "A file of your own"])
def test_the_files_of_the_page_are_as_good(chapter: str) -> None:
    """By the same linter, but for what an example leaves to its reader: versions."""
    (dockerfile,) = blocks("docker.md", chapter, "dockerfile")
    ignored = [f"--ignore={rule}" for rule in ("DL3006", "DL3007", "DL3008", "DL3009", "DL3013")]
    done = subprocess.run(
        [BIN / "hadolint", *ignored, "-"], input=dockerfile, text=True, capture_output=True,
        check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "")
