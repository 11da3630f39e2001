"""Several workers: no request waits behind a slow one while another worker is idle."""

import os
import signal
from contextlib import ExitStack

import pytest

from support.client import request_bytes
from support.deadline import wait_until
from support.processes import open_descriptors

pytestmark = pytest.mark.only("swiftcorn")

ASK = request_bytes(connection=None)


@pytest.fixture
def two_at_one(start):
    """A server, and two kept connections to the same one of its two workers."""
    with ExitStack() as stack:

        def starter(*options):
            server = start("-w", "2", "--keep-alive", "30", *options, "crowd:app")
            server.wait_until_serving(workers=2)
            links = {}
            while True:
                link = stack.enter_context(server.connect())
                pid = int(link.send(ASK).response().text)
                if pid in links:
                    return server, pid, links[pid], link
                links[pid] = link

        yield starter


def other_than(server, pid):
    (other,) = set(server.workers) - {pid}
    return other


def test_an_idle_sibling_answers(two_at_one, slow):
    server, pid, link, second = two_at_one()
    with slow(server, link) as finish:
        assert int(second.send(ASK).response().text) == other_than(server, pid)
        # The connection has moved, and is kept there.
        assert int(second.send(ASK).response().text) == other_than(server, pid)
        finish()
        assert link.response().text == f"done by {pid}"
    assert int(link.send(ASK).response().text) == pid
    server.stop()


def test_new_connections_are_answered_by_the_idle_sibling(two_at_one, slow):
    """Each of them, whomever of the two the kernel has woken for it."""
    server, pid, link, _ = two_at_one()
    with slow(server, link) as finish:
        for _ in range(20):
            with server.connect() as fresh:
                assert int(fresh.send(ASK).response().text) == other_than(server, pid)
        finish()
        assert link.response().text == f"done by {pid}"
    server.stop()


def test_a_worker_that_is_full_leaves_connections_to_the_other(start):
    server = start("-w", "2", "--keep-alive", "30", "--worker-connections", "5", "crowd:app")
    server.wait_until_serving(workers=2)
    with ExitStack() as stack:
        links = [stack.enter_context(server.connect()) for _ in range(10)]
        answered = [int(link.send(ASK).response().text) for link in links]
    assert {answered.count(pid) for pid in server.workers} == {5}
    server.stop()


@pytest.mark.parametrize("options", [(), ("--threads", "2")])
def test_kept_connections_do_not_gather_in_one_worker(start, options):
    """One after the other, so that the kernel has all of the workers to choose from."""
    server = start("-w", "4", "--keep-alive", "30", *options, "crowd:app")
    server.wait_until_all_answer(workers=4)
    with ExitStack() as stack:
        answered = []
        for _ in range(64):
            link = stack.enter_context(server.connect())
            answered.append(int(link.send(ASK).response().text))
    counts = sorted(answered.count(pid) for pid in server.workers)
    # Some 16 each; who is slow to wake up on a busy machine has fewer.
    assert counts[0] > 0 and counts[-1] <= 48, counts
    server.stop()


@pytest.mark.parametrize("coding", ["length", "chunked"])
def test_content_goes_along(start, slow, two_at_one, coding):
    server, pid, link, second = two_at_one()
    content = b"z" * 3000
    if coding == "length":
        request = request_bytes("POST", "/", content=content, connection=None)
    else:
        request = (
            b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"bb8\r\n" + content + b"\r\n0\r\n\r\n"
        )
    with slow(server, link) as finish:
        # Pipelined: what stands behind the content goes along too.
        second.send(request + ASK)
        assert int(second.response().text) == other_than(server, pid)
        assert int(second.response().text) == other_than(server, pid)
        finish()
        link.response()
    server.stop()


def test_a_new_connection_goes_to_the_idle_one(two_at_one, slow):
    server, pid, link, _ = two_at_one()
    with slow(server, link) as finish:
        assert {server.ask().text for _ in range(20)} == {str(other_than(server, pid))}
        finish()
        link.response()
    server.stop()


def test_a_worker_that_is_killed_takes_along_only_what_it_runs(two_at_one, slow):
    server, pid, link, second = two_at_one()
    with slow(server, link):
        assert int(second.send(ASK).response().text) == other_than(server, pid)
        os.kill(pid, signal.SIGKILL)
        assert link.is_closed_by_server()
    assert second.send(ASK).response().status == 200
    server.wait_for_workers(2)
    server.stop()


def test_hundreds_of_hand_overs_leave_no_descriptor(two_at_one, slow):
    server, pid, link, second = two_at_one()
    other = other_than(server, pid)
    with slow(server, link) as finish:
        second.send(ASK).response()
        kept = {one: len(open_descriptors(one)) for one in (pid, other)}
        for _ in range(100):
            assert server.ask().status == 200
        finish()
        link.response()
    for _ in range(3):
        with slow(server, link) as finish:
            for _ in range(100):
                with server.connect() as client:
                    assert client.send(ASK).response().status == 200
            finish()
            link.response()
    wait_until(
        lambda: all(len(open_descriptors(one)) <= count for one, count in kept.items()),
        "descriptors that are not closed",
    )
    server.stop()


def test_a_drain_waits_for_what_is_handed_over(two_at_one, slow):
    server, pid, link, second = two_at_one()
    with slow(server, link) as finish:
        server.signal(signal.SIGTERM)
        server.wait_for_log("Handling signal: term")
        second.send(ASK)
        finish()
        assert link.response().status == 200
        assert second.response().status == 200
    server.expect_clean_exit()
