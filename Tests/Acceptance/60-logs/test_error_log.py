"""The error log: where it goes, what a line looks like, which levels there are."""

import re
import socket

import pytest

from support.client import Connection
from support.deadline import wait_until

LEVELS = "CRITICAL|ERROR|WARNING|INFO|DEBUG"
LINE = rf"\[\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{{4}}\] \[\d+\] \[({LEVELS})\] .+"


@pytest.mark.parametrize("option", ["--error-logfile", "--log-file"])
def test_to_a_file(start, directory, option):
    server = start(option, "error.log", "-b", f"unix:{directory}/web.sock", "hello:app", bind=False)
    path = directory / "error.log"
    wait_until(lambda: path.exists() and "Booting worker" in path.read_text(), "the log")
    server.stop()
    lines = path.read_text().splitlines()
    assert all(re.fullmatch(LINE, line) for line in lines)
    assert lines[0].endswith("] [INFO] Starting gunicorn 27.0.1")
    assert lines[-1].endswith("] [INFO] Shutting down: Master")
    assert server.log.text == "" and server.out.text == ""


def test_a_file_is_appended_to(start, directory):
    (directory / "error.log").write_text("what was there\n")
    server = start("--error-logfile", "error.log", "nosuch:app")
    server.expect_clean_exit(status=3)
    assert (directory / "error.log").read_text().startswith("what was there\n[")


def test_every_line_has_the_one_form(start):
    server = start("hello:app")
    server.wait_until_serving()
    server.ask()
    with server.connect() as link:
        link.send(b"nonsense\r\n\r\n").read_to_end()
    server.stop()
    assert all(re.fullmatch(LINE, line.text) for line in server.log.lines)


def takes_connections(path):
    """A socket is in its place before it listens."""
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0


@pytest.mark.parametrize(
    ("level", "shown"),
    [
        ("debug", {"DEBUG", "INFO", "WARNING"}),
        ("info", {"INFO", "WARNING"}),
        ("warning", {"WARNING"}),
        ("error", set()),
        ("critical", set()),
        ("WARNING", {"WARNING"}),
    ],
)
def test_levels(start, directory, level, shown):
    server = start(
        "--log-level", level, "-b", f"unix:{directory}/web.sock", "hello:app", bind=False
    )
    wait_until(lambda: takes_connections(directory / "web.sock"), "the listener")
    with Connection(str(directory / "web.sock")) as link:
        link.send(b"nonsense\r\n\r\n").read_to_end()
    server.stop()
    matches = [re.match(LINE, line) for line in server.log.texts()]
    found = {match.group(1) for match in matches if match}
    assert found == shown


def test_the_log_is_whole_when_many_write_to_it(start):
    """Lines of several workers do not run into each other."""
    server = start("-w", "4", "scenes:app")
    server.wait_until_serving(workers=4)
    for _ in range(40):
        with server.connect() as link:
            link.send(b"nonsense\r\n\r\n").read_to_end()
    server.stop()
    lines = [line for line in server.log.texts() if "Invalid request" in line]
    assert len(lines) == 40
    assert all(re.fullmatch(LINE, line) for line in lines)


def test_what_the_application_prints(start, directory):
    """print and the logging module are the application's: they pass through untouched."""
    (directory / "talking.py").write_text(
        "import logging, sys\n"
        "logging.basicConfig(level='INFO', format='APP %(message)s')\n"
        "logging.info('logged at import')\n"
        "print('printed at import', flush=True)\n"
        "from hello import app\n"
    )
    server = start("talking:app")
    server.ask()
    server.stop()
    assert "APP logged at import" in server.log.texts()
    assert server.out.texts() == ["printed at import"]


def test_capture_output(start, directory):
    """--capture-output sends both streams of the process into the error log's file."""
    (directory / "talking.py").write_text(
        "import sys\nprint('to stdout', flush=True)\n"
        "print('to stderr', file=sys.stderr, flush=True)\nfrom hello import app\n"
    )
    server = start(
        "--capture-output",
        "--error-logfile",
        "error.log",
        "-b",
        f"unix:{directory}/web.sock",
        "talking:app",
        bind=False,
    )
    path = directory / "error.log"
    wait_until(lambda: path.exists() and "to stderr" in path.read_text(), "the output")
    server.stop()
    assert {"to stdout", "to stderr"} <= set(path.read_text().splitlines())
    assert server.out.text == ""
