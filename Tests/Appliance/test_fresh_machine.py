"""`make run` on a machine that has Swift, Python and make, and nothing else."""

from __future__ import annotations

import shutil
from pathlib import Path

import containers
import pytest
from delivered import HELLO_BODY, REPOSITORY, free_port, get_when_ready

pytestmark = pytest.mark.container

LEFT_OUT = (".git", ".build*", ".venv*", "dist", "__pycache__", ".*_cache", "*.so")
MINUTES = 20


def test_make_run_does_all_the_set_up(tmp_path: Path) -> None:
    containers.make_swift()
    shutil.copytree(REPOSITORY, tmp_path / "src", ignore=shutil.ignore_patterns(*LEFT_OUT))
    port = free_port()
    name = f"swiftcorn-fresh-{port}"
    script = (
        "apt-get update -qq && apt-get install -qq -y --no-install-recommends make python3; "
        f"cp -r /given /checkout && cd /checkout && exec make run BIND=127.0.0.1:{port}"
    )
    options = ("--network=host", f"--volume={tmp_path}/src:/given:ro", "--init")
    containers.podman(
        "run", "--detach", "--name", name, *options, containers.SWIFT, "sh", "-c", script
    )
    try:
        assert get_when_ready(port, seconds=MINUTES * 60) == HELLO_BODY
    except AssertionError:
        print(containers.podman("logs", name))
        raise
    finally:
        containers.podman("rm", "--force", "--time=10", name)
