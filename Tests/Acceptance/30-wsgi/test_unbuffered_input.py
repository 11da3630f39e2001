"""request_buffering off: the application reads its content while it arrives (ours only)."""

import hashlib
import json

import pytest

from support.client import chunked, request_bytes

pytestmark = pytest.mark.only("swiftcorn")


@pytest.fixture
def reading(serving):
    return serving("--no-request-buffering", "--request-body-timeout", "1", "reading:app")


@pytest.fixture
def scenes(serving):
    return serving("--no-request-buffering", "--limit-request-body", "1000000", "scenes:app")


WAITING = [("Expect", "100-continue"), ("Content-Length", "3")]
LINES = b"one\ntwo\n\nlonger line\nno end"


@pytest.mark.parametrize(
    ("recipe", "results"),
    [
        ("read", ["one\ntwo\n\nlonger line\nno end"]),
        ("read:2,read:0,read:1,read:-1", ["on", "", "e", "\ntwo\n\nlonger line\nno end"]),
        ("readline,readline:2,read:1,read", ["one\n", "tw", "o", "\n\nlonger line\nno end"]),
        ("readlines,read", [["one\n", "two\n", "\n", "longer line\n", "no end"], ""]),
        ("next,iterate,next", ["one\n", ["two\n", "\n", "longer line\n", "no end"], "end"]),
        ("read:None,readline", ["one\ntwo\n\nlonger line\nno end", ""]),
    ],
)
@pytest.mark.parametrize("coding", ["length", "chunked", "byte by byte"])
def test_every_way_to_read(reading, recipe, results, coding):
    """As when it is buffered, wherever the content was cut, and the connection goes on."""
    with reading.connect() as link:
        head = request_bytes("POST", f"/?{recipe}", content=LINES, connection=None)
        if coding == "length":
            link.send(head)
        elif coding == "chunked":
            fields = [("Transfer-Encoding", "chunked")]
            head = request_bytes("POST", f"/?{recipe}", fields, connection=None)
            link.send(head, chunked(LINES[:5], LINES[5:]))
        else:
            link.send(*(head[place : place + 1] for place in range(len(head))))
        assert json.loads(link.response().content) == results
        link.send(request_bytes("GET", "/?read"))
        assert json.loads(link.response().content) == [""]


def test_the_application_is_called_before_the_content_is_there(scenes):
    """It asks for it, and gets it then."""
    with scenes.connect() as link:
        link.send(b"POST /pid HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n")
        response = link.response()
        assert response.status == 200
        # What will come of the content nobody knows: nothing else can.
        assert response["Connection"] == "close"


def test_the_client_is_asked_when_the_application_reads(reading):
    with reading.connect() as link:
        link.send(request_bytes("POST", "/?read", WAITING))
        assert link.response().status == 100
        assert json.loads(link.send(b"abc").response().content) == ["abc"]


def test_the_client_is_not_asked_by_an_application_that_does_not_read(scenes):
    with scenes.connect() as link:
        assert link.send(request_bytes("POST", "/pid", WAITING)).response().status == 200


def test_a_large_upload(reading):
    content = bytes(range(251)) * 80_000
    response = reading.ask("/?hash:65536", method="POST", content=content)
    digest = hashlib.sha256(content).hexdigest()
    assert json.loads(response.content) == [f"{len(content)} {digest}"]


def test_a_client_that_stops(reading):
    """The read fails; the application's exception is its own to handle."""
    with reading.connect() as link:
        link.send(b"POST /?read:3,read HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabcde")
        response = link.response()
        assert json.loads(response.content) == ["abc", "OSError"]
        assert response["Connection"] == "close"


def test_content_that_grows_too_large(scenes):
    fields = [("Transfer-Encoding", "chunked")]
    with scenes.connect() as link:
        link.send(request_bytes("POST", "/reads_all", fields), chunked(b"x" * 1_000_001))
        assert link.response().status == 413
    scenes.wait_for_log("the request's content is beyond limit_request_body")
