"""Workers come and go: TTIN and TTOU, deaths of every kind, timeouts, retirement by count."""

import os
import re
import signal

import pytest

from support.client import request_bytes
from support.deadline import wait_until, wait_until_process_ends


def log_lines(server, since):
    """The log lines, without the control socket's and without what a dying worker printed."""
    lines = server.masked_log(since)
    return [one for one in lines if one.startswith("[TIME]") and "Control socket" not in one]


def test_one_more_and_one_less(start):
    server = start("labour:app")
    server.wait_until_serving()
    first = server.worker
    server.signal(signal.SIGTTIN)
    server.wait_for_log(r"\[INFO\] Handling signal: ttin$")
    assert server.wait_for_workers(2)[0] == first
    server.signal(signal.SIGTTIN)
    newest = server.wait_for_workers(3)[1:]
    server.signal(signal.SIGTTOU)
    server.wait_for_log(r"\[INFO\] Handling signal: ttou$")
    assert server.wait_for_workers(2) == newest
    server.wait_for_log(rf"\[{first}\] \[INFO\] Worker exiting \(pid: {first}\)")
    server.ask()
    server.stop()


def test_never_less_than_one(start):
    server = start("labour:app")
    server.wait_until_serving()
    server.ask()
    before = server.worker
    for count in (1, 2):
        server.signal(signal.SIGTTOU)
        server.wait_for_log("Handling signal: ttou", count=count)
    assert server.ask("/pid").text == str(before)
    assert server.workers == [before]
    server.stop()


def test_a_retired_worker_finishes_what_is_under_way(start, under_way):
    server = start("labour:app")
    server.wait_until_serving()
    oldest = server.worker
    with under_way(server) as (link, finish):
        server.signal(signal.SIGTTIN)
        server.wait_for_workers(2)
        server.signal(signal.SIGTTOU)
        server.wait_for_log("Handling signal: ttou")
        finish()
        assert link.response().text == f"done by {oldest}"
    wait_until_process_ends(oldest)
    server.stop()


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("SIGKILL", "[ERROR] Worker (pid:WORKER) was sent SIGKILL! Perhaps out of memory?"),
        ("SIGSEGV", "[WARNING] Worker (pid:WORKER) was sent SIGSEGV!"),
        ("SIGHUP", "[WARNING] Worker (pid:WORKER) was sent SIGHUP!"),
        ("SIGBUS", "[WARNING] Worker (pid:WORKER) was sent SIGBUS!"),
    ],
)
def test_a_worker_killed_by_a_signal_is_replaced(start, differs, name, line):
    server = start("labour:app")
    server.wait_until_serving()
    before = int(server.ask("/pid").text)
    mark = server.log.mark()
    with server.connect() as link:
        assert link.send(request_bytes("GET", f"/signalled?{name}")).read_to_end() == b""
    assert int(server.ask("/pid").text) != before
    if name in ("SIGSEGV", "SIGBUS"):
        where = [one for one in server.masked_log(mark) if "labour.py" in one]
        assert bool(where) == differs("crash-traceback", gunicorn=False, swiftcorn=True)
    said = log_lines(server, mark)
    assert said[:2] == [
        f"[TIME] [MASTER] {line}",
        "[TIME] [WORKER] [INFO] Booting worker with pid: WORKER",
    ]
    server.stop()


@pytest.mark.parametrize("status", [1, 7, 255])
def test_a_worker_that_exits_is_replaced(start, status):
    server = start("labour:app")
    server.wait_until_serving()
    mark = server.log.mark()
    with server.connect() as link:
        assert link.send(request_bytes("GET", f"/leave?{status}")).read_to_end() == b""
    server.ask()
    server.wait_for_log("Booting worker", since=mark)
    said = log_lines(server, mark)
    assert said[:2] == [
        f"[TIME] [MASTER] [ERROR] Worker (pid:WORKER) exited with code {status}.",
        "[TIME] [WORKER] [INFO] Booting worker with pid: WORKER",
    ]
    server.stop()


