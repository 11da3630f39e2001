"""What an application returns: iterated once, closed exactly once, sent as it comes."""

import pytest

from support.client import ConnectionEnded, request_bytes

pytestmark = pytest.mark.usefixtures("same_worker")


def closings(scenes, name, since):
    """Waits for the first, and counts all that were told by the time of one more request."""
    scenes.wait_for_log(f"^NOTE closed {name} 1$", since=since)
    scenes.ask("/pid")
    return sum(f"NOTE closed {name}" in line for line in scenes.log.texts(since))


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_closed_once(scenes, method):
    mark = scenes.log.mark()
    response = scenes.ask("/counted", method=method)
    assert response.content == (b"" if method == "HEAD" else b"onetwo")
    assert closings(scenes, "counted", mark) == 1


def test_closed_once_where_no_content_may_be_sent(scenes):
    mark = scenes.log.mark()
    assert scenes.ask("/counted_without_content").status == 304
    assert closings(scenes, "counted_without_content", mark) == 1
    scenes.wait_for_log(
        r"\[WARNING\] WSGI app sent body bytes on a no-body response "
        r"\(method=GET status=304\); dropping per RFC 9110\.|"
        r"^WSGI app sent body bytes on a no-body response "
        r"\(method=GET status=304\); dropping per RFC 9110\.$",
        since=mark,
    )


def test_closed_once_after_an_error_in_the_iteration(scenes):
    mark = scenes.log.mark()
    with scenes.connect() as link:
        link.send(request_bytes("GET", "/counted_failing"))
        with pytest.raises(ConnectionEnded):
            link.response()
    assert closings(scenes, "counted_failing", mark) == 1
    scenes.wait_for_log("^RuntimeError: raised while iterated$", since=mark)


def test_closed_once_after_an_error_before_the_first_piece(scenes):
    mark = scenes.log.mark()
    assert scenes.ask("/counted_failing_at_once").status == 500
    assert closings(scenes, "counted_failing_at_once", mark) == 1


def test_closed_once_after_a_piece_of_the_wrong_type(scenes):
    mark = scenes.log.mark()
    with scenes.connect() as link:
        link.send(request_bytes("GET", "/counted_wrong_type"))
        with pytest.raises(ConnectionEnded):
            link.response()
    assert closings(scenes, "counted_wrong_type", mark) == 1
    scenes.wait_for_log("^TypeError: .*'text'.*not a byte", since=mark)


def test_an_error_in_close_is_logged(scenes):
    mark = scenes.log.mark()
    with scenes.connect() as link:
        raw = link.send(request_bytes("GET", "/close_raises")).read_to_end()
    assert b"\r\n\r\none" in raw
    scenes.wait_for_log("^RuntimeError: close raised$", since=mark)
    assert closings(scenes, "close_raises", mark) == 1


@pytest.mark.parametrize("leave", ["close", "reset"])
def test_closed_once_when_the_client_leaves(scenes, leave):
    mark = scenes.log.mark()
    link = scenes.connect().send(request_bytes("GET", "/endless"))
    link.read_exactly(100_000)
    getattr(link, leave)()
    assert closings(scenes, "endless", mark) == 1


def test_a_generator_is_closed_when_the_client_leaves(scenes):
    mark = scenes.log.mark()
    link = scenes.connect().send(request_bytes("GET", "/generator_endless"))
    link.read_exactly(100_000)
    link.reset()
    scenes.wait_for_log("^NOTE generator closed$", since=mark)


def test_a_generators_finally_runs(scenes):
    mark = scenes.log.mark()
    assert scenes.ask("/generator_with_finally").content == b"content"
    scenes.wait_for_log("^NOTE finally ran$", since=mark)


def test_a_piece_is_sent_before_the_next_is_asked_for(scenes, directory):
    seen = directory / "seen"
    with scenes.connect() as link:
        link.send(request_bytes("GET", f"/step_by_step?{seen}"))
        head = link.read_until(b"\r\n\r\n")
        assert b"\r\nTransfer-Encoding: chunked\r\n" in head
        assert link.read_exactly(10) == b"5\r\nfirst\r\n"
        seen.touch()
        assert link.read_to_end() == b"6\r\nsecond\r\n0\r\n\r\n"


