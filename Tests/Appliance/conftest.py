"""The images that the container tests share, each made once in a run."""

from __future__ import annotations

import containers
import pytest
from delivered import REPOSITORY


def build_stage(stage: str) -> str:
    containers.make_swift()
    containers.make_python()
    tag = f"localhost/swiftcorn-{stage}:test"
    version = f"--build-arg=PYTHON_VERSION={containers.PYTHON_VERSION}"
    containers.build(REPOSITORY, tag, version, f"--target={stage}")
    return tag


@pytest.fixture(scope="session")
def runtime() -> str:
    """The image that applications are built from."""
    return build_stage("runtime")


@pytest.fixture(scope="session")
def demo() -> str:
    """The image that serves examples/hello."""
    return build_stage("demo")
