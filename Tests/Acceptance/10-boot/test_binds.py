"""Addresses: TCP, IPv6, unix sockets, inherited descriptors, and several at once."""

import socket
import stat

import pytest

from support.client import Connection, request_bytes
from support.server import free_port


def answers(address):
    with Connection(address) as link:
        return link.send(request_bytes()).response().text == "hello\n"


def test_several_addresses_all_answer(start, directory):
    server = start(
        "-b",
        "127.0.0.1:0",
        "-b",
        "[::1]:0",
        "-b",
        f"unix:{directory}/web.sock",
        "hello:app",
        bind=False,
    )
    server.wait_until_serving()
    assert len(server.addresses) == 3
    for address in server.addresses:
        assert answers(address)
    server.stop()
    assert not (directory / "web.sock").exists()


def test_a_list_in_the_config_file(start, directory):
    (directory / "gunicorn.conf.py").write_text("bind = ['127.0.0.1:0', '[::1]:0']\n")
    server = start("hello:app", bind=False)
    assert all(answers(address) for address in (server.address, *server.addresses))
    assert len(server.addresses) == 2
    server.stop()


def test_a_named_port(start):
    port = free_port()
    server = start("-b", f"127.0.0.1:{port}", "hello:app", bind=False)
    assert server.address == ("127.0.0.1", port)
    assert answers(("127.0.0.1", port))
    server.stop()


def test_a_port_alone_listens_everywhere(start):
    port = free_port()
    server = start("-b", f":{port}", "hello:app", bind=False)
    assert server.address == ("0.0.0.0", port)
    assert answers(("127.0.0.1", port))
    server.stop()


def test_a_host_name(start):
    server = start("-b", "localhost:0", "hello:app", bind=False)
    assert answers(server.address)
    server.stop()


def test_the_port_variable(start):
    port = free_port()
    server = start("hello:app", bind=False, environment={"PORT": str(port)})
    assert server.address == ("0.0.0.0", port)
    assert answers(("127.0.0.1", port))
    server.stop()


@pytest.mark.parametrize(("umask", "mode"), [(None, 0o777), ("0", 0o777), ("0117", 0o660)])
def test_the_mode_of_a_unix_socket(start, directory, umask, mode):
    options = [] if umask is None else ["-m", umask]
    server = start("-b", "unix:web.sock", *options, "hello:app", bind=False)
    server.wait_until_serving()
    assert stat.S_IMODE((directory / "web.sock").stat().st_mode) == mode
    server.stop()


def test_a_socket_left_by_a_crash_is_replaced(start, directory):
    path = directory / "web.sock"
    with socket.socket(socket.AF_UNIX) as old:
        old.bind(str(path))
    server = start("-b", f"unix:{path}", "hello:app", bind=False)
    server.wait_until_serving()
    assert answers(str(path))
    server.stop()


def test_a_descriptor_given_by_the_caller(start):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        number = listener.fileno()
        server = start("-b", f"fd://{number}", "hello:app", bind=False, pass_descriptors=(number,))
        server.wait_until_listening()
        assert answers(listener.getsockname())
        server.stop()


def test_each_of_several_connections_is_answered_while_none_is_closed(start):
    """A worker with several listeners takes from each of them."""
    server = start("-b", "[::1]:0", "hello:app")
    server.wait_until_serving()
    first, second = server.addresses
    for _ in range(10):
        assert answers(first)
        assert answers(second)
    server.stop()
