"""One slow request, one worker: what becomes of all other clients meanwhile."""

import signal

import pytest

from support.client import request_bytes
from support.processes import cpu_ticks, threads

pytestmark = pytest.mark.only("swiftcorn")

ASK = request_bytes(connection=None)


@pytest.fixture
def one_worker(start):
    def starter(*options):
        server = start(*options, "crowd:app")
        server.wait_until_serving()
        return server

    return starter


def test_a_bad_request_is_refused_meanwhile(one_worker, slow):
    server = one_worker("--access-logfile", "-")
    with server.connect() as link, slow(server, link) as finish:
        with server.connect() as other:
            assert other.send(b"BAD\r\n\r\n").response().status == 400
        server.out.wait_for(r'"- - HTTP/1\.\d" 400|" 400 ')
        finish()
        assert link.response().status == 200
    server.stop()


def test_a_large_response_is_drained_meanwhile(one_worker, slow):
    server = one_worker()
    size = 8 << 20
    with server.connect() as reader, server.connect() as link:
        reader.send(request_bytes("GET", f"/large?{size}", connection=None))
        head = reader.read_until(b"\r\n\r\n")
        assert f"Content-Length: {size}".encode() in head
        with slow(server, link) as finish:
            assert reader.read_exactly(size) == b"x" * size
            finish()
            assert link.response().status == 200
    server.stop()


def test_a_request_waits_and_is_told_how_long(one_worker, slow):
    form = "%(U)s %({swiftcorn.queue_time}e)s"
    server = one_worker("--access-logfile", "-", "--access-logformat", form)
    with server.connect() as link, server.connect() as other, server.connect() as last:
        with slow(server, link) as finish:
            other.send(request_bytes("GET", "/waited", connection=None))
            # Answered by the guard alone: by then it has also read what came before.
            assert last.send(b"BAD\r\n\r\n").response().status == 400
            finish()
            assert link.response().status == 200
            waited = float(other.response().text)
        assert 0 < waited < 60
        other.send(request_bytes("GET", "/waited", connection=None))
        assert other.response().text == "0.0"
    server.out.wait_for(rf"^/waited {waited}")
    server.out.wait_for(r"^/until 0\.0")
    server.stop()


def test_a_full_queue_refuses(one_worker, slow):
    server = one_worker("--queue-limit", "1", "--access-logfile", "-")
    with server.connect() as link, server.connect() as first, server.connect() as second:
        with slow(server, link) as finish:
            first.send(ASK)
            second.send(ASK)
            # Whichever was read first waits, the other one is refused.
            server.wait_for_log(r"\[WARNING\] Overload: 1 requests were answered 503")
            finish()
            found = [first.response(), second.response()]
        refused = [one for one in found if one.status == 503]
        assert [one.status for one in found if one not in refused] == [200]
        assert [one["Retry-After"] for one in refused] == ["1"]
        assert [one["Connection"] for one in refused] == ["close"]
    server.out.wait_for(r'"GET / HTTP/1\.1" 503 ')
    server.stop()


def test_a_request_that_waits_too_long_is_refused(one_worker, slow):
    server = one_worker("--queue-timeout", "1")
    with server.connect() as link, server.connect() as other, slow(server, link) as finish:
        refused = other.send(ASK).response()
        assert (refused.status, refused["Retry-After"]) == (503, "1")
        assert other.is_closed_by_server()
        finish()
        assert link.response().status == 200
    server.stop()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_what_waits_is_answered_before_the_worker_leaves(one_worker, slow, number):
    server = one_worker()
    with server.connect() as link, server.connect() as other, server.connect() as last:
        with slow(server, link) as finish:
            other.send(ASK)
            assert last.send(b"BAD\r\n\r\n").response().status == 400
            server.signal(number)
            server.wait_for_log(rf"Handling signal: {number.name[3:].lower()}")
            finish()
            assert link.response().status == 200
        assert other.response().status == 200
    if number == signal.SIGTERM:
        server.expect_clean_exit()
    else:
        server.stop()


def test_an_idle_worker_sleeps(one_worker):
    server = one_worker("--keep-alive", "2")
    with server.connect() as link:
        assert link.send(ASK).response().status == 200
        before = cpu_ticks(server.worker)
        assert link.is_closed_by_server()
    # Two seconds at least; a thread that never slept would have used two hundred ticks.
    assert cpu_ticks(server.worker) - before < 20
    server.stop()


def test_without_the_guard_everybody_waits(one_worker, slow):
    server = one_worker("--no-guard-thread")
    with server.connect() as link, server.connect() as other, slow(server, link) as finish:
        other.send(b"BAD\r\n\r\n")
        finish()
        assert link.response().status == 200
        assert other.response().status == 400
    assert threads(server.worker) == 1
    server.stop()
