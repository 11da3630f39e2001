"""--log-journal: entries with fields instead of lines, for the journal of systemd."""

import shutil
import signal
import socket
import struct
import sys

import pytest

from support.client import request_bytes
from support.deadline import Deadline, wait_until
from support.server import command_of

#: Connects a stream "to the journal", as systemd does: the variable names what it leads to.
UNDER_SYSTEMD = """
import os, sys
stream = os.fstat(int(sys.argv[1]))
os.environ["JOURNAL_STREAM"] = f"{stream.st_dev}:{stream.st_ino}"
os.execv(sys.argv[2], sys.argv[2:])
"""
SPEAKING = """
import logging
from hello import app as inner
def app(environ, start_response):
    logging.getLogger("gunicorn.error").warning("of the application\\nin two lines")
    return inner(environ, start_response)
"""


class FakeJournal:
    """Reads entries as systemd's journal does."""

    def __init__(self, path):
        self.path = path
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        self.entries = []

    def wait_for(self, message):
        """The first entry, of all so far, whose message contains a text."""
        deadline = Deadline()
        while True:
            for entry in self.entries:
                if message in entry["MESSAGE"]:
                    return entry
            self.socket.settimeout(deadline.remaining() or 0.001)
            self.entries.append(self._read())

    def drain(self):
        """What has arrived, with what has been read before."""
        self.socket.setblocking(False)
        while True:
            try:
                self.entries.append(self._read())
            except BlockingIOError:
                return self.entries

    def _read(self):
        data = self.socket.recv(1 << 18)
        entry = {}
        while data:
            line, _, data = data.partition(b"\n")
            name, equals, value = line.partition(b"=")
            if not equals:
                (size,) = struct.unpack("<Q", data[:8])
                value, data = data[8 : 8 + size], data[9 + size :]
            entry[name.decode()] = value.decode()
        return entry


@pytest.fixture
def journal(directory):
    one = FakeJournal(directory / "journal.sock")
    yield one
    one.socket.close()
    one.path.unlink(missing_ok=True)


@pytest.fixture
def journaled(start, journal):
    """Starts with a journal that listens."""

    def starter(*arguments, **options):
        environment = {"SWIFTCORN_JOURNAL_SOCKET": str(journal.path)}
        return start(*arguments, environment=environment, **options)

    return starter


@pytest.fixture
def under_systemd(journaled, kind):
    """Starts with one stream connected to the journal."""

    def starter(*arguments, stream=2):
        path = shutil.which(command_of(kind)[0])
        command = [sys.executable, "-c", UNDER_SYSTEMD, str(stream), path, *command_of(kind)[1:]]
        return journaled(*arguments, command=command)

    return starter


def port(journal):
    return int(journal.wait_for("Listening at: ")["MESSAGE"].rpartition(":")[2].split(" ")[0])


def test_under_systemd_the_error_log_is_entries(under_systemd, journal, differs, stop):
    server = under_systemd("hello:app")
    if differs("journal-entries", gunicorn=True, swiftcorn=False):
        server.wait_until_serving()
        server.ask()
    else:
        journal.wait_for("Booting worker with pid")
    stop(server)
    is_line = "[INFO] Starting gunicorn 27.0.1" in server.log.text
    assert is_line == differs("journal-entries", gunicorn=True, swiftcorn=False)
    entries = [entry["MESSAGE"] for entry in journal.drain()]
    assert ("Shutting down: Master" in entries) != is_line


