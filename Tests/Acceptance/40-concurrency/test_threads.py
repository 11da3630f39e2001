"""gthread: several requests at once in one worker."""

import signal
from contextlib import ExitStack

import pytest

from support.client import request_bytes
from support.deadline import wait_until_process_ends

ASK = request_bytes(connection=None)


@pytest.fixture(params=[("--threads", "4"), ("-k", "gthread", "--threads", "4")], ids=["4", "k"])
def threaded(start, request):
    server = start(*request.param, "crowd:app")
    server.wait_until_serving()
    return server


def test_four_calls_run_at_once(threaded):
    threaded.wait_for_log(r"\[INFO\] Using worker: gthread$")
    with ExitStack() as stack:
        links = [stack.enter_context(threaded.connect()) for _ in range(4)]
        for _ in range(3):
            for link in links:
                link.send(request_bytes("GET", "/meet?4", connection=None))
            assert [link.response().text for link in links] == ["met"] * 4
    threaded.stop()


def test_the_thread_is_a_thread_of_python(threaded):
    assert threaded.ask("/thread").text == "ThreadPoolExecutor-0_ False True"
    threaded.stop()


def test_one_thread_answers_while_another_works(threaded, slow):
    with threaded.connect() as link, threaded.connect() as other, slow(threaded, link) as finish:
        for _ in range(10):
            assert other.send(ASK).response().status == 200
        finish()
        assert link.response().status == 200
        assert link.send(ASK).response().status == 200
    threaded.stop()


def test_a_graceful_stop_waits_for_what_runs(threaded, slow):
    worker = threaded.worker
    with threaded.connect() as link, slow(threaded, link) as finish:
        threaded.signal(signal.SIGTERM)
        threaded.wait_for_log("Handling signal: term")
        finish()
        assert link.response().text == f"done by {worker}"
    threaded.expect_clean_exit()


def test_a_worker_retires_after_its_requests(start):
    server = start("--threads", "2", "--max-requests", "5", "crowd:app")
    server.wait_until_serving()
    first = server.worker
    for _ in range(5):
        assert server.ask().status == 200
    server.wait_for_log("Autorestarting worker after current request")
    wait_until_process_ends(first)
    assert server.ask().text != str(first)
    server.stop()


def test_a_reload_loses_nothing(threaded, slow):
    old = threaded.worker
    with threaded.connect() as link, slow(threaded, link) as finish:
        mark = threaded.log.mark()
        threaded.signal(signal.SIGHUP)
        threaded.wait_for_log("Booting worker with pid", since=mark)
        finish()
        assert link.response().text == f"done by {old}"
    wait_until_process_ends(old)
    assert threaded.ask().status == 200
    threaded.stop()


def test_too_few_connections_are_warned_of(start):
    server = start("--threads", "4", "--worker-connections", "4", "crowd:app")
    server.wait_for_log(
        r"\[WARNING\] No keepalived connections can be handled\. "
        r"Check the number of worker connections and threads\.$"
    )
    server.wait_until_serving()
    server.stop()


@pytest.mark.only("swiftcorn")
def test_with_all_threads_at_work_others_wait_or_are_refused(start, slow):
    server = start("--threads", "1", "-k", "gthread", "crowd:app")
    server.wait_until_serving()
    with server.connect() as link, server.connect() as other, server.connect() as bad:
        with slow(server, link) as finish:
            other.send(request_bytes("GET", "/waited", connection=None))
            assert bad.send(b"BAD\r\n\r\n").response().status == 400
            finish()
            assert link.response().status == 200
        assert float(other.response().text) > 0
    server.stop()


def test_a_quick_stop_does_not_wait(start, slow):
    server = start("--threads", "2", "--graceful-timeout", "2", "crowd:app")
    server.wait_until_serving()
    with server.connect() as link, slow(server, link):
        server.signal(signal.SIGQUIT)
        server.wait_for_exit()
