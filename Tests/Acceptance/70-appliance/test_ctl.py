"""`swiftcorn ctl`: a person, a script and a health check at a running server (ours only)."""

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
from pathlib import Path

import pytest

from support.control import Control
from support.deadline import DEFAULT_SECONDS, Deadline, wait_until
from support.monitor import Monitor
from support.server import SWIFTCORN, clean_environment, command_of, free_port, run

pytestmark = pytest.mark.only("swiftcorn")


@pytest.fixture
def ctl(directory):
    """Runs `swiftcorn ctl`; its status, and what it said on both streams."""

    def runner(*arguments, **variables):
        ended = subprocess.run(
            [*command_of(SWIFTCORN), "ctl", *arguments],
            cwd=directory,
            env=clean_environment(directory, variables),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=DEFAULT_SECONDS,
            check=False,
        )
        return ended.returncode, ended.stdout, ended.stderr

    return runner


@pytest.fixture
def controlled(start, directory):
    """Starts a server that is controlled at c.ctl, and waits until it is ready."""

    def starter(*arguments, application="hello:app"):
        server = start("--control-socket", "c.ctl", *arguments, application)
        server.wait_until_serving()
        control = Control(directory / "c.ctl").wait_until_there()
        wait_until(lambda: control.data("health")["ready"]["ok"], "readiness")
        return server, control

    return starter


def test_looking(controlled, ctl):
    server, _ = controlled("-w", "2")
    for _ in range(3):
        assert server.ask().status == 200
    status, out, err = ctl("-s", "c.ctl", "status")
    assert (status, err) == (0, "")
    assert re.fullmatch(
        rf"hello:app: ready, ready\n"
        rf"master    {server.pid}, gunicorn 27\.0\.1 \(swiftcorn \S+\)\n"
        rf"address   http://127\.0\.0\.1:0\n"
        rf"workers   2 of 2 \(sync\)\n"
        rf"requests  \d(: \d 2xx)?\n"
        rf"now       0 in flight, 0 queued\n"
        rf"reloads   0\n",
        out,
    ), out
    status, out, _ = ctl("-s", "c.ctl", "status", "--json")
    document = json.loads(out)
    assert status == 0 and document["server"]["pid"] == server.pid
    workers = [one["pid"] for one in document["workers"]]
    assert sorted(workers) == sorted(server.workers)

    status, out, _ = ctl("--socket=c.ctl", "workers")
    head, *rows = out.splitlines()
    assert status == 0
    assert head.split() == "PID AGE STATE UP REQUESTS IN FLIGHT LONGEST MEMORY CPU".split()
    assert [int(row.split()[0]) for row in rows] == workers
    assert all(row.split()[2] == "ready" for row in rows)
    _, out, _ = ctl("-s", "c.ctl", "workers", "--json")
    assert [one["pid"] for one in json.loads(out)["workers"]] == workers
    server.stop()


def test_status_is_what_the_health_address_shows(start, ctl, directory):
    port = free_port()
    server = start("--health-bind", f"127.0.0.1:{port}", "--control-socket", "c.ctl", "hello:app")
    shown = Monitor(server, port).wait_until_ready().status_document()
    asked = json.loads(ctl("-s", "c.ctl", "status", "--json")[1])
    assert shape(asked) == shape(shown)
    assert asked["server"] == shown["server"] and asked["settings"] == shown["settings"]
    server.stop()


def shape(document):
    """The names and kinds of a document without its values; lists by their first element."""
    if isinstance(document, dict):
        return {name: shape(value) for name, value in document.items() if name != "samples"}
    if isinstance(document, list):
        return [shape(one) for one in document[:1]]
    return "number" if isinstance(document, (int, float)) else type(document).__name__