@pytest.mark.only("swiftcorn")
def test_entries_have_fields(journaled, journal, directory, stop):
    (directory / "speaking.py").write_text(SPEAKING)
    server = journaled("--log-journal=on", "--access-logfile=-", "-w", "2", "speaking:app")
    starting = journal.wait_for("Starting gunicorn 27.0.1")
    assert starting == {
        "MESSAGE": "Starting gunicorn 27.0.1", "PRIORITY": "6", "SYSLOG_IDENTIFIER": "gunicorn"
    }
    address = ("127.0.0.1", port(journal))
    with socket.create_connection(address, Deadline().seconds) as link:
        fields = [("User-Agent", "a b"), ("Referer", "http://there/")]
        link.sendall(request_bytes("GET", "/x?y=1", fields, connection="close"))
        assert link.makefile("rb").read().endswith(b"hello\n")
    access = journal.wait_for("GET /x?y=1 HTTP/1.1")
    worker = access.pop("SWIFTCORN_WORKER")
    assert worker in {"1", "2"}
    assert int(access.pop("SWIFTCORN_DURATION_USEC")) > 0
    line = access.pop("MESSAGE")
    assert line.startswith("127.0.0.1 - - [") and line.endswith('"http://there/" "a b"')
    assert access == {
        "PRIORITY": "6", "SYSLOG_IDENTIFIER": "gunicorn", "SWIFTCORN_METHOD": "GET",
        "SWIFTCORN_TARGET": "/x?y=1", "SWIFTCORN_STATUS": "200", "SWIFTCORN_BYTES": "6",
        "SWIFTCORN_REMOTE_ADDRESS": "127.0.0.1", "SWIFTCORN_REFERER": "http://there/",
        "SWIFTCORN_USER_AGENT": "a b",
    }
    of_application = journal.wait_for("of the application")
    assert of_application == {
        "MESSAGE": "of the application\nin two lines", "PRIORITY": "4",
        "SYSLOG_IDENTIFIER": "gunicorn", "SWIFTCORN_WORKER": worker,
    }
    stop(server)
    assert (server.log.text, server.out.text) == ("", "")


@pytest.mark.only("swiftcorn")
def test_a_stream_that_is_not_connected_gets_lines(under_systemd, journal, stop):
    """Only standard output leads to the journal here, and only the access log goes there."""
    server = under_systemd("--access-logfile=-", "hello:app", stream=1)
    server.wait_until_serving()
    assert server.ask().text == "hello\n"
    assert journal.wait_for("GET / HTTP/1.1")["SWIFTCORN_WORKER"] == "1"
    stop(server)
    assert [entry["SWIFTCORN_STATUS"] for entry in journal.drain()] == ["200"]
    assert server.out.text == ""


@pytest.mark.only("swiftcorn")
def test_off_writes_lines(under_systemd, journal, stop):
    server = under_systemd("--log-journal=off", "hello:app")
    server.wait_until_serving()
    stop(server)
    assert journal.drain() == []


@pytest.mark.only("swiftcorn")
def test_a_log_that_is_a_file_stays_one(journaled, journal, directory, stop):
    server = journaled("--log-journal=on", "--error-logfile=e.log", "hello:app")
    log = directory / "e.log"
    wait_until(lambda: log.exists() and "Booting worker" in log.read_text(), "the log")
    stop(server)
    assert journal.drain() == []


@pytest.mark.only("swiftcorn")
def test_a_journal_that_is_stuck_stops_nobody(journaled, journal, stop):
    """Nothing is read until the end: requests are answered, and the loss is told of."""
    server = journaled("--log-journal=on", "--access-logfile=-", "hello:app")
    address = ("127.0.0.1", port(journal))
    for _ in range(50):
        with socket.create_connection(address, Deadline().seconds) as link:
            link.sendall(request_bytes(connection="close"))
            assert link.makefile("rb").read().endswith(b"hello\n")
    journal.drain()
    with socket.create_connection(address, Deadline().seconds) as link:
        link.sendall(request_bytes("GET", "/last", connection="close"))
        assert link.makefile("rb").read().endswith(b"hello\n")
    assert journal.wait_for("log entries were lost")["PRIORITY"] == "4"
    assert journal.wait_for("GET /last")
    stop(server)


@pytest.mark.only("swiftcorn")
def test_on_without_a_journal_is_refused(command):
    finished = command(
        "--log-journal=on", "hello:app", environment={"SWIFTCORN_JOURNAL_SOCKET": "/nowhere"}
    )
    assert finished.err.startswith("\nError: there is no journal: '/nowhere' is not there\n")
    assert (finished.status, finished.out) == (1, "")


@pytest.mark.only("swiftcorn")
def test_a_journal_that_goes_away_leaves_lines(journaled, journal, stop):
    server = journaled("--log-journal=on", "hello:app")
    journal.wait_for("Booting worker with pid")
    journal.path.unlink()
    server.signal(signal.SIGUSR1)
    server.wait_for_log(r"\[INFO\] Handling signal: usr1")
    stop(server)


@pytest.mark.only("swiftcorn")
def test_another_word_is_refused(command):
    finished = command("--log-journal=perhaps", "hello:app")
    assert "log_journal must be auto, on or off, not 'perhaps'" in finished.err
    assert finished.status == 1
