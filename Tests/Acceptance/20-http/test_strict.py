"""http_strict: off, all is read as Gunicorn reads it; on, what the RFCs forbid is refused."""

import pytest

from support.client import request_bytes
from support.server import SWIFTCORN

HOST = b"Host: a\r\n"
CHUNKED = HOST + b"Transfer-Encoding: chunked\r\n"

# Each: the request, and the status that the strict reading answers with.
LAXER = {
    "no Host": (b"GET / HTTP/1.1\r\nX: y\r\n\r\n", 400),
    "a malformed Host": (b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
    "a Host with a path": (b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
    "a fragment": (b"GET /a#b HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "another host in the target": (b"GET http://b/ HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "another scheme": (b"GET ftp://a/ HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "a name and password": (b"GET http://u:p@a/ HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "CONNECT without a port": (b"CONNECT a HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "CONNECT to a path": (b"CONNECT /a HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "a coding that is gone": (
        b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n",
        501,
    ),
    "a coding that is not undone": (
        b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        501,
    ),
    "17 digits": (
        b"POST / HTTP/1.1\r\n" + CHUNKED + b"\r\n00000000000000001\r\na\r\n0\r\n\r\n",
        400,
    ),
}


@pytest.mark.parametrize("name", LAXER)
def test_the_default_is_the_laxer_reading(serving, name):
    raw, _ = LAXER[name]
    with serving("echo:app").connect() as link:
        assert link.send(raw).finish_sending().response().status == 200


@pytest.fixture
def strict(serving):
    return serving("--http-strict", "--access-logfile", "-", "echo:app")


@pytest.mark.only(SWIFTCORN)
@pytest.mark.parametrize("name", LAXER)
def test_the_strict_reading_refuses(strict, name):
    raw, status = LAXER[name]
    mark = strict.out.mark()
    with strict.connect() as link:
        # What is pipelined behind a refused request is not answered.
        link.send(raw, request_bytes("GET", "/behind"))
        response = link.response()
        assert (response.status, response["Connection"]) == (status, "close")
        assert link.is_closed_by_server()
    assert strict.out.wait_for(f'" {status} ', since=mark)
    assert "behind" not in "".join(strict.out.texts(mark))


@pytest.mark.only(SWIFTCORN)
def test_a_version_of_another_protocol(strict):
    with strict.connect() as link:
        response = link.send(b"GET / HTTP/2.0\r\n" + HOST + b"\r\n").response()
        assert (response.status, response.reason) == (505, "HTTP Version Not Supported")
        assert link.is_closed_by_server()


@pytest.mark.only(SWIFTCORN)
def test_a_later_minor_version_is_answered_in_our_own(strict):
    with strict.connect() as link:
        response = link.send(b"GET / HTTP/1.7\r\n" + HOST + b"Connection: close\r\n\r\n").response()
    assert (response.version, response.status) == ("HTTP/1.1", 200)
    assert "SERVER_PROTOCOL: 'HTTP/1.1'" in response.text


@pytest.mark.only(SWIFTCORN)
def test_what_clients_really_send_is_served(strict):
    for target in ["/", "/a?b=c|d", "*", "http://acceptance.test/a", "//a"]:
        method = "OPTIONS" if target == "*" else "GET"
        assert strict.ask(target, method=method).status == 200


def test_a_preface_of_http_2_is_refused(serving):
    with serving("echo:app").connect() as link:
        found = link.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").finish_sending().read_to_end()
    assert found.startswith(b"HTTP/1.1 400 Bad Request\r\n") and found.count(b"HTTP/1.1") == 1