def test_a_worker_that_exits_with_0_is_replaced_without_a_word(start):
    server = start("labour:app")
    server.wait_until_serving()
    mark = server.log.mark()
    with server.connect() as link:
        link.send(request_bytes("GET", "/leave?0")).read_to_end()
    server.ask()
    server.wait_for_log("Booting worker", since=mark)
    said = log_lines(server, mark)
    assert said[:1] == ["[TIME] [WORKER] [INFO] Booting worker with pid: WORKER"]
    server.stop()


@pytest.mark.parametrize("status", [3, 4])
def test_an_exit_with_the_status_of_a_failed_boot(start, differs, status):
    """Gunicorn takes it for a failed boot, whenever it happens, and gives up."""
    server = start("-p", "server.pid", "labour:app")
    server.wait_until_serving()
    server.ask()
    with server.connect() as link:
        link.send(request_bytes("GET", f"/leave?{status}")).read_to_end()
    if not differs("boot-failure-while-serving", gunicorn=True, swiftcorn=False):
        server.wait_for_log(rf"\[ERROR\] Worker \(pid:\d+\) exited with code {status}\.$")
        assert server.ask().status == 200
        return server.stop()
    server.expect_clean_exit(status)
    assert server.masked_log()[-1] == "[TIME] [MASTER] [ERROR] Reason: " + (
        "Worker failed to boot." if status == 3 else "App failed to load."
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGQUIT])
def test_a_worker_told_to_end_by_the_operator_is_replaced(start, number):
    server = start("labour:app")
    server.wait_until_serving()
    before = int(server.ask("/pid").text)
    mark = server.log.mark()
    os.kill(before, number)
    wait_until_process_ends(before)
    server.wait_for_log("Booting worker with pid", since=mark)
    assert int(server.ask("/pid").text) != before
    # Gunicorn's worker may be cut while it still waits for its last client to close.
    assert not [line for line in server.masked_log(mark) if "[MASTER] [ERROR]" in line]
    server.wait_for_log(rf"Worker exiting \(pid: {before}\)", since=mark)
    server.stop()


def test_signals_that_change_nothing(start):
    """CHLD and WINCH reach the master without effect; WINCH, outside of a daemon, is ignored."""
    server = start("--log-level", "debug", "labour:app")
    server.wait_until_serving()
    before = server.ask("/pid").text
    server.signal(signal.SIGWINCH)
    server.wait_for_log(r"\[DEBUG\] SIGWINCH ignored\. Not daemonized")
    server.signal(signal.SIGCHLD)
    server.wait_for_log(r"\[DEBUG\] Handling signal: ch?ld")
    os.kill(int(before), signal.SIGWINCH)
    server.wait_for_log(r"\[DEBUG\] worker: SIGWINCH ignored\.")
    assert server.ask("/pid").text == before
    server.stop()


def test_a_stuck_worker_is_ended(start):
    """ABRT first, so that the client can still be told, and the traceback shows where it stood."""
    server = start("--timeout", "1", "labour:app")
    server.wait_until_serving()
    before = int(server.ask("/pid").text)
    mark = server.log.mark()
    with server.connect() as link:
        raw = link.send(request_bytes("GET", "/stuck")).read_to_end()
    assert raw.startswith(b"HTTP/1.1 500 Internal Server Error\r\n")
    wait_until_process_ends(before)
    assert int(server.ask("/pid").text) != before
    said = log_lines(server, mark)
    assert said[:4] == [
        "[TIME] [MASTER] [CRITICAL] WORKER TIMEOUT (pid:WORKER)",
        "[TIME] [WORKER] [ERROR] Error handling request GET /stuck",
        "[TIME] [WORKER] [INFO] Worker exiting (pid: WORKER)",
        "[TIME] [WORKER] [INFO] Booting worker with pid: WORKER",
    ]
    assert ", in stuck\n" in server.log.text
    assert "\nSystemExit: 1\n" in server.log.text
    server.stop()


def test_a_worker_stuck_after_the_first_content(start):
    server = start("--timeout", "1", "labour:app")
    server.wait_until_serving()
    before = int(server.ask("/pid").text)
    with server.connect() as link:
        raw = link.send(request_bytes("GET", "/stuck_after_content")).read_to_end()
    assert raw.endswith(b"4\r\nsome\r\n")
    wait_until_process_ends(before)
    assert server.ask().status == 200
    server.stop()


