"""Connections over time: kept, closed by whom and when, answered in pieces, left by the client."""

import email.utils
import json
import time

import pytest

from support.client import Connection, request_bytes


@pytest.fixture
def wire(serving, differs):
    worker = differs("sync-keep-alive", gunicorn=("-k", "gthread"), swiftcorn=())
    return serving(*worker, "wire:app")


def test_the_sync_worker_by_itself(serving, differs):
    server = serving("wire:app")
    with server.connect() as link:
        response = link.send(request_bytes("GET", "/length", connection=None)).response()
        assert response["Connection"] == differs(
            "sync-keep-alive", gunicorn="close", swiftcorn="keep-alive"
        )
        if differs("sync-keep-alive", gunicorn=True, swiftcorn=False):
            assert link.is_closed_by_server()
        else:
            link.send(request_bytes("GET", "/empty"))
            assert link.response()["Connection"] == "close"
            assert link.is_closed_by_server()


def test_many_requests_on_one_connection(wire):
    with wire.connect() as link:
        for number in range(200):
            link.send(request_bytes("GET", f"/echo?{number}", connection=None))
            assert f"QUERY_STRING: '{number}'" in link.response().text


def test_many_requests_at_once_are_answered_in_order(wire):
    with wire.connect() as link:
        link.send(
            b"".join(
                request_bytes("GET", f"/echo?{number}", connection=None) for number in range(100)
            )
        )
        for number in range(100):
            assert f"QUERY_STRING: '{number}'" in link.response().text


def test_a_stream_of_requests_cut_anywhere(wire):
    """Two requests, cut in two at each place: the answers do not depend on the cut."""
    stream = request_bytes("POST", "/echo", content=b"abc", connection=None) + request_bytes(
        "GET", "/length", [("X-Field", "value")]
    )
    answers = set()
    for place in range(1, len(stream)):
        with wire.connect() as link:
            link.send(stream[:place], stream[place:])
            answers.add((link.response().text, link.response().text))
    assert len(answers) == 1


def test_an_idle_connection_is_closed_after_a_while(serving, differs):
    worker = differs("sync-keep-alive", gunicorn=("-k", "gthread"), swiftcorn=())
    server = serving(*worker, "--keep-alive", "1", "wire:app")
    with server.connect() as link:
        assert link.send(request_bytes("GET", "/length", connection=None)).response()
        assert link.is_closed_by_server()


def test_close_in_a_list_is_honoured(wire, differs):
    with wire.connect() as link:
        link.send(request_bytes("GET", "/length", connection="close, x-other"))
        found = link.response()["Connection"]
        assert found == differs("close-in-a-list", gunicorn="keep-alive", swiftcorn="close")
        if found == "close":
            assert link.is_closed_by_server()


def test_several_connections_at_once(wire):
    links = [wire.connect() for _ in range(20)]
    for number, link in enumerate(links):
        link.send(request_bytes("GET", f"/echo?{number}"))
    for number, link in enumerate(links):
        assert f"QUERY_STRING: '{number}'" in link.response().text
        link.close()


def test_silent_and_half_spoken_connections_do_not_stop_the_service(start, differs):
    """Four connections say nothing or half a head; a fifth is answered all the same."""
    worker = differs("sync-keep-alive", gunicorn=("-k", "gthread", "--threads", "8"), swiftcorn=())
    server = start(*worker, "wire:app")
    silent = [server.connect() for _ in range(2)]
    half = [server.connect().send(b"GET / HTTP/1.1\r\nHost: ") for _ in range(2)]
    assert server.ask("/length").text == "hello"
    for link in silent + half:
        link.reset()
    assert server.ask("/length").text == "hello"
    server.stop()


@pytest.mark.parametrize("sent", [b"", b"G", b"GET / HTTP/1.1\r\nHost: a", b"GET / HTTP/1.1\r\n"])
@pytest.mark.parametrize("leave", ["close", "reset", "finish_sending"])
def test_a_client_that_leaves_within_the_head(wire, sent, leave):
    mark = wire.log.mark()
    link = wire.connect()
    if sent:
        link.send(sent)
    getattr(link, leave)()
    if leave == "finish_sending":
        assert link.is_closed_by_server()
        link.close()
    assert wire.ask("/length").text == "hello"
    assert wire.log.texts(mark) == []


def test_a_unix_socket_speaks_the_same(start, directory):
    server = start("-b", f"unix:{directory}/web.sock", "wire:app", bind=False)
    with Connection(server.address) as link:
        raw = link.send(request_bytes("GET", "/fields")).response().raw
    assert raw.startswith(b"HTTP/1.1 200 OK\r\nServer: gunicorn\r\nDate: ")
    server.stop()


def test_a_refused_request_is_logged(wire):
    mark = wire.log.mark()
    with wire.connect() as link:
        link.send(b"nonsense\r\n\r\n").read_to_end()
    line = wire.wait_for_log(r"\[WARNING\] (.*)", since=mark)
    assert line.group(1) == (
        "Invalid request from ip=127.0.0.1: Invalid HTTP request line: 'nonsense'"
    )


def test_a_fault_before_the_request_is_whole(wire, differs):
    with wire.connect() as link:
        link.send(b"GET / HTTP/1.1\r\nX Y: 1\r\n").finish_sending()
        found = link.read_to_end()
    assert found.startswith(
        differs("first-fault", gunicorn=b"", swiftcorn=b"HTTP/1.1 400 Bad Request\r\n")
    )
    assert bool(found) == differs("first-fault", gunicorn=False, swiftcorn=True)


def test_the_date_moves_with_the_clock(wire):
    """The Date field is the current second, in the one form that is allowed."""
    before = int(time.time())
    found = wire.ask("/length")["Date"]
    after = time.time()
    assert found.endswith(" GMT")
    assert before <= email.utils.parsedate_to_datetime(found).timestamp() <= after


def test_a_query_of_every_octet(serving):
    octets = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in "#")
    found = json.loads(serving("environ:app").ask(f"/?{octets}").content)["environ"]
    assert found["QUERY_STRING"] == ["str", octets]