def test_changing(controlled, ctl):
    server, _ = controlled()
    assert ctl("-s", "c.ctl", "scale", "3") == (0, "3 workers wanted, 1 before\n", "")
    server.wait_for_workers(3)
    assert ctl("-s", "c.ctl", "scale", "1") == (0, "1 workers wanted, 3 before\n", "")
    (former,) = server.wait_for_workers(1)
    refused = "swiftcorn ctl: Invalid argument: There has to be one worker at least\n"
    assert ctl("-s", "c.ctl", "scale", "0") == (1, "", refused)

    assert ctl("-s", "c.ctl", "log-level", "debug") == (0, "log level debug\n", "")
    server.wait_for_log("Log level: DEBUG, until the next reload$")
    # The workers that are there follow it too, after a moment without an event of its own.
    mark = server.log.mark()
    wait_until(
        lambda: server.ask().status == 200 and "[DEBUG] GET /" in "".join(server.log.texts(mark)),
        "the worker's debug lines",
    )
    assert ctl("-s", "c.ctl", "reload") == (0, "reloading\n", "")
    server.wait_for_log("Hang up: Master$")
    wait_until(lambda: former not in server.workers, "the former worker is gone")
    assert ctl("-s", "c.ctl", "log-level", "loud")[0] == 2
    assert ctl("-s", "c.ctl", "drain") == (0, "draining\n", "")
    server.wait_for_log("Handling signal: term$")
    server.expect_clean_exit()


def test_a_server_that_drains_is_changed_no_more(controlled, ctl, directory):
    server, _ = controlled("--shutdown-delay", "60")
    assert ctl("-s", "c.ctl", "drain")[0] == 0
    server.wait_for_log("Serving on for 60 seconds before the stop$")
    refused = "swiftcorn ctl: Command failed: the server is stopping\n"
    assert ctl("-s", "c.ctl", "scale", "2") == (1, "", refused)
    assert ctl("-s", "c.ctl", "reload") == (1, "", refused)
    assert ctl("-s", "c.ctl", "health") == (1, "not ready: draining\n", "")
    assert ctl("-s", "c.ctl", "health", "--live") == (0, "live\n", "")
    # As a second TERM does, it cuts the delay short.
    assert ctl("-s", "c.ctl", "drain")[0] == 0
    server.expect_clean_exit()


def test_a_logger_of_the_operators_keeps_its_level(controlled, ctl, directory):
    server, _ = controlled("--logger-class", "loggers.JSONLines")
    refused = "swiftcorn ctl: Command failed: the level is the operator's logger class's to set\n"
    assert ctl("-s", "c.ctl", "log-level", "debug") == (1, "", refused)
    server.stop()


def test_where_nobody_is(ctl, directory):
    status, out, err = ctl("status")
    place = f"{directory}/home/.gunicorn/gunicorn.ctl"
    assert (status, out) == (1, "")
    assert err == (
        f"swiftcorn ctl: Failed to connect to {place}: [Errno 2] No such file or directory. "
        f"Is the server running with --control-socket {place}?\n"
    )
    assert ctl("dance")[0] == 2
    assert ctl()[0] == 2
    assert "exit with 0 when the server is ready" in ctl("--help")[1]


def test_health_by_whatever_there_is(start, ctl, directory):
    port = free_port()
    address = f"127.0.0.1:{port}"
    nobody = ctl("health", GUNICORN_HEALTH_BIND=address)
    assert nobody[0] == 1 and nobody[1].startswith(f"no answer from {address}: ")
    assert ctl("health")[0] == 1
    server = start(
        "--health-bind", address, "--health-bind", "unix:h.sock", "--control-socket", "c.ctl",
        "hello:app",
    )  # fmt: skip
    Monitor(server, port).wait_until_ready()
    ready, live = (0, "ready\n", ""), (0, "live\n", "")
    assert ctl("health", "--bind", address) == ready
    assert ctl("health", "--bind", "unix:h.sock", "--live") == live
    assert ctl("-s", "c.ctl", "health") == ready
    # The environment of a container tells server and probe alike.
    assert ctl("health", GUNICORN_HEALTH_BIND=f"0.0.0.0:{port}") == ready
    assert ctl("health", GUNICORN_CMD_ARGS=f"--workers 2 --health-bind=:{port}") == ready
    assert ctl("health", "--live", GUNICORN_CMD_ARGS="--control-socket c.ctl") == live
    assert ctl("health", GUNICORN_CONTROL_SOCKET="c.ctl") == ready
    server.stop()