def test_a_worker_that_withstands_the_abort_is_killed(start, differs):
    """Where Python's own handler cannot run, only the server can say where the worker stands."""
    server = start("--timeout", "1", "labour:app")
    server.wait_until_serving()
    before = int(server.ask("/pid").text)
    with server.connect() as link:
        assert link.send(request_bytes("GET", "/stubborn")).read_to_end() == b""
    server.wait_for_log(
        rf"\[ERROR\] Worker \(pid:{before}\) was sent SIGKILL! Perhaps out of memory\?"
    )
    assert bool(re.search(r"labour\.py.*stubborn", server.log.text)) == differs(
        "timeout-traceback", gunicorn=False, swiftcorn=True
    )
    assert server.ask().status == 200
    server.stop()


def test_a_stopped_worker_is_killed(start):
    """SIGSTOP: it cannot even run its handler."""
    server = start("--timeout", "1", "labour:app")
    server.wait_until_serving()
    before = int(server.ask("/pid").text)
    os.kill(before, signal.SIGSTOP)
    server.wait_for_log(rf"WORKER TIMEOUT \(pid:{before}\)")
    wait_until_process_ends(before)
    assert server.ask().status == 200
    server.stop()


def test_no_timeout(start, under_way):
    """--timeout 0: a request may last as long as it likes."""
    server = start("--timeout", "0", "labour:app")
    server.wait_until_serving()
    with under_way(server) as (link, finish):
        os.kill(server.pid, signal.SIGTTIN)  # The master goes round its loop.
        server.wait_for_workers(2)
        finish()
        assert link.response().status == 200
    assert "TIMEOUT" not in server.log.text
    server.stop()


def test_an_idle_worker_does_not_time_out(start):
    """Three workers, one second of timeout, and two seconds without a request."""
    server = start("--timeout", "1", "-w", "3", "labour:app")
    server.wait_until_serving(workers=3)
    before = server.workers
    idle = os.times().elapsed
    wait_until(lambda: os.times().elapsed - idle > 2.5, "time passes")
    assert server.workers == before
    server.stop()


def test_retirement_by_count(start):
    server = start("--max-requests", "3", "labour:app")
    server.wait_until_serving()
    mark = server.log.mark()
    served = [server.ask("/pid").text for _ in range(9)]
    assert served == [pid for pid in dict.fromkeys(served) for _ in range(3)]
    assert len(set(served)) == 3
    server.wait_for_log(
        r"\[INFO\] Autorestarting worker after current request\.$", count=3, since=mark
    )
    assert not [line for line in server.masked_log(mark) if "[ERROR]" in line]
    server.stop()


def test_retirement_by_count_with_kept_connections(start, differs):
    """The last response of a worker says close, so the client knows where it stands."""
    worker = differs("sync-keep-alive", gunicorn=("-k", "gthread"), swiftcorn=())
    server = start(*worker, "--max-requests", "3", "labour:app")
    server.wait_until_serving()
    with server.connect() as link:
        said = []
        for _ in range(3):
            link.send(request_bytes("GET", "/pid", connection=None))
            said.append(link.response()["Connection"])
        assert said == ["keep-alive", "keep-alive", "close"]
        assert link.is_closed_by_server()
    assert server.ask().status == 200
    server.stop()


def test_retirement_with_jitter(start):
    """Each worker draws its own number between max_requests and max_requests + jitter."""
    server = start("--max-requests", "2", "--max-requests-jitter", "6", "labour:app")
    server.wait_until_serving()
    served = [server.ask("/pid").text for _ in range(80)]
    runs = [served.count(pid) for pid in dict.fromkeys(served)][:-1]
    assert all(2 <= run <= 8 for run in runs)
    assert len(set(runs)) > 1
    server.stop()


def test_no_request_is_lost_while_workers_retire(start):
    server = start("--max-requests", "5", "--max-requests-jitter", "3", "-w", "2", "labour:app")
    server.wait_until_serving(workers=2)
    assert [server.ask("/pid").status for _ in range(100)] == [200] * 100
    server.stop()
