"""Sockets given by systemd: LISTEN_FDS and LISTEN_PID, by hand and by systemd's own tool."""

import fcntl
import os
import shutil
import socket
import sys
from contextlib import ExitStack

import pytest

from support.client import Connection, request_bytes
from support.server import command_of, free_port

#: Does what systemd does before it starts a service: descriptors from 3 on, and the two variables.
ACTIVATE = """
import os, sys
count = int(sys.argv[1])
given = [int(one) for one in sys.argv[2].split(",")]
for number, descriptor in enumerate(given, 3):
    os.dup2(descriptor, number)
os.environ.update(LISTEN_FDS=str(count), LISTEN_PID=sys.argv[3].replace("ME", str(os.getpid())))
os.execv(sys.argv[4], sys.argv[4:])
"""


@pytest.fixture
def activated(start, kind):
    """Starts with listening sockets as systemd hands them over."""

    def starter(*arguments, sockets, pid="ME", **options):
        numbers = ",".join(str(one.fileno()) for one in sockets)
        path = shutil.which(command_of(kind)[0])
        command = [
            sys.executable,
            "-c",
            ACTIVATE,
            str(len(sockets)),
            numbers,
            pid,
            path,
            *command_of(kind)[1:],
        ]
        return start(
            *arguments,
            bind=False,
            command=command,
            pass_descriptors=tuple(one.fileno() for one in sockets),
            **options,
        )

    return starter


@pytest.fixture
def listening():
    """Sockets that listen: `listening()` for one of TCP, `listening(path)` for a unix socket."""
    with ExitStack() as stack:

        def opened(path=None):
            one = stack.enter_context(socket.socket(socket.AF_UNIX if path else socket.AF_INET))
            # Numbers well above those that the sockets will be moved to.
            moved = socket.socket(fileno=_above(one.detach(), 20))
            stack.enter_context(moved)
            moved.bind(str(path) if path else ("127.0.0.1", 0))
            moved.listen()
            return moved

        yield opened


def _above(descriptor, least):
    higher = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, least)
    os.close(descriptor)
    return higher


def answers(address):
    with Connection(address) as link:
        return link.send(request_bytes()).response().text == "hello\n"


def test_one_socket(activated, listening):
    given = listening()
    server = activated("hello:app", sockets=[given])
    server.wait_until_serving()
    assert server.addresses == [given.getsockname()]
    assert answers(given.getsockname())
    server.stop()


def test_several_sockets_of_both_families(activated, listening, directory):
    path = directory / "given.sock"
    given = [listening(), listening(path), listening()]
    server = activated("-w", "2", "hello:app", sockets=given)
    server.wait_until_serving(workers=2)
    for one in given:
        assert answers(one.getsockname())
    server.signal(15)
    assert server.wait_for_exit() == 0
    server.expect_no_process_left()
    assert path.is_socket(), "what we did not make is not ours to remove"


def test_configured_addresses_are_ignored(activated, listening):
    given, other = listening(), free_port()
    server = activated("-b", f"127.0.0.1:{other}", "hello:app", sockets=[given])
    server.wait_until_serving()
    assert server.addresses == [given.getsockname()]
    assert answers(given.getsockname())
    with pytest.raises(ConnectionRefusedError):
        Connection(("127.0.0.1", other))
    server.stop()


def test_the_variables_are_not_the_applications(activated, listening, directory):
    (directory / "looking.py").write_text(
        "import os\nfrom specimen import saying\n"
        "app = saying(repr(sorted(n for n in os.environ if n.startswith('LISTEN_'))))\n"
    )
    given = listening()
    server = activated("looking:app", sockets=[given])
    server.wait_until_serving()
    assert server.ask().text == "[]"
    server.stop()


def test_sockets_meant_for_another_process_are_not_taken(activated, listening):
    given, own = listening(), free_port()
    server = activated("-b", f"127.0.0.1:{own}", "hello:app", sockets=[given], pid="1")
    server.wait_until_serving()
    assert server.addresses == [("127.0.0.1", own)]
    assert answers(("127.0.0.1", own))
    server.stop()


def test_the_sockets_outlive_a_restart(activated, listening):
    """What arrives between two servers waits in the queue."""
    given = listening()
    first = activated("hello:app", sockets=[given])
    first.wait_until_serving()
    assert answers(given.getsockname())
    first.stop()
    with Connection(given.getsockname()) as link:
        link.send(request_bytes())
        second = activated("hello:app", sockets=[given])
        assert link.response().text == "hello\n"
        second.stop()


@pytest.mark.skipif(not shutil.which("systemd-socket-activate"), reason="systemd is not installed")
def test_under_systemds_own_tool(start, kind, directory):
    port = free_port()
    path = shutil.which(command_of(kind)[0])
    server = start(
        "hello:app",
        bind=False,
        command=[
            "systemd-socket-activate",
            "-l",
            f"127.0.0.1:{port}",
            "-l",
            str(directory / "web.sock"),
            "-E",
            "PATH",
            "-E",
            "HOME",
            "-E",
            "PYTHONPATH",
            "-E",
            "TMPDIR",
            path,
            *command_of(kind)[1:],
        ],
    )
    server.wait_for_log("Listening on 127.0.0.1")
    assert answers(("127.0.0.1", port))
    assert answers(str(directory / "web.sock"))
    server.signal(15)
    assert server.wait_for_exit() == 0
    server.expect_no_process_left()
