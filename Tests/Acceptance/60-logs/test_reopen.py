"""USR1: the log files are opened anew, in the master and in every worker, so they can be moved."""

import os
import signal

import pytest

from support import processes
from support.client import Connection, request_bytes
from support.deadline import wait_until


@pytest.fixture
def logging_server(start, directory):
    server = start(
        "--error-logfile",
        "error.log",
        "--access-logfile",
        "access.log",
        "-w",
        "2",
        "-b",
        f"unix:{directory}/web.sock",
        "hello:app",
        bind=False,
    )
    path = directory / "error.log"
    wait_until(lambda: path.exists() and path.read_text().count("Booting") == 2, "two workers")
    return server


def ask(directory, target):
    with Connection(str(directory / "web.sock")) as link:
        return link.send(request_bytes("GET", target)).response().status


def test_moved_files(logging_server, directory):
    server = logging_server
    assert ask(directory, "/before") == 200
    for name in ("error.log", "access.log"):
        os.rename(directory / name, directory / f"{name}.1")
    server.signal(signal.SIGUSR1)
    for name in ("error.log", "access.log"):
        wait_until((directory / name).exists, f"a new {name}")
    old, new = directory / "access.log.1", directory / "access.log"

    def arrives_in_the_new_one():
        ask(directory, "/after")
        return "/after" in new.read_text()

    wait_until(arrives_in_the_new_one, "a worker that writes to the new file")
    size = old.stat().st_size
    for _ in range(10):
        ask(directory, "/late")
    wait_until(lambda: "/late" in new.read_text(), "the newest lines")
    server.stop()
    assert old.stat().st_size in range(size, size + 600)
    assert "/before" in old.read_text()
    text = (directory / "error.log.1").read_text()
    assert "Handling signal: usr1" in text
    assert (directory / "error.log").read_text().endswith("Shutting down: Master\n")
    assert "Shutting down" not in text


def test_a_worker_can_be_told_alone(logging_server, directory):
    server = logging_server
    ask(directory, "/before")
    os.rename(directory / "access.log", directory / "access.log.1")
    for pid in processes.children(server.pid):
        os.kill(pid, signal.SIGUSR1)
    wait_until((directory / "access.log").exists, "a new file")
    assert ask(directory, "/after") == 200
    server.stop()


def test_without_files_nothing_happens(start):
    server = start("hello:app")
    server.wait_until_serving()
    server.ask()
    server.signal(signal.SIGUSR1)
    server.wait_for_log("Handling signal: usr1")
    assert server.ask().text == "hello\n"
    server.stop()
