"""wsgi.input: every way to read, with content of known length and chunked, small and large."""

import hashlib
import json

import pytest

from support.client import chunked, request_bytes

LINES = b"one\ntwo\n\nfour without end"

RECIPES = {
    "read": [LINES],
    "read,read": [LINES, b""],
    "read:-1": [LINES],
    "read:None": [LINES],
    "read:0,read:3,read:1000,read:5": [b"", b"one", LINES[3:], b""],
    "read:1,read:1,read:1,read:1,read": [b"o", b"n", b"e", b"\n", LINES[4:]],
    "readline,readline,readline,readline,readline": [
        b"one\n",
        b"two\n",
        b"\n",
        b"four without end",
        b"",
    ],
    "readline:2,readline:2,readline:0,readline:100,readline:-1,readline:None": [
        b"on",
        b"e\n",
        b"",
        b"two\n",
        b"\n",
        b"four without end",
    ],
    "readlines": [[b"one\n", b"two\n", b"\n", b"four without end"]],
    "readlines:1": [[b"one\n", b"two\n", b"\n", b"four without end"]],
    "readlines,readlines": [[b"one\n", b"two\n", b"\n", b"four without end"], []],
    "iterate": [[b"one\n", b"two\n", b"\n", b"four without end"]],
    "next,next,read": [b"one\n", b"two\n", b"\nfour without end"],
    "readline,read:2,readline,iterate": [b"one\n", b"tw", b"o\n", [b"\n", b"four without end"]],
    "iterate,read,readline,readlines,iterate,next": [
        [b"one\n", b"two\n", b"\n", b"four without end"],
        b"",
        b"",
        [],
        [],
        b"end",
    ],
}


def text(value):
    return [text(one) for one in value] if isinstance(value, list) else value.decode("latin-1")


@pytest.fixture
def reading(serving):
    return serving("reading:app")


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize(
    "pieces",
    [[LINES], [LINES[:5], LINES[5:6], LINES[6:]], [bytes([one]) for one in LINES]],
    ids=["one chunk", "three chunks", "a chunk each"],
)
def test_chunked(reading, recipe, pieces):
    with reading.connect() as link:
        link.send(
            request_bytes("POST", f"/?{recipe}", [("Transfer-Encoding", "chunked")]),
            chunked(*pieces),
        )
        assert json.loads(link.response().content) == text(RECIPES[recipe])


@pytest.mark.parametrize("recipe", RECIPES)
def test_with_a_length(reading, recipe):
    response = reading.ask(f"/?{recipe}", method="POST", content=LINES)
    assert json.loads(response.content) == text(RECIPES[recipe])


@pytest.mark.parametrize("recipe", ["read", "read:5", "readline", "readline:5"])
def test_nothing_to_read(reading, recipe):
    for content in (None, b""):
        response = reading.ask(f"/?{recipe},{recipe}", method="POST", content=content)
        assert json.loads(response.content) == ["", ""]


def test_nothing_to_iterate(reading):
    response = reading.ask("/?readlines,iterate,next", method="GET")
    assert json.loads(response.content) == [[], [], "end"]


def test_never_more_than_the_content(reading):
    """The next request on the connection is not the application's to read."""
    with reading.connect() as link:
        link.send(
            request_bytes("POST", "/?read:1000", content=b"12345", connection=None)
            + request_bytes("GET", "/?read")
        )
        assert json.loads(link.response().content) == ["12345"]


def test_bytes_that_are_no_text(reading):
    content = bytes(range(256))
    response = reading.ask("/?read:100,readline,read", method="PUT", content=content)
    assert json.loads(response.content) == [
        content[:100].decode("latin-1"),
        content[100:].decode("latin-1"),
        "",
    ]


@pytest.mark.parametrize("size", [8191, 8192, 8193, 65_536, 1_048_576, 30_000_000])
@pytest.mark.parametrize("step", ["hash:4096", "hash:1000003"])
def test_large_content(reading, size, step):
    content = (bytes(range(251)) * (size // 251 + 1))[:size]
    response = reading.ask(f"/?{step}", method="POST", content=content)
    expected = f"{size} {hashlib.sha256(content).hexdigest()}"
    assert json.loads(response.content) == [expected]


@pytest.mark.parametrize("size", [100, 70_000, 5_000_000])
def test_large_content_in_chunks(reading, size):
    content = (bytes(range(251)) * (size // 251 + 1))[:size]
    pieces = [content[at : at + 9973] for at in range(0, size, 9973)]
    with reading.connect() as link:
        link.send(
            request_bytes("POST", "/?hash:10000", [("Transfer-Encoding", "chunked")]),
            chunked(*pieces),
        )
        expected = f"{size} {hashlib.sha256(content).hexdigest()}"
        assert json.loads(link.response().content) == [expected]


def test_long_lines_across_reads(reading):
    lines = [b"x" * 10_000 + b"\n", b"y" * 20_000 + b"\n", b"z" * 5]
    response = reading.ask(
        "/?readline,readline:15000,readline,readline", method="POST", content=b"".join(lines)
    )
    assert json.loads(response.content) == [
        lines[0].decode(),
        "y" * 15_000,
        "y" * 5000 + "\n",
        "zzzzz",
    ]


def test_content_that_arrives_slowly(reading):
    with reading.connect() as link:
        link.send(
            request_bytes("POST", "/?readline,read", [("Content-Length", "11")]),
            *(bytes([one]) for one in b"hello\nworld"),
        )
        assert json.loads(link.response().content) == ["hello\n", "world"]


def test_the_client_is_told_to_go_on_before_it_sends(reading):
    with reading.connect() as link:
        link.send(
            request_bytes("POST", "/?read", [("Content-Length", "5"), ("Expect", "100-continue")])
        )
        assert link.read_until(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        link.send(b"hello")
        assert json.loads(link.response().content) == ["hello"]


def test_content_that_ends_early(reading, differs):
    """The client said ten octets, sent five and closed its side."""
    with reading.connect() as link:
        link.send(request_bytes("POST", "/?read,read", [("Content-Length", "10")]), b"hello")
        raw = link.finish_sending().read_to_end()
    assert raw.endswith(differs("truncated-content", gunicorn=b'["hello", ""]', swiftcorn=b""))
    assert bool(raw) == differs("truncated-content", gunicorn=True, swiftcorn=False)
    assert reading.ask("/?read").status == 200


def test_a_client_that_leaves_within_its_content(reading):
    link = reading.connect().send(
        request_bytes("POST", "/?read", [("Content-Length", "1000000")]), b"x" * 1000
    )
    link.reset()
    assert reading.ask("/?read").status == 200
