"""The PROXY protocol: who may speak it, when, and what the application and the logs make of it."""

import json
import struct

import pytest

from support.client import request_bytes

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
LINE = b"PROXY TCP4 192.0.2.1 198.51.100.2 1024 443\r\n"
LINE_6 = b"PROXY TCP6 2001:db8::1 2001:db8::2 1024 443\r\n"
ADDRESSES_4 = bytes([192, 0, 2, 1, 198, 51, 100, 2]) + struct.pack(">HH", 1024, 443)
ADDRESSES_6 = bytes.fromhex(
    "20010db8" + 23 * "0" + "1" + "20010db8" + 23 * "0" + "2"
) + struct.pack(">HH", 1024, 443)
GET = request_bytes("GET", "/")
SAID = {"PROXY_PROTOCOL", "PROXY_ADDR", "PROXY_PORT", "REMOTE_ADDR", "REMOTE_PORT"}


def binary(command: int, family: int, addresses: bytes, *, version: int = 2) -> bytes:
    fixed = struct.pack(">BBH", version << 4 | command, family, len(addresses))
    return SIGNATURE + fixed + addresses


@pytest.fixture
def said(serving):
    """What the application is told after these bytes; REMOTE_PORT where it is not the peer's."""

    def asked(opening, *pieces, mode="auto", options=()):
        server = serving(f"--proxy-protocol={mode}", *options, "environ:app")
        with server.connect() as link:
            own_port = str(link.socket.getsockname()[1])
            link.send(opening, *pieces).finish_sending()
            response = link.response()
        assert response.status == 200, response
        environ = json.loads(response.content)["environ"]
        found = {name: environ[name][-1] for name in SAID & set(environ)}
        if found.get("REMOTE_PORT") == own_port:
            del found["REMOTE_PORT"]
        return found

    return asked


@pytest.fixture
def answer(serving):
    """Everything that comes back; and the log is waited for, where a line is asked for."""

    def asked(raw, mode="auto", options=(), logs=None):
        server = serving(f"--proxy-protocol={mode}", *options, "echo:app")
        mark = server.log.mark()
        with server.connect() as link:
            found = link.send(raw).finish_sending().read_to_end()
        if logs:
            server.wait_for_log(logs, since=mark)
        return found

    return asked


BY_LINE = {
    "PROXY_PROTOCOL": "TCP4",
    "PROXY_ADDR": "198.51.100.2",
    "PROXY_PORT": "443",
    "REMOTE_ADDR": "192.0.2.1",
    "REMOTE_PORT": "1024",
}
BY_LINE_6 = BY_LINE | {
    "PROXY_PROTOCOL": "TCP6",
    "PROXY_ADDR": "2001:db8::2",
    "REMOTE_ADDR": "2001:db8::1",
}


@pytest.mark.parametrize("mode", ["v1", "auto", ""])
def test_version_1(said, mode):
    assert said(LINE + GET, mode=mode or "true") == BY_LINE
    assert said(LINE_6 + GET, mode=mode or "true") == BY_LINE_6


@pytest.mark.parametrize("mode", ["v2", "auto"])
def test_version_2(said, mode):
    assert said(binary(1, 0x11, ADDRESSES_4) + GET, mode=mode) == BY_LINE
    assert said(binary(1, 0x21, ADDRESSES_6) + GET, mode=mode) == BY_LINE_6
    # What follows the addresses is for other proxies.
    extras = ADDRESSES_4 + b"\x03\x00\x04\x00\x00\x00\x00"
    assert said(binary(1, 0x11, extras) + GET, mode=mode) == BY_LINE


@pytest.mark.parametrize("header", [LINE, binary(1, 0x21, ADDRESSES_6)], ids=["v1", "v2"])
def test_a_header_cut_anywhere(said, header):
    expected = BY_LINE if header is LINE else BY_LINE_6
    assert said(*(bytes([byte]) for byte in header + GET)) == expected
    for place in range(1, len(header) + 1):
        assert said((header + GET)[:place], (header + GET)[place:]) == expected


