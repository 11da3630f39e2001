"""Sockets given by systemd: LISTEN_FDS and LISTEN_PID, by hand and by systemd's own tool; fd://."""

import os
import shutil
import signal
import socket
from contextlib import ExitStack

import pytest

from support.client import Connection, request_bytes
from support.server import command_of, free_port

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
    given = listening()
    server = activated("-b", "unix:other.sock", "hello:app", sockets=[given])
    server.wait_until_serving()
    assert server.addresses == [given.getsockname()]
    assert answers(given.getsockname())
    assert not (server.directory / "other.sock").exists()
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
    given = listening()
    server = activated("hello:app", sockets=[given], pid="1", bind=True)
    server.wait_until_serving()
    (own,) = server.addresses
    assert own != given.getsockname()
    assert answers(own)
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


def test_a_reload_keeps_what_was_given(activated, listening, directory, stop):
    path = directory / "given.sock"
    given = [listening(), listening(path)]
    server = activated("hello:app", sockets=given)
    server.wait_until_serving()
    for count in (2, 3):
        server.signal(signal.SIGHUP)
        server.wait_for_log("Booting worker with pid", count=count)
        for one in given:
            assert answers(one.getsockname())
    stop(server)
    assert path.is_socket()


def test_a_descriptor_by_its_number(start, listening, directory, stop, differs):
    path = directory / "given.sock"
    given = [listening(), listening(path)]
    binds = [word for one in given for word in ("--bind", f"fd://{one.fileno()}")]
    numbers = tuple(one.fileno() for one in given)
    server = start(*binds, "hello:app", bind=False, pass_descriptors=numbers)
    server.wait_until_serving()
    assert server.addresses == [given[0].getsockname(), str(path)]
    for one in given:
        assert answers(one.getsockname())
    stop(server)
    # What we did not make is not ours to remove.
    assert path.is_socket() == differs("given-path", gunicorn=False, swiftcorn=True)


@pytest.mark.only("swiftcorn")
def test_a_descriptor_can_be_left_and_taken_again(start, listening, directory):
    """Nothing that was given is closed: another reload finds it as it was."""
    given = listening()
    settings = directory / "settings.py"
    settings.write_text(f"bind = 'fd://{given.fileno()}'\n")
    server = start(
        "-c", "settings.py", "hello:app", bind=False, pass_descriptors=(given.fileno(),)
    )
    assert server.wait_until_serving() == given.getsockname()
    settings.write_text("bind = '127.0.0.1:0'\n")
    server.signal(signal.SIGHUP)
    server.wait_for_log("Listening at", count=2)
    other = server.addresses[0]
    assert other != given.getsockname() and answers(other)
    settings.write_text(f"bind = 'fd://{given.fileno()}'\n")
    server.signal(signal.SIGHUP)
    server.wait_for_log("Listening at", count=3)
    assert answers(given.getsockname())
    server.stop()


def test_only_descriptors_count_where_there_is_one(start, listening):
    given = listening()
    server = start(
        "-b", "unix:other.sock", "-b", f"fd://{given.fileno()}", "hello:app",
        bind=False, pass_descriptors=(given.fileno(),),
    )
    server.wait_until_serving()
    assert server.addresses == [given.getsockname()]
    assert not (server.directory / "other.sock").exists()
    server.stop()


@pytest.fixture
def passed(activated, high, listening, directory):
    """Starts with something that is no listening stream socket."""
    with ExitStack() as stack:

        def starter(what, *arguments, **options):
            if what == "a file":
                (directory / "file").write_text("")
                file = stack.enter_context((directory / "file").open())
                given = stack.enter_context(os.fdopen(os.dup2(file.fileno(), 30)))
            elif what == "a datagram socket":
                given = high(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            else:
                listener = listening()
                stack.enter_context(socket.create_connection(listener.getsockname()))
                given = high(listener.accept()[0])
            return activated(*arguments, sockets=[given], **options)

        yield starter


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        ("a file", "fd://3: [Errno 88] Socket operation on non-socket"),
        ("a datagram socket", "fd://3 is not a listening stream socket"),
        (
            "a connection, which is what Accept=yes passes",
            "fd://3 is a connection, not a listening socket: "
            "a socket unit for this server says Accept=no",
        ),
    ],
)
def test_what_cannot_be_served_is_refused(passed, differs, directory, what, sentence):
    server = passed(what, "-p", "server.pid", "hello:app")
    assert server.wait_for_exit() == 1
    server.expect_no_process_left()
    said = f"\nError: The service manager passed what we cannot serve: {sentence}\n\n"
    is_sentence = differs("bind-error-sentence", gunicorn=False, swiftcorn=True)
    assert (said in server.log.text) == is_sentence
    assert ("Traceback" in server.log.text) != is_sentence
    assert (directory / "server.pid").exists() == differs(
        "pid-file-after-failed-bind", gunicorn=True, swiftcorn=False
    )


@pytest.mark.parametrize(
    ("pid", "count", "sentence"),
    [
        ("soon", "1", "LISTEN_PID=soon LISTEN_FDS=1: [Errno 22] Invalid argument"),
        ("ME", "many", "LISTEN_PID=ME LISTEN_FDS=many: [Errno 22] Invalid argument"),
        ("ME", "7", "LISTEN_PID=ME LISTEN_FDS=7: [Errno 9] Bad file descriptor"),
    ],
)
def test_malformed_variables_are_refused(activated, listening, differs, pid, count, sentence):
    server = activated("hello:app", sockets=[listening()], pid=pid, count=count)
    assert server.wait_for_exit() == 1
    server.expect_no_process_left()
    said = server.log.text.replace(f"LISTEN_PID={server.pid}", "LISTEN_PID=ME")
    is_sentence = differs("bind-error-sentence", gunicorn=False, swiftcorn=True)
    assert (f"\nError: Socket activation failed: {sentence}\n\n" in said) == is_sentence
    assert ("Traceback" in said) != is_sentence


def test_names_that_do_not_fit(activated, listening, differs):
    """Gunicorn does not look at the names."""
    given = listening()
    server = activated(
        "hello:app", sockets=[given], environment={"LISTEN_FDNAMES": "one:two:three"}
    )
    if differs("socket-names", gunicorn=False, swiftcorn=True):
        server.expect_clean_exit(status=1)
        assert "LISTEN_FDNAMES=one:two:three: [Errno 22] Invalid argument" in server.log.text
    else:
        server.wait_until_serving()
        server.stop()


def test_no_socket_is_no_activation(activated, listening):
    server = activated(
        "hello:app", sockets=[listening()], count="0", bind=True
    )
    server.wait_until_serving()
    assert server.ask().text == "hello\n"
    server.stop()


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
