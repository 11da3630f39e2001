"""TERM, INT and QUIT: what is under way is finished or cut, and then nothing is left."""

import os
import re
import signal

import pytest

from support import processes
from support.client import ConnectionEnded
from support.deadline import wait_until, wait_until_process_ends


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGQUIT])
def test_an_idle_server(start, directory, number):
    server = start("-b", f"unix:{directory}/web.sock", "-p", "server.pid", "-w", "2", "labour:app")
    server.wait_until_all_answer(workers=2)
    mark = server.log.mark()
    server.signal(number)
    server.expect_clean_exit()
    name = number.name.removeprefix("SIG").lower()
    lines = [line for line in server.masked_log(mark) if "Control socket" not in line]
    assert lines[0] == f"[TIME] [MASTER] [INFO] Handling signal: {name}"
    assert lines[-1] == "[TIME] [MASTER] [INFO] Shutting down: Master"
    assert lines[1:-1] == 2 * ["[TIME] [WORKER] [INFO] Worker exiting (pid: WORKER)"]


def test_a_graceful_stop_finishes_what_is_under_way(start, under_way):
    server = start("labour:app")
    server.wait_until_serving()
    with under_way(server) as (link, finish):
        server.signal(signal.SIGTERM)
        server.wait_for_log("Handling signal: term")
        finish()
        assert link.response().text.startswith("done by ")
    server.expect_clean_exit()


def test_a_graceful_stop_has_an_end(start, under_way):
    server = start("--graceful-timeout", "1", "labour:app")
    server.wait_until_serving()
    with under_way(server) as (link, _):
        server.signal(signal.SIGTERM)
        with pytest.raises(ConnectionEnded):
            link.response()
    server.expect_clean_exit()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGQUIT])
def test_a_quick_stop_cuts_what_is_under_way(start, under_way, number):
    server = start("labour:app")
    server.wait_until_serving()
    with under_way(server) as (link, _):
        server.signal(number)
        server.expect_clean_exit(seconds=5)
        assert b"done by" not in link.read_to_end()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGQUIT])
def test_a_quick_stop_during_a_graceful_one(start, under_way, number):
    server = start("labour:app")
    server.wait_until_serving()
    with under_way(server):
        server.signal(signal.SIGTERM)
        server.wait_for_log("Handling signal: term")
        server.signal(number)
        server.wait_for_log("Quick shutdown requested")
        server.expect_clean_exit()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGQUIT])
def test_stop_while_the_application_is_imported(start, directory, number):
    """That is no failure of the application: nothing is complained about."""
    (directory / "slow_import.py").write_text(
        "import os, sys, time\n"
        "print('NOTE importing', file=sys.stderr, flush=True)\n"
        "while not os.path.exists('go'):\n"
        "    time.sleep(0.005)\n"
        "from hello import app\n"
    )
    server = start("slow_import:app")
    server.wait_for_log("^NOTE importing")
    server.signal(number)
    server.expect_clean_exit()
    assert "[ERROR]" not in server.log.text
    assert "Traceback" not in server.log.text


def test_many_signals_at_once_still_stop_it(start):
    server = start("labour:app")
    server.wait_until_serving()
    for _ in range(50):
        server.signal(signal.SIGTERM)
    server.expect_clean_exit()


def test_the_master_is_killed(start, directory):
    """The workers notice that they are alone, say so, and leave."""
    server = start("--timeout", "2", "-w", "2", "labour:app")
    server.wait_until_serving(workers=2)
    server.ask()
    workers = server.workers
    os.kill(server.pid, signal.SIGKILL)
    for worker in workers:
        wait_until_process_ends(worker)
    server.process.wait()
    server.expect_no_process_left()
    for worker in workers:
        assert re.search(
            rf"\[{worker}\] \[INFO\] Parent changed, shutting down: <Worker {worker}>",
            server.log.text,
        )


def test_the_address_is_free_at_once(start):
    """A second server can take the address as soon as the first is gone."""
    server = start("hello:app")
    address = server.wait_until_serving()
    server.ask()
    server.stop()
    again = start("-b", f"127.0.0.1:{address[1]}", "hello:app", bind=False)
    assert again.ask().text == "hello\n"
    again.stop()
    assert "Connection in use" not in again.log.text


def test_a_kept_idle_connection_does_not_delay_the_stop(start, differs):
    worker = differs("sync-keep-alive", gunicorn=("-k", "gthread"), swiftcorn=())
    server = start(*worker, "--keep-alive", "60", "labour:app")
    with server.connect() as link:
        link.send(b"GET /pid HTTP/1.1\r\nHost: a\r\n\r\n")
        assert link.response()["Connection"] == "keep-alive"
        server.signal(signal.SIGTERM)
        assert link.is_closed_by_server()
    server.expect_clean_exit(seconds=10)


def test_the_last_response_of_a_worker_says_close(start, under_way):
    server = start("labour:app")
    server.wait_until_serving()
    with under_way(server, connection=None) as (link, finish):
        os.kill(server.worker, signal.SIGTERM)
        finish()
        assert link.response()["Connection"] == "close"
        assert link.is_closed_by_server()
    server.stop()


def test_other_children_of_the_master_are_reaped(start, directory):
    """A process of the application's that was orphaned to us (as process 1 in a container)."""
    (directory / "forking.py").write_text(
        "import os\nif os.fork() == 0:\n    os._exit(0)\nfrom hello import app\n"
    )
    server = start("--preload", "forking:app")
    server.wait_until_serving()
    server.ask()
    server.signal(signal.SIGCHLD)
    wait_until(lambda: not processes.zombies(server.pid), "zombies of the master")
    server.stop()
