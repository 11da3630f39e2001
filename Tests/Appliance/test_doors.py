"""The commands, and the names that `import gunicorn` finds."""

from __future__ import annotations

import pkgutil
import shutil
import signal
from pathlib import Path

import gunicorn
import pytest
from delivered import BIN, HELLO, HELLO_BODY, get_when_ready, run, serving

DOORS: dict[str, list[str | Path]] = {
    "gunicorn": [BIN / "gunicorn"],
    "swiftcorn": [BIN / "swiftcorn"],
    "python -m gunicorn": [BIN / "python", "-m", "gunicorn"],
    "python -m swiftcorn": [BIN / "python", "-m", "swiftcorn"],
}


@pytest.mark.parametrize("door", DOORS)
def test_each_door_says_its_version(door: str) -> None:
    answer = run(*DOORS[door], "--version")
    assert answer.stdout == f"{door.rsplit(maxsplit=1)[-1]} (version 27.0.1)\n"


@pytest.mark.parametrize("door", DOORS)
def test_each_door_serves_and_stops(door: str) -> None:
    with serving(*DOORS[door], "--bind", "127.0.0.1:0", *HELLO) as server:
        assert get_when_ready(server.port()) == HELLO_BODY


def test_an_interrupt_ends_it_as_well() -> None:
    with serving(BIN / "gunicorn", "--bind", "127.0.0.1:0", *HELLO) as server:
        assert get_when_ready(server.port()) == HELLO_BODY
        assert server.stop(signal.SIGINT) == 0


def test_the_status_reaches_the_shell(tmp_path: Path) -> None:
    answer = run(BIN / "gunicorn", check=False, directory=tmp_path)
    assert answer.returncode == 1
    assert "No application module specified." in answer.stderr


def test_without_its_core_a_door_says_what_to_do(tmp_path: Path) -> None:
    source = Path(gunicorn.__file__).parents[1] / "swiftcorn"
    without_core = shutil.ignore_patterns("_core.*", "__pycache__")
    shutil.copytree(source, tmp_path / "swiftcorn", ignore=without_core)
    answer = run(
        BIN / "python", "-m", "swiftcorn", check=False, environment={"PYTHONPATH": str(tmp_path)}
    )
    assert answer.returncode == 1
    assert answer.stderr.startswith("swiftcorn: the core cannot be loaded: ")
    assert "pip install ." in answer.stderr


def test_the_names_say_which_gunicorn_this_is() -> None:
    assert gunicorn.__version__ == "27.0.1"
    assert gunicorn.version_info == (27, 0, 1)
    assert gunicorn.SERVER == "gunicorn"
    assert gunicorn.SERVER_SOFTWARE == "gunicorn/27.0.1"


def test_every_module_imports() -> None:
    modules = [info.name for info in pkgutil.walk_packages(gunicorn.__path__, "gunicorn.")]
    assert len(modules) > 30
    code = "import importlib, sys\nfor name in sys.argv[1:]: importlib.import_module(name)"
    run(BIN / "python", "-c", code, *(name for name in modules if "__main__" not in name))


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("gunicorn.http.body", "Body"),
        ("gunicorn.instrument.statsd", "Statsd"),
        ("gunicorn.workers.ggevent", "GeventWorker"),
        ("gunicorn.workers.gtornado", "TornadoWorker"),
    ],
)
def test_a_name_that_is_still_to_come_says_so(module: str, name: str) -> None:
    answer = run(BIN / "python", "-c", f"from {module} import {name}", check=False)
    assert answer.returncode == 1
    last = answer.stderr.splitlines()[-1]
    assert last == (
        f"ImportError: {module}.{name} is not in this version of Swiftcorn: it is still to come."
    )