def test_a_request_without_a_header(said):
    for mode in ["v1", "v2", "auto", "off"]:
        assert said(GET, mode=mode) == {"REMOTE_ADDR": "127.0.0.1"}
        # The first bytes of a request may agree with those of a header.
        assert said(request_bytes("PROPFIND", "/"), mode=mode) == {"REMOTE_ADDR": "127.0.0.1"}


@pytest.mark.parametrize(
    ("mode", "header"),
    [
        ("off", LINE),
        ("v2", LINE),
        ("off", binary(1, 0x11, ADDRESSES_4)),
        ("v1", binary(1, 0x11, ADDRESSES_4)),
    ],
)
def test_a_mode_reads_no_other_version(answer, mode, header):
    found = answer(header + GET, mode=mode)
    assert found.startswith(b"HTTP/1.1 400 Bad Request\r\n")


@pytest.mark.parametrize("header", [LINE, binary(1, 0x11, ADDRESSES_4)], ids=["v1", "v2"])
def test_a_peer_that_may_not(answer, header):
    found = answer(
        header + GET + GET,
        options=("--proxy-allow-from", "192.0.2.0/24,::1"),
        logs=r"Invalid request from ip=127.0.0.1: Proxy request from '127.0.0.1' not allowed$",
    )
    assert found.startswith(b"HTTP/1.1 403 Forbidden\r\nConnection: close\r\n")
    assert found.count(b"HTTP/1.") == 1 and b"Request forbidden" in found


def test_a_peer_that_may_not_may_ask(said):
    options = ("--proxy-allow-from", "192.0.2.0/24")
    assert said(GET, options=options) == {"REMOTE_ADDR": "127.0.0.1"}


@pytest.mark.parametrize("allowed", ["127.0.0.0/8", "*", "::1,127.0.0.1"])
def test_peers_that_may(said, allowed):
    assert said(LINE + GET, options=("--proxy-allow-from", allowed)) == BY_LINE


def test_a_unix_socket_may(start, directory):
    server = start(
        "-b",
        f"unix:{directory}/web.sock",
        "--proxy-protocol=auto",
        "--proxy-allow-from",
        "192.0.2.9",
        "environ:app",
        bind=False,
    )
    with server.connect() as link:
        environ = json.loads(link.send(LINE + GET).response().content)["environ"]
    assert {name: environ[name][-1] for name in SAID & set(environ)} == BY_LINE
    server.stop()


def test_only_the_first_request_has_one(serving, differs):
    worker = differs("sync-keep-alive", gunicorn=("-k", "gthread"), swiftcorn=())
    server = serving(*worker, "--proxy-protocol=auto", "echo:app")
    with server.connect() as link:
        link.send(LINE + request_bytes("GET", "/", connection=None))
        assert "REMOTE_ADDR: '192.0.2.1'" in link.response().text
        link.send(request_bytes("GET", "/", connection=None))
        expected = differs("proxy-later-requests", gunicorn="127.0.0.1", swiftcorn="192.0.2.1")
        assert f"REMOTE_ADDR: '{expected}'" in link.response().text
        link.send(LINE + GET)
        assert link.response().status == 400


def test_nobody(said, answer, differs):
    """A proxy that speaks for itself, or does not know for whom."""
    for header, word in [
        (binary(0, 0x00, b""), "LOCAL"),
        (binary(0, 0x11, ADDRESSES_4), "LOCAL"),
        (binary(1, 0x01, b""), "UNSPEC"),
    ]:
        none = {
            "PROXY_ADDR": False,
            "PROXY_PORT": "None",
            "REMOTE_ADDR": False,
            "REMOTE_PORT": "None",
        }
        assert said(header + GET) == {"PROXY_PROTOCOL": word} | differs(
            "proxy-nobody", gunicorn=none, swiftcorn={"REMOTE_ADDR": "127.0.0.1"}
        )
    for line in [b"PROXY UNKNOWN\r\n", b"PROXY UNKNOWN ff::1 ff::2 1 2\r\n"]:
        found = answer(line + GET)
        assert found.startswith(
            differs("proxy-nobody", gunicorn=b"HTTP/1.1 400 ", swiftcorn=b"HTTP/1.1 200 ")
        )


