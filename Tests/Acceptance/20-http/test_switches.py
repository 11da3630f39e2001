"""Switches that are not a matter of one request's bytes; those are in requests/."""

import json
import os
import socket
import struct

import pytest

from support.client import Connection, request_bytes
from support.deadline import wait_until
from support.server import SWIFTCORN, free_port

HTTPS = [("X-Forwarded-Proto", "https")]


def scheme(server, fields):
    return "https" if "wsgi.url_scheme: 'https'" in server.ask("/", fields=fields).text else "http"


@pytest.mark.parametrize(
    ("trusted", "expected"),
    [
        ("127.0.0.1", "https"),
        ("127.0.0.0/8", "https"),
        ("*", "https"),
        ("::1,127.0.0.1", "https"),
        ("192.0.2.1", "http"),
        ("127.0.0.0/32,10.0.0.0/8", "http"),
        ("::1", "http"),
    ],
)
def test_who_may_tell_the_scheme(serving, trusted, expected):
    assert scheme(serving("--forwarded-allow-ips", trusted, "echo:app"), HTTPS) == expected


def test_who_may_tell_the_scheme_by_the_environment(start):
    server = start("echo:app", environment={"FORWARDED_ALLOW_IPS": "192.0.2.1"})
    server.wait_until_serving()
    assert scheme(server, HTTPS) == "http"
    server.stop()


def test_the_fields_that_tell_the_scheme(start, directory):
    (directory / "gunicorn.conf.py").write_text(
        "secure_scheme_headers = {'X-TLS': 'yes', 'X-FORWARDED-SSL': 'on'}\n"
    )
    server = start("echo:app")
    server.wait_until_serving()
    assert scheme(server, [("x-tls", "yes")]) == "https"
    assert scheme(server, [("X-Tls", "YES")]) == "http"
    assert scheme(server, [("X-Forwarded-SSL", "on"), ("X-TLS", "yes")]) == "https"
    assert scheme(server, HTTPS) == "http"
    with server.connect() as link:
        link.send(request_bytes("GET", "/", [("X-TLS", "no"), ("X-Forwarded-SSL", "on")]))
        assert link.response().status == 400
    server.stop()


def test_forwarder_headers(serving):
    """Names with underscores, as a believed proxy and as somebody else sends them."""
    fields = [("REMOTE_USER", "jo"), ("PATH_INFO", "/x"), ("X_OTHER", "1")]
    options = ("--forwarder-headers", "REMOTE_USER,PATH_INFO", "echo:app")
    text = serving("--forwarded-allow-ips", "127.0.0.1", *options).ask("/a", fields=fields).text
    assert "HTTP_REMOTE_USER: 'jo'" in text and "HTTP_PATH_INFO: '/x'" in text
    assert "HTTP_X_OTHER" not in text
    text = serving("--forwarded-allow-ips", "::1", *options).ask("/a", fields=fields).text
    assert "HTTP_REMOTE_USER" not in text and "HTTP_PATH_INFO" not in text


@pytest.mark.parametrize(
    ("choice", "status", "kept"),
    [("drop", 200, False), ("refuse", 400, False), ("dangerous", 200, True)],
)
def test_header_map(serving, choice, status, kept):
    server = serving("--header-map", choice, "--forwarded-allow-ips", "::1", "echo:app")
    with server.connect() as link:
        response = link.send(request_bytes("GET", "/", [("X_Y", "z")])).response()
    assert response.status == status
    assert ("HTTP_X_Y: 'z'" in response.text) == kept


def listening(port):
    """The sockets that listen at the port, each with its backlog, as the kernel knows them."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 4) as link:
        request = struct.pack("=BBBBI48s", socket.AF_INET, socket.IPPROTO_TCP, 0, 0, 1 << 10, b"")
        link.send(struct.pack("=IHHII", 16 + len(request), 20, 0x301, 1, 0) + request)
        found = []
        while True:
            data = link.recv(1 << 16)
            while data:
                length, kind = struct.unpack_from("=IH", data)
                if kind in (2, 3):
                    assert kind == 3, "the kernel does not tell about sockets"
                    return found
                if struct.unpack_from("!H", data, 20)[0] == port:
                    found.append(struct.unpack_from("=I", data, 16 + 60)[0])
                data = data[(length + 3) & ~3 :]


@pytest.mark.parametrize(("options", "expected"), [((), 2048), (("--backlog", "7"), 7)])
def test_backlog(serving, options, expected):
    with open("/proc/sys/net/core/somaxconn", encoding="ascii") as file:
        most = int(file.read())
    assert listening(serving(*options, "wire:app").port) == [min(expected, most)]


def test_a_port_may_be_shared(start):
    """With reuse_port every worker has a listener of its own, and so may another server."""
    port = free_port()
    bind = ("-b", f"127.0.0.1:{port}", "--reuse-port", "--workers", "2")
    options = (*bind, "--no-control-socket", "echo:app")
    one = start(*options, bind=False)
    wait_until(lambda: len(listening(port)) == 2, "both workers listen")
    other = start(*options, bind=False)
    wait_until(lambda: len(listening(port)) == 4, "the workers of the other server listen")
    one.stop()
    assert len(listening(port)) == 2
    with Connection(("127.0.0.1", port)) as link:
        assert link.send(request_bytes("GET", "/")).response().status == 200
    other.stop()


def test_a_port_is_not_shared_otherwise(serving, command):
    server = serving("echo:app")
    # A descriptor of its own that nobody serves stands for the other server.
    finished = command("-b", f"127.0.0.1:{server.port}", "echo:app")
    assert finished.status == 1
    assert "Connection in use" in finished.err


def test_the_upload_directory(start, directory):
    """A body that outgrows memory waits in a file without a name, and is whole."""
    uploads = directory / "uploads"
    uploads.mkdir()
    (directory / "gunicorn.conf.py").write_text(f"tmp_upload_dir = {str(uploads)!r}\n")
    server = start("uploads:app")
    server.wait_until_serving()
    with server.connect() as link:
        content = os.urandom(1 << 16) * 48
        response = link.send(request_bytes("POST", "/", content=content)).response()
    found = json.loads(response.content)
    assert found["length"] == len(content)
    assert found["sum"] == sum(content)
    if server.kind == SWIFTCORN:
        assert [path for path in found["files"] if path.startswith(f"{uploads}/")]
    assert list(uploads.iterdir()) == []
    server.stop()
