"""Who the client is: REMOTE_ADDR, the access log, and who may not pass for somebody else."""

import pytest

from support.client import Connection, request_bytes
from support.server import SWIFTCORN

FIELDS = [("X-Forwarded-For", "192.0.2.1"), ("Forwarded", "for=192.0.2.2")]


def remote_address(response):
    line = [x for x in response.text.split("\r\n") if x.startswith("REMOTE_ADDR: ")]
    return line[0].removeprefix("REMOTE_ADDR: ").strip("'")


def test_by_default_no_field_tells_who_the_client_is(serving):
    server = serving("--forwarded-allow-ips", "*", "echo:app")
    assert remote_address(server.ask("/", fields=FIELDS)) == "127.0.0.1"


@pytest.fixture
def client(serving):
    """The address the application and the access log are told; they have to agree."""

    def asked(field, fields, trusted="127.0.0.1,10.0.0.0/8"):
        server = serving(
            "--real-ip-header",
            field,
            "--forwarded-allow-ips",
            trusted,
            "--access-logfile",
            "-",
            "--access-logformat",
            "%(h)s",
            "echo:app",
        )
        mark = server.out.mark()
        found = remote_address(server.ask("/", fields=fields))
        assert server.out.wait_for(".+", since=mark).group() == found
        return found

    return asked


@pytest.mark.only(SWIFTCORN)
@pytest.mark.parametrize(
    ("chain", "expected"),
    [
        (["192.0.2.1"], "192.0.2.1"),
        (["6.6.6.6, 192.0.2.1, 10.0.0.2"], "192.0.2.1"),
        (["6.6.6.6", "192.0.2.1", "10.0.0.2"], "192.0.2.1"),
        (["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        (["6.6.6.6, unknown, 10.0.0.2"], "10.0.0.2"),
        (["6.6.6.6, evil"], "127.0.0.1"),
        (["[2001:db8::1]:80"], "2001:db8::1"),
    ],
)
def test_the_chain_is_walked_through_trusted_hops(client, chain, expected):
    fields = [("X-Forwarded-For", line) for line in chain]
    assert client("X-Forwarded-For", fields) == expected
    elements = [
        ("Forwarded", ", ".join(f'for="{hop.strip()}"' for hop in line.split(",")))
        for line in chain
    ]
    assert client("Forwarded", elements) == expected


@pytest.mark.only(SWIFTCORN)
def test_the_other_field_is_only_a_field(client):
    assert client("forwarded", FIELDS) == "192.0.2.2"
    assert client("x-forwarded-for", FIELDS) == "192.0.2.1"
    assert client("off", FIELDS) == "127.0.0.1"


@pytest.mark.only(SWIFTCORN)
def test_a_peer_that_is_not_trusted_tells_nothing(client):
    assert client("X-Forwarded-For", FIELDS, trusted="10.0.0.0/8") == "127.0.0.1"


@pytest.mark.only(SWIFTCORN)
def test_a_header_with_an_underscore_is_not_the_field(client):
    fields = [("X_Forwarded_For", "6.6.6.6"), ("X-Forwarded-For", "192.0.2.1")]
    assert client("X-Forwarded-For", fields) == "192.0.2.1"
    assert client("X-Forwarded-For", fields[:1]) == "127.0.0.1"


@pytest.mark.only(SWIFTCORN)
def test_the_port_is_the_one_reported_or_zero(serving):
    options = ("--real-ip-header", "X-Forwarded-For", "environ:app")
    server = serving("--forwarded-allow-ips", "127.0.0.1", *options)
    for chain, expected in [("192.0.2.1:4711", "4711"), ("192.0.2.1", "0")]:
        found = server.ask("/", fields=[("X-Forwarded-For", chain)]).text
        assert f'"REMOTE_PORT": ["str", "{expected}"]' in found


@pytest.mark.only(SWIFTCORN)
def test_a_unix_socket_is_trusted(start, directory):
    server = start(
        "-b",
        f"unix:{directory}/web.sock",
        "--real-ip-header",
        "Forwarded",
        "--forwarded-allow-ips",
        "10.0.0.1",
        "echo:app",
        bind=False,
    )
    with Connection(server.address) as link:
        raw = request_bytes("GET", "/", [("Forwarded", "for=192.0.2.9, for=10.0.0.1")])
        assert remote_address(link.send(raw).response()) == "192.0.2.9"
    server.stop()


@pytest.mark.only(SWIFTCORN)
def test_after_a_proxy_header_its_client_has_to_be_trusted(serving):
    """The load balancer speaks for whoever came to it: that one's word on others counts or not."""
    server = serving(
        "--proxy-protocol=auto",
        "--real-ip-header",
        "X-Forwarded-For",
        "--forwarded-allow-ips",
        "127.0.0.1,10.0.0.0/8",
        "echo:app",
    )
    for source, expected in [("10.0.0.7", "192.0.2.1"), ("6.6.6.6", "6.6.6.6")]:
        with server.connect() as link:
            line = f"PROXY TCP4 {source} 10.0.0.1 5 80\r\n".encode()
            link.send(line + request_bytes("GET", "/", FIELDS))
            assert remote_address(link.response()) == expected


@pytest.mark.parametrize("text", ["Forwarded-For", "X-Real-IP", ""])
@pytest.mark.only(SWIFTCORN)
def test_another_field_is_no_choice(command, text):
    finished = command("--real-ip-header", text, "echo:app")
    assert finished.status == 1
    assert "real_ip_header must be off, X-Forwarded-For or Forwarded, not" in finished.err


def test_the_server_field(serving):
    assert serving("wire:app").ask("/length")["Server"] == "gunicorn"


@pytest.mark.only(SWIFTCORN)
def test_the_server_field_is_what_it_is_told_to_be(serving, command):
    assert serving("--server-header", "a/1 (b)", "wire:app").ask("/length")["Server"] == "a/1 (b)"
    without = serving("--server-header=off", "wire:app").ask("/length")
    assert "Server" not in without
    assert without.raw.startswith(b"HTTP/1.1 200 OK\r\nDate: ")
    for text in ["", "a\r\nX: y", "caf\u00e9"]:
        finished = command("--server-header", text, "wire:app")
        assert finished.status == 1
        assert "server_header must be printable ASCII, or off, not" in finished.err
