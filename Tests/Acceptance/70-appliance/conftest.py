"""What systemd gives a service (sockets, a socket for notices), and a server that is watched."""

import fcntl
import os
import shutil
import socket
import sys
from contextlib import ExitStack

import pytest

from support.monitor import Monitor
from support.notices import listening_for_notices
from support.server import command_of, free_port

#: Does what systemd does before it starts a service: descriptors from 3 on, and the variables.
ACTIVATE = """
import os, sys
given = [int(one) for one in sys.argv[2].split(",")]
for number, descriptor in enumerate(given, 3):
    os.dup2(descriptor, number)
os.environ.update(LISTEN_FDS=sys.argv[1], LISTEN_PID=sys.argv[3].replace("ME", str(os.getpid())))
os.execv(sys.argv[4], sys.argv[4:])
"""


@pytest.fixture
def activated(start, kind):
    """Starts with descriptors as systemd hands them over: sockets, or their numbers."""

    def starter(*arguments, sockets, pid="ME", count=None, **options):
        numbers = [one if isinstance(one, int) else one.fileno() for one in sockets]
        path = shutil.which(command_of(kind)[0])
        command = [
            sys.executable,
            "-c",
            ACTIVATE,
            str(len(sockets)) if count is None else count,
            ",".join(map(str, numbers)),
            pid,
            path,
            *command_of(kind)[1:],
        ]
        options.setdefault("bind", False)
        return start(*arguments, command=command, pass_descriptors=tuple(numbers), **options)

    return starter


@pytest.fixture
def high():
    """Moves a socket to a number well above those that it will be given as."""
    with ExitStack() as stack:

        def moved(one):
            higher = fcntl.fcntl(one.fileno(), fcntl.F_DUPFD_CLOEXEC, 20)
            one.close()
            return stack.enter_context(socket.socket(fileno=higher))

        yield moved


@pytest.fixture
def listening(high):
    """Sockets that listen: `listening()` for one of TCP, `listening(path)` for a unix socket."""

    def opened(path=None):
        one = high(socket.socket(socket.AF_UNIX if path else socket.AF_INET))
        one.bind(str(path) if path else ("127.0.0.1", 0))
        one.listen()
        return one

    return opened


@pytest.fixture
def notified(directory):
    """A service manager that listens."""
    with listening_for_notices(directory / "notify.sock") as one:
        yield one


@pytest.fixture
def stop():
    """Stops a server where a socket of ours stays, so the check for sockets is left out."""

    def stopper(server, status=0):
        if server.is_running():
            os.kill(server.pid, 15)
        assert server.wait_for_exit() == status
        server.expect_no_process_left()

    return stopper


@pytest.fixture
def monitored(start):
    """Starts a server with a health address."""

    def starter(*arguments, **options):
        port = free_port()
        return Monitor(start("--health-bind", f"127.0.0.1:{port}", *arguments, **options), port)

    return starter