def test_ctl_is_still_an_application_for_gunicorn(directory):
    """Only `swiftcorn` has commands; APP_MODULE is what it was."""
    (directory / "ctl.py").write_text("from hello import app as application\n")
    environment = {"PYTHONPATH": f"{directory}:{clean_environment(directory)['PYTHONPATH']}"}
    finished = run(
        SWIFTCORN, "--check-config", "ctl", directory=directory, environment=environment
    )
    assert (finished.status, finished.err) == (0, "")


# The whole terminal.


class Terminal:
    """`swiftcorn ctl top` at a terminal of 24 lines of 100 columns."""

    def __init__(self, directory: Path, *arguments: str) -> None:
        self.ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
        self.before = termios.tcgetattr(theirs)
        self.theirs = theirs
        self.text = ""
        self.process = subprocess.Popen(
            [*command_of(SWIFTCORN), "ctl", *arguments],
            cwd=directory,
            env=clean_environment(directory),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
        )

    def wait_for(self, pattern: str) -> None:
        deadline = Deadline()
        while not re.search(pattern, self.text):
            ready, _, _ = select.select([self.ours], [], [], deadline.remaining())
            assert ready, f"no {pattern!r} in {self.text[-3000:]!r}"
            self.text += os.read(self.ours, 65536).decode()

    def press(self, keys: str) -> None:
        os.write(self.ours, keys.encode())

    def expect_restored(self, status: int) -> None:
        """It ends, the usual screen and cursor are back, and so is the mode of the terminal."""
        self.wait_for(r"\x1b\[\?25h\x1b\[\?1049l")
        assert self.process.wait(DEFAULT_SECONDS) == status
        assert termios.tcgetattr(self.theirs) == self.before

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.ours)
        os.close(self.theirs)


@pytest.fixture
def terminal(directory):
    opened = []

    def opener(*arguments):
        opened.append(Terminal(directory, *arguments))
        return opened[-1]

    yield opener
    for one in opened:
        one.close()


def test_top(controlled, terminal):
    server, control = controlled("-w", "2")
    screen = terminal("-s", "c.ctl", "top", "--interval", "0.2")
    screen.wait_for(r"\x1b\[\?1049h\x1b\[\?25l")
    screen.wait_for(r"hello:app  ready, ready")
    for pid in server.workers:
        screen.wait_for(rf"\n{pid} ")
    screen.wait_for(r"workers      2 of 2")
    # It follows what happens, also over the process that answers it.
    assert control.data("scale", 3)["total"] == 3
    screen.wait_for(r"workers      3 of 3")
    control.ask("reload")
    screen.wait_for(r"1 reloads")
    screen.press("q")
    screen.expect_restored(0)
    # Nothing but the sequences it may use moved the cursor, and no line was longer than the screen.
    sequences = set(re.findall(r"\x1b\[[?\d;]*[A-Za-z]", screen.text))
    allowed = {"\x1b[?1049h", "\x1b[?25l", "\x1b[?25h", "\x1b[?1049l", "\x1b[H", "\x1b[K",
               "\x1b[J", "\x1b[1m", "\x1b[7m", "\x1b[0m"}  # fmt: skip
    assert sequences <= allowed
    plain = re.sub(r"\x1b\[[?\d;]*[A-Za-z]", "", screen.text)
    assert max(map(len, plain.split("\r\n"))) <= 220
    server.stop()


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_top_restores_the_terminal_when_a_signal_ends_it(controlled, terminal, number, status):
    server, _ = controlled()
    screen = terminal("-s", "c.ctl", "top")
    screen.wait_for("q leaves")
    screen.process.send_signal(number)
    screen.expect_restored(status)
    server.stop()


def test_top_outlives_the_server_and_needs_a_terminal(controlled, terminal, ctl):
    server, _ = controlled()
    screen = terminal("-s", "c.ctl", "top", "--interval", "0.1")
    screen.wait_for("q leaves")
    server.stop()
    screen.wait_for("no answer")
    screen.press("q")
    screen.expect_restored(0)
    assert ctl("-s", "c.ctl", "top")[0] == 1
    nobody = terminal("-s", "c.ctl", "top")
    nobody.wait_for("Failed to connect")
    assert nobody.process.wait(DEFAULT_SECONDS) == 1