@pytest.mark.parametrize(
    ("what", "content"), [("tuple", b"ab"), ("iterator", b"x"), ("dict", b"key")]
)
def test_what_may_be_returned(scenes, what, content):
    assert scenes.ask(f"/returned?{what}").content == content


@pytest.mark.parametrize("what", ["none", "int"])
def test_what_cannot_be_iterated(scenes, what):
    mark = scenes.log.mark()
    assert scenes.ask(f"/returned?{what}").status == 500
    scenes.wait_for_log("^TypeError: ", since=mark)


@pytest.mark.parametrize(
    "path",
    [
        "/returned?list-of-str",
        "/returned?list-of-none",
        "/returned?list-of-bytearray",
        "/returned?list-of-memoryview",
        "/returned?str",
        "/returned?bytes",
        "/write_text",
    ],
)
def test_a_piece_that_is_no_bytes(scenes, differs, path):
    mark = scenes.log.mark()
    with scenes.connect() as link:
        raw = link.send(request_bytes("GET", path)).read_to_end()
    assert raw.startswith(
        differs(
            "piece-of-wrong-type",
            gunicorn=b"HTTP/1.1 200 OK\r\n",
            swiftcorn=b"HTTP/1.1 500 Internal Server Error\r\n",
        )
    )
    assert b"0\r\n\r\n" not in raw
    scenes.wait_for_log("^TypeError: .* is not a byte$", since=mark)


def test_an_error_after_write_ends_the_connection(scenes):
    mark = scenes.log.mark()
    with scenes.connect() as link:
        raw = link.send(request_bytes("GET", "/write_then_fail")).read_to_end()
    assert raw.endswith(b"7\r\nwritten\r\n")
    scenes.wait_for_log("^RuntimeError: raised after write$", since=mark)


def test_never_more_than_the_length(scenes):
    with scenes.connect() as link:
        raw = link.send(request_bytes("GET", "/write_more_than_length")).read_to_end()
    assert raw.endswith(b"\r\n\r\nhello")


def test_less_than_the_length(serving, differs):
    """A kept connection: the client must be able to see that the rest will not come."""
    worker = differs("sync-keep-alive", gunicorn=("-k", "gthread"), swiftcorn=())
    server = serving(*worker, "scenes:app")
    with server.connect() as link:
        link.send(request_bytes("GET", "/short", connection=None))
        assert link.read_until(b"\r\n\r\nshort").startswith(b"HTTP/1.1 200 OK\r\n")
        link.send(request_bytes("GET", "/pid"))
        rest = link.read_to_end()
    assert rest.startswith(b"HTTP/1.1 200 OK\r\n") == differs(
        "short-response", gunicorn=True, swiftcorn=False
    )
    assert (rest == b"") == differs("short-response", gunicorn=False, swiftcorn=True)


@pytest.mark.parametrize("size", [0, 1, 4096, 65_536, 1_048_577, 20_000_000])
@pytest.mark.parametrize("declared", [True, False], ids=["length", "chunked"])
def test_large_responses(scenes, size, declared):
    target = f"/large?{size},70001" + (",length" if declared else "")
    with scenes.connect() as link:
        response = link.send(request_bytes("GET", target)).response()
    pattern = bytes(range(251)) * (size // 251 + 1)
    assert response.content == pattern[:size]
    assert ("Content-Length" in response) == declared


def test_a_response_larger_than_any_buffer_to_a_slow_reader(scenes):
    with scenes.connect() as link:
        link.send(request_bytes("GET", "/large?8000000,8000000,length"))
        link.read_until(b"\r\n\r\n")
        found = b"".join(link.read_exactly(10_000) for _ in range(800))
    pattern = bytes(range(251)) * (8_000_000 // 251 + 1)
    assert found == pattern[:8_000_000]
