"""The images that the container tests share, each made once in a run."""

from __future__ import annotations

from collections.abc import Iterator

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


@pytest.fixture(scope="session", autouse=True)
def tidy_store(request: pytest.FixtureRequest) -> Iterator[None]:
    """Layers that an earlier build left behind do not pile up."""
    yield
    if any(item.get_closest_marker("container") for item in request.session.items):
        containers.podman("image", "prune", "--force")


@pytest.fixture(scope="session")
def runtime() -> str:
    """The image that applications are built from."""
    return build_stage("runtime")


@pytest.fixture(scope="session")
def demo() -> str:
    """The image that serves examples/hello."""
    return build_stage("demo")


@pytest.fixture(scope="session")
def wheels() -> str:
    """The stage that made the wheels, for /wheels in it."""
    return build_stage("build")