@pytest.mark.parametrize(
    "header",
    [
        binary(1, 0x11, ADDRESSES_4, version=1),
        binary(2, 0x11, ADDRESSES_4),
        binary(1, 0x12, ADDRESSES_4),
        binary(1, 0x31, ADDRESSES_6),
        binary(1, 0x11, ADDRESSES_4[:11]),
        binary(1, 0x21, ADDRESSES_4),
    ],
    ids=["version", "command", "datagram", "unix", "short", "short6"],
)
def test_a_binary_header_that_is_wrong(answer, differs, header):
    found = answer(header + GET + GET, logs="Invalid PROXY header: ")
    assert found.count(b"HTTP/1.") == 1
    assert found.startswith(
        differs(
            "proxy-header-fault",
            gunicorn=b"HTTP/1.1 500 Internal Server Error\r\n",
            swiftcorn=b"HTTP/1.1 400 Bad Request\r\n",
        )
    )


@pytest.mark.parametrize(
    "line",
    [
        b"PROXY TCP4 192.0.2.1 198.51.100.2 1\r\n",
        b"PROXY tcp4 192.0.2.1 198.51.100.2 1 2\r\n",
        b"PROXY TCP4 2001:db8::1 198.51.100.2 1 2\r\n",
        b"PROXY TCP4 192.0.2.1  198.51.100.2 1 2\r\n",
        b"PROXY TCP4 192.0.2.1 198.51.100.2 1 65536\r\n",
        b"PROXY TCP4 192.0.2.01 198.51.100.2 1 2\r\n",
    ],
)
def test_a_line_that_is_wrong(answer, line):
    found = answer(line + GET)
    assert found.startswith(b"HTTP/1.1 400 Bad Request\r\n") and found.count(b"HTTP/1.") == 1


@pytest.mark.parametrize("ports", [b"+1 4_3", 80 * b"0" + b"1 443"], ids=["no digits", "too long"])
def test_a_line_against_the_grammar(answer, differs, ports):
    found = answer(b"PROXY TCP4 192.0.2.1 198.51.100.2 " + ports + b"\r\n" + GET)
    assert found.startswith(
        differs(
            "proxy-line-grammar",
            gunicorn=b"HTTP/1.1 200 OK\r\n",
            swiftcorn=b"HTTP/1.1 400 Bad Request\r\n",
        )
    )


def test_an_address_is_told_in_its_one_form(said, differs):
    header = b"PROXY TCP6 2001:DB8:0::1 2001:db8::2 1024 443\r\n"
    expected = differs("proxy-address-form", gunicorn="2001:DB8:0::1", swiftcorn="2001:db8::1")
    assert said(header + GET)["REMOTE_ADDR"] == expected


def test_the_access_log_names_the_client(serving):
    server = serving(
        "--proxy-protocol=auto", "--access-logfile", "-", "--access-logformat", "%(h)s", "echo:app"
    )
    mark = server.out.mark()
    with server.connect() as link:
        link.send(LINE + GET).finish_sending().read_to_end()
    assert server.out.wait_for(".+", since=mark).group() == "192.0.2.1"


def test_the_scheme_is_believed_of_the_peer(serving):
    """Who may tell the scheme is asked of the socket, not of what the PROXY header says."""
    server = serving("--proxy-protocol=auto", "--forwarded-allow-ips", "127.0.0.1", "echo:app")
    with server.connect() as link:
        link.send(LINE + request_bytes("GET", "/", [("X-Forwarded-Proto", "https")]))
        assert "wsgi.url_scheme: 'https'" in link.response().text
