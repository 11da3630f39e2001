"""`--daemon`, what becomes of the streams, the titles of the processes, and `--spew`."""

import os
import re
import signal
from contextlib import suppress
from pathlib import Path

import pytest

from support import processes
from support.client import Connection, request_bytes
from support.deadline import wait_until, wait_until_process_ends


@pytest.fixture
def background(command, directory):
    """Starts a server that leaves for the background; answers its process number."""
    started = []

    def starter(*options, environment=None):
        found = command(
            "--daemon",
            "--pid=d.pid",
            "--log-file=d.log",
            "-b",
            f"unix:{directory}/d.sock",
            *options,
            "hello:app",
            environment=environment,
        )
        assert found.status == 0
        log = directory / "d.log"
        wait_until(lambda: log.exists() and "Booting worker" in log.read_text(), "the log")
        started.append(int((directory / "d.pid").read_text()))
        return started[-1], found

    yield starter
    for pid in started:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def streams(pid):
    return [os.readlink(f"/proc/{pid}/fd/{number}") for number in range(3)]


def test_it_leaves_the_terminal_and_serves(background, directory):
    pid, found = background()
    assert (found.out, found.err) == ("", "")
    _, parent, group, session = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:4]
    # The second fork: it leads no session, so no terminal can become its own.
    assert session == group != str(pid)
    assert int(parent) != os.getpid()
    assert streams(pid) == ["/dev/null"] * 3
    assert "Umask:\t0022" in Path(f"/proc/{pid}/status").read_text()
    with Connection(f"{directory}/d.sock") as link:
        assert link.send(request_bytes()).response().text == "hello\n"
    (worker,) = processes.children(pid)
    mark = len((directory / "d.log").read_text())
    os.kill(pid, signal.SIGWINCH)
    wait_until_process_ends(worker)
    assert "graceful stop of workers" in (directory / "d.log").read_text()[mark:]
    os.kill(pid, signal.SIGTERM)
    wait_until_process_ends(pid)
    assert not (directory / "d.pid").exists() and not (directory / "d.sock").exists()
    assert (directory / "d.log").read_text().endswith("[INFO] Shutting down: Master\n")


def test_streams_that_are_no_terminals_can_stay(start, directory):
    server = start(
        "--daemon",
        "--enable-stdio-inheritance",
        "--pid=d.pid",
        "-b",
        f"unix:{directory}/d.sock",
        "hello:app",
        bind=False,
    )
    server.wait_for_log("Booting worker with pid")
    assert server.wait_for_exit() == 0
    pid = int((directory / "d.pid").read_text())
    found = streams(pid)
    os.kill(pid, signal.SIGTERM)
    wait_until_process_ends(pid)
    assert found[0] == "/dev/null"
    assert all(stream.startswith("pipe:") for stream in found[1:])
    server.wait_for_log("Shutting down: Master")


def test_a_service_manager_that_waits_is_warned_of(background):
    pid, found = background(environment={"NOTIFY_SOCKET": "@nobody"})
    assert found.err == (
        "Warning: you shouldn't specify `daemon = True` when launching by systemd with "
        "`Type = notify`\n"
    )
    os.kill(pid, signal.SIGTERM)
    wait_until_process_ends(pid)


def test_titles_are_shown_by_the_package_where_it_is_installed(start, directory):
    (directory / "packages").mkdir()
    (directory / "packages" / "setproctitle.py").write_text(
        "import sys\n"
        "def getproctitle():\n"
        "    return ''\n"
        "def setproctitle(title):\n"
        "    print('TITLE', title, file=sys.stderr, flush=True)\n"
    )
    from support.server import APPLICATIONS

    server = start(
        "--name=shop",
        "hello:app",
        environment={"PYTHONPATH": f"{directory}/packages:{APPLICATIONS}"},
    )
    server.wait_for_log(r"^TITLE gunicorn: master \[shop\]$")
    server.wait_for_log(r"^TITLE gunicorn: worker \[shop\]$")
    server.ask()
    server.stop()


def test_spew_prints_each_line_that_is_executed(start, directory):
    (directory / "spoken.py").write_text(
        "from hello import app as inner\n"
        "def app(environ, start_response):\n"
        "    told = 'a line'\n"
        "    return inner(environ, start_response)\n"
    )
    server = start("--spew", "spoken:app")
    server.wait_until_serving(seconds=60)
    server.ask(seconds=60)
    server.stop()
    assert re.search(r"^spoken:3: +told = 'a line'$", server.out.text, re.MULTILINE)
