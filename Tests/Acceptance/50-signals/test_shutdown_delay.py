"""--shutdown-delay: TERM ends readiness at once, and the server later (ours only)."""

import os
import signal

import pytest

from support.client import Connection, request_bytes
from support.deadline import wait_until, wait_until_process_ends
from support.server import free_port

pytestmark = pytest.mark.only("swiftcorn")


def probe(port):
    with Connection(("127.0.0.1", port)) as link:
        return link.send(request_bytes("GET", "/readyz")).response().status


@pytest.mark.parametrize("worker", [(), ("-k", "gthread", "--threads", "2")])
def test_it_serves_on(start, worker):
    """New connections and old ones, each for one more request; workers that end are replaced."""
    port = free_port()
    server = start(
        *worker, "--shutdown-delay", "600", "--health-bind", f"127.0.0.1:{port}", "labour:app"
    )
    server.wait_until_serving()
    wait_until(lambda: server.ask().status == 200 and probe(port) == 200, "ready")
    with server.connect() as kept:
        kept.send(request_bytes("GET", "/pid", connection=None))
        before = kept.response()
        assert before["Connection"] == "keep-alive"
        server.signal(signal.SIGTERM)
        server.wait_for_log("Serving on for 600 seconds before the stop")
        assert probe(port) == 503
        kept.send(request_bytes("GET", "/pid", connection=None))
        assert kept.response()["Connection"] == "close"
        assert kept.is_closed_by_server()
    with server.connect() as new:
        new.send(request_bytes("GET", "/pid", connection=None))
        assert new.response()["Connection"] == "close"
    os.kill(int(before.text), signal.SIGKILL)
    wait_until_process_ends(int(before.text))
    assert server.ask("/pid").text != before.text
    # Whoever asks again wants it now.
    server.signal(signal.SIGTERM)
    server.expect_clean_exit()


def test_it_ends_by_itself(start):
    server = start("--shutdown-delay", "1", "labour:app")
    server.wait_until_serving()
    server.signal(signal.SIGTERM)
    server.wait_for_log("Serving on for 1 seconds")
    server.expect_clean_exit()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGQUIT])
def test_a_quick_stop_does_not_wait(start, number):
    server = start("--shutdown-delay", "600", "labour:app")
    server.wait_until_serving()
    server.signal(signal.SIGTERM)
    server.wait_for_log("Serving on for 600 seconds")
    server.signal(number)
    server.expect_clean_exit()
