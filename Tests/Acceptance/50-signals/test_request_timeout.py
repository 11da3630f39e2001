"""A deadline for one request: its client is answered, its worker kept where it comes back."""

import re

import pytest

from support.client import request_bytes
from support.deadline import wait_until_process_ends

pytestmark = pytest.mark.only("swiftcorn")

WORKERS = [("sync", "1"), ("gthread", "3")]


@pytest.fixture(params=WORKERS, ids=["sync", "gthread"])
def limited(start, request):
    """`limited(options)`: a worker that gives a request three seconds."""

    def starter(*options):
        name, threads = request.param
        server = start(
            "-k", name, "--threads", threads, "--request-timeout", "3", *options, "weary:app"
        )
        server.wait_until_serving()
        return server

    return starter


def where(server, name):
    """Waits until the log shows a thread in that function."""
    server.wait_for_log(rf'\.py", line \d+ in {name}$')


def test_a_request_that_comes_back_late(limited, directory):
    go = directory / "go"
    server = limited("--request-timeout-grace", "60", "--access-logfile", "-")
    before = server.ask("/pid").text
    with server.connect() as link, server.connect() as other:
        link.send(request_bytes("GET", f"/linger?{go}", connection=None))
        refused = link.response()
        assert (refused.status, refused.reason) == (504, "Gateway Timeout")
        assert refused["Connection"] == "close"
        server.wait_for_log(
            rf"\[CRITICAL\] REQUEST TIMEOUT \(pid:{before}\): GET /linger\?\S+, "
            r"answered 504 after 3 seconds$"
        )
        where(server, "linger")
        server.out.wait_for(r'"GET /linger\?\S+ HTTP/1\.1" 504 ')
        other.send(request_bytes("GET", "/pid"))
        go.touch()
        assert link.is_closed_by_server()
        assert other.response().text == before
    server.wait_for_log(
        r"\[WARNING\] The late request GET /linger\?\S+ has come back after \d+ seconds$"
    )
    assert server.ask("/pid").text == before
    server.stop()
    assert len(re.findall("GET /linger", server.out.text)) == 1


def test_a_response_that_has_begun_is_cut_off(limited, directory):
    go = directory / "go"
    server = limited("--request-timeout-grace", "60")
    before = server.ask("/pid").text
    with server.connect() as link:
        link.send(request_bytes("GET", f"/begun?{go}"))
        assert link.read_to_end().endswith(b"\r\n4\r\nsome\r\n")
    server.wait_for_log(r"REQUEST TIMEOUT \(pid:\d+\): GET /begun\?\S+, cut off after 3 seconds$")
    where(server, "begun")
    go.touch()
    server.wait_for_log("The late request GET /begun")
    assert server.ask("/pid").text == before
    server.stop()


@pytest.mark.parametrize("name", ["stuck", "stubborn"])
def test_a_worker_whose_request_does_not_come_back_is_replaced(limited, name):
    """In Python code, or in C code that holds the GIL: the heartbeat has nothing to do with it."""
    server = limited("--request-timeout-grace", "1", "--graceful-timeout", "2", "--timeout", "60")
    before = int(server.ask("/pid").text)
    with server.connect() as link:
        assert link.send(request_bytes("GET", f"/{name}")).response().status == 504
        where(server, name)
        server.wait_for_log(
            rf"\[{before}\] \[ERROR\] GET /{name} has not come back within another 1 seconds$"
        )
        server.wait_for_log(
            rf"\[WARNING\] Worker \(pid:{before}\) is stuck: a new one takes its place$"
        )
    wait_until_process_ends(before)
    assert int(server.ask("/pid").text) != before
    assert "WORKER TIMEOUT" not in server.log.text
    server.stop()


def test_what_waits_behind_a_lost_request_is_answered_by_the_new_worker(start, directory):
    server = start(
        *("--request-timeout", "3", "--request-timeout-grace", "1"),
        *("--graceful-timeout", "2", "--timeout", "60", "weary:app"),
    )
    server.wait_until_serving()
    before = int(server.ask("/pid").text)
    with server.connect() as link, server.connect() as other:
        link.send(request_bytes("GET", "/stubborn"))
        server.wait_for_log("^NOTE stuck")
        other.send(request_bytes("GET", "/pid", connection=None))
        assert int(other.response().text) != before
        assert link.response().status == 504
    server.stop()


def test_other_threads_finish_before_their_worker_is_replaced(start, directory):
    go = directory / "go"
    server = start(
        *("-k", "gthread", "--threads", "3", "--timeout", "60"),
        *("--request-timeout", "8", "--request-timeout-grace", "1", "weary:app"),
    )
    server.wait_until_serving()
    before = server.ask("/pid").text
    with server.connect() as lost, server.connect() as link:
        lost.send(request_bytes("GET", "/stuck"))
        server.wait_for_log("REQUEST TIMEOUT")
        link.send(request_bytes("GET", f"/until?{go}"))
        server.wait_for_log("^NOTE begun")
        server.wait_for_log("has not come back within another 1 seconds")
        go.touch()
        assert link.response().text == f"done by {before}"
        assert lost.response().status == 504
    wait_until_process_ends(int(before))
    server.stop()


def test_an_operators_logger_is_told_of_a_late_request(start, directory):
    go = directory / "go"
    logger = "gunicorn.glogging.Logger"
    (directory / "conf.py").write_text(
        f"import {logger.rpartition('.')[0]} as base\nclass Own(base.Logger):\n    pass\n"
        "logger_class = Own\naccesslog = '-'\nrequest_timeout = 3\nrequest_timeout_grace = 60\n"
    )
    server = start("-c", "conf.py", "weary:app")
    server.wait_until_serving()
    with server.connect() as link:
        link.send(request_bytes("GET", f"/linger?{go}"))
        assert link.response().status == 504
        where(server, "linger")
        go.touch()
        server.out.wait_for(r'"GET /linger\?\S+ HTTP/1\.1" 504 ')
    server.wait_for_log(r"\[CRITICAL\] REQUEST TIMEOUT")
    server.wait_for_log("The late request GET /linger")
    server.stop()


def test_a_deadline_needs_the_guard(command):
    finished = command("--request-timeout", "1", "--no-guard-thread", "weary:app")
    assert finished.status == 1
    assert "request_timeout needs the guard thread" in finished.err
