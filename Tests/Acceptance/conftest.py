"""The two servers, started for the tests; see README.md beside this file."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest

from support.client import request_bytes
from support.compatibility import Difference, read_table
from support.directory import new_directory
from support.server import GUNICORN, SWIFTCORN, Finished, ServerUnderTest, command_of, run

Value = TypeVar("Value")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--server",
        choices=[GUNICORN, SWIFTCORN, "both"],
        default="both",
        help="which server the tests run against (default: each test against both)",
    )
    parser.addoption(
        "--record",
        action="store_true",
        help="write what Gunicorn answers into the .expected files instead of comparing",
    )


def _kinds(config: pytest.Config) -> list[str]:
    chosen = config.getoption("--server")
    return [GUNICORN, SWIFTCORN] if chosen == "both" else [chosen]


def pytest_configure(config: pytest.Config) -> None:
    for kind in _kinds(config):
        if shutil.which(command_of(kind)[0]) is None:
            raise pytest.UsageError(
                f"{command_of(kind)[0]} is not there: install {kind}, or name its command in "
                f"{kind.upper()}_COMMAND, or choose the other one with --server"
            )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A test that is about the other server only is left out, without a word about it."""
    kinds = _kinds(config)
    left_out = [
        item
        for item in items
        if ((only := item.get_closest_marker("only")) and only.args[0] not in kinds)
        or (item.get_closest_marker("both") and len(kinds) < 2)
    ]
    items[:] = [item for item in items if item not in left_out]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "kind" in metafunc.fixturenames:
        kinds = _kinds(metafunc.config)
        only = metafunc.definition.get_closest_marker("only")
        if only is not None:
            kinds = [kind for kind in kinds if kind == only.args[0]]
        metafunc.parametrize("kind", kinds, scope="session")


@pytest.fixture
def directory() -> Iterator[Path]:
    """An empty folder of this test's own; it is where the server is started."""
    path = new_directory()
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def start(kind: str, directory: Path) -> Iterator[Callable[..., ServerUnderTest]]:
    """Starts a server of this test's own, on a free port of loopback unless it says otherwise."""
    started: list[ServerUnderTest] = []

    def starter(*arguments: str, bind: bool = True, **options: object) -> ServerUnderTest:
        where = ("--bind", "127.0.0.1:0") if bind else ()
        server = ServerUnderTest(kind, (*where, *arguments), directory, **options)  # type: ignore
        started.append(server)
        return server

    yield starter
    for server in started:
        server.end_for_certain()


@pytest.fixture
def under_way(directory: Path) -> Callable[..., AbstractContextManager[Any]]:
    """`with under_way(server) as (link, finish)`: a request runs until finish() is called."""

    @contextmanager
    def one(server: ServerUnderTest, connection: str = "close") -> Iterator[Any]:
        go = directory / "go"
        mark = server.log.mark()
        with server.connect() as link:
            link.send(request_bytes("GET", f"/until?{go}", connection=connection))
            server.wait_for_log("^NOTE begun", since=mark)
            yield link, go.touch
        go.unlink(missing_ok=True)

    return one


@pytest.fixture
def command(kind: str, directory: Path) -> Callable[..., Finished]:
    """Runs the server with arguments that make it end by itself."""

    def runner(*arguments: str, **options: object) -> Finished:
        return run(kind, *arguments, directory=directory, **options)  # type: ignore[arg-type]

    return runner


@pytest.fixture(scope="module")
def serving(kind: str) -> Iterator[Callable[..., ServerUnderTest]]:
    """A server that the tests of one module share; stopped, and seen to be gone, after the last."""
    running: dict[tuple[str, ...], ServerUnderTest] = {}
    folder = new_directory()

    def sharer(*arguments: str) -> ServerUnderTest:
        if arguments not in running:
            place = folder / str(len(list(folder.iterdir())))
            place.mkdir()
            server = ServerUnderTest(kind, ("--bind", "127.0.0.1:0", *arguments), place)
            try:
                server.wait_until_serving()
            except BaseException:
                server.end_for_certain()
                raise
            running[arguments] = server
        return running[arguments]

    yield sharer
    try:
        for server in running.values():
            server.stop()
    finally:
        for server in running.values():
            server.end_for_certain()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def differences() -> dict[str, Difference]:
    return read_table()


@pytest.fixture
def differs(kind: str, differences: dict[str, Difference]) -> Callable[..., Value]:
    """`differs("row", gunicorn=a, swiftcorn=b)`: what this server is to do, by that row."""

    def chooser(row: str, *, gunicorn: Value, swiftcorn: Value) -> Value:
        assert row in differences, f"docs/compatibility.md has no row {row}"
        return gunicorn if kind == GUNICORN else swiftcorn

    return chooser
