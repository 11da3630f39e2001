"""Workers and masters come to harm, or do not do as they are told."""

import os
import signal
import time

import pytest

from support import processes
from support.client import ConnectionEnded, request_bytes
from support.deadline import wait_until, wait_until_process_ends
from support.memory_limit import MemoryLimit, available
from support.server import ServerUnderTest

#: Hangs in C with Python's lock while it is imported, or waits in Python for the file `go`.
HANGING = """
import ctypes, os, sys, time
print("NOTE importing", os.getpid(), file=sys.stderr, flush=True)
if {in_c}:
    library, mutex = ctypes.PyDLL(None), ctypes.create_string_buffer(64)
    library.pthread_mutex_lock(mutex)
    library.pthread_mutex_lock(mutex)
while not os.path.exists("go"):
    time.sleep(0.005)
from labour import app
"""

CLASSES = [(), ("-k", "gthread", "--threads", "3")]


# Boots that fail, and boots that hang.


@pytest.mark.only("swiftcorn")
def test_boots_that_fail_are_made_ever_more_slowly(start, directory):
    """At most twelve in the first four seconds, where Gunicorn makes sixty-five."""
    (directory / "failing.py").write_text("import os\nos._exit(7)\n")
    server = start("-w", "2", "failing:app")
    first = server.wait_for_log("Booting worker") and server.log.lines[-1].arrived
    wait_until(lambda: time.monotonic() - first > 4, "four seconds")
    births = [
        line
        for line in server.log.lines
        if "Booting worker" in line.text and line.arrived - first <= 4
    ]
    assert 2 <= len(births) <= 12
    server.stop()


@pytest.mark.parametrize("in_c", [False, True])
def test_term_while_the_application_is_imported(start, directory, differs, in_c):
    """Gunicorn's worker finishes its import first, however long that takes."""
    (directory / "hanging.py").write_text(HANGING.format(in_c=in_c))
    patience = differs("term-while-importing", gunicorn="1", swiftcorn="600")
    server = start("--graceful-timeout", patience, "-p", "server.pid", "hanging:app")
    server.wait_for_log("^NOTE importing")
    server.signal(signal.SIGTERM)
    server.expect_clean_exit()
    assert "Traceback" not in server.log.text
    if patience == "600":
        assert "[ERROR]" not in server.log.text


@pytest.mark.only("swiftcorn")
def test_a_worker_is_told_to_leave_while_it_imports(start, directory):
    """TTOU takes the oldest away, which has not booted yet."""
    (directory / "hanging.py").write_text(HANGING.format(in_c=False))
    server = start("-w", "2", "hanging:app")
    server.wait_for_log("^NOTE importing", count=2)
    first = server.workers[0]
    server.signal(signal.SIGTTOU)
    wait_until_process_ends(first)
    (directory / "go").touch()
    assert server.ask().status == 200
    server.stop()


@pytest.mark.only("swiftcorn")
@pytest.mark.parametrize("part", range(4))
def test_term_at_any_moment_of_the_start(directory, kind, part):
    """Before there is a handler the signal ends the process; afterwards it ends with 0."""
    for step in range(part, 80, 4):
        folder = directory / str(step)
        folder.mkdir()
        server = ServerUnderTest(
            kind, ("-b", f"unix:{folder}/s", "-w", "2", "-p", "server.pid", "hello:app"), folder
        )
        try:
            began = time.monotonic()
            wait_until(lambda began=began, step=step: time.monotonic() - began > step * 0.005, "it")
            server.signal(signal.SIGTERM)
            assert server.wait_for_exit() in (0, -signal.SIGTERM)
            server.expect_no_process_left()
            server.expect_nothing_on_disk()
            assert "Traceback" not in server.log.text and "[ERROR]" not in server.log.text
        finally:
            server.end_for_certain()


# The end.


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGQUIT])
@pytest.mark.parametrize("worker", CLASSES)
def test_a_quick_stop_with_a_request_under_way(start, under_way, differs, number, worker):
    """On every class of worker, and with no error in the log."""
    patience = differs("quick-stop-limit", gunicorn="1", swiftcorn="600")
    server = start(*worker, "--graceful-timeout", patience, "labour:app")
    server.wait_until_serving()
    with under_way(server) as (link, finish):
        server.signal(number)
        if patience == "1":
            finish()  # Gunicorn's threads are joined at their end.
        server.expect_clean_exit()
        link.read_to_end()


@pytest.mark.parametrize("worker", CLASSES)
def test_a_quick_stop_of_a_worker_that_is_stuck_in_c(start, differs, worker):
    """It holds Python's lock, so nothing of Python can end it."""
    patience = differs("quick-stop-limit", gunicorn="1", swiftcorn="600")
    server = start(*worker, "--graceful-timeout", patience, "labour:app")
    server.wait_until_serving()
    with server.connect() as link:
        link.send(request_bytes("GET", "/stubborn"))
        server.wait_for_log("^NOTE stuck")
        server.signal(signal.SIGQUIT)
        server.expect_clean_exit()


@pytest.mark.parametrize("worker", [(), ("-k", "gthread", "--threads", "1")])
def test_term_serves_what_is_in_the_accept_queue(start, under_way, worker, kind):
    """Connections that the kernel has taken while the only worker was busy, with their requests.

    Gunicorn's sync worker loses all of them but one.
    """
    server = start(*worker, "labour:app")
    server.wait_until_serving()
    with under_way(server) as (link, finish):
        waiting = [server.connect().send(request_bytes("GET", "/pid")) for _ in range(8)]
        mark = server.log.mark()
        server.signal(signal.SIGTERM)
        server.wait_for_log("Handling signal: term", since=mark)
        finish()
        assert link.response().status == 200
        served = 0
        for one in waiting:
            try:
                served += one.response().status == 200
            except ConnectionEnded:
                assert kind == "gunicorn" and not worker
            one.close()
        assert served == 8 or (kind == "gunicorn" and not worker)
    server.expect_clean_exit()


@pytest.mark.only("swiftcorn")
def test_nobody_is_left_waiting_in_the_queue_of_a_server_that_stops(start, under_way):
    """Who connects after the queue was served is refused at once."""
    server = start("-k", "gthread", "--threads", "2", "labour:app")
    address = server.wait_until_serving()
    with under_way(server) as (link, finish):
        server.signal(signal.SIGTERM)
        server.wait_for_log("Handling signal: term")

        def is_refused():
            try:
                with server.connect() as late:
                    late.send(request_bytes("GET", "/pid"))
                    return late.read_to_end() == b""
            except ConnectionRefusedError:
                return True

        wait_until(is_refused, f"{address} takes no more connections")
        finish()
        assert link.response().status == 200
    server.expect_clean_exit()


# Signals.


@pytest.mark.only("swiftcorn")
def test_a_storm_of_signals(start):
    """Ten thousand of all kinds: none ends the server, and the next ones do what they say."""
    server = start("--log-level", "warning", "labour:app")
    wait_until(lambda: len(processes.children(server.pid)) == 1, "a worker")
    kinds = (signal.SIGCHLD, signal.SIGWINCH, signal.SIGUSR1, signal.SIGTTOU, signal.SIGCONT)
    for _ in range(2000):
        for number in kinds:
            server.signal(number)

    def has_one_more():
        # Signals of two kinds have no order: this one may be taken before the last of the storm.
        server.signal(signal.SIGTTIN)
        return len(processes.children(server.pid)) > 1

    wait_until(has_one_more, "one more worker")
    server.signal(signal.SIGTERM)
    server.expect_clean_exit()


# Masters.


@pytest.mark.parametrize("worker", CLASSES)
def test_the_master_is_killed_while_a_request_is_under_way(start, under_way, worker):
    """The request is finished where that does not take long; then nobody is left."""
    server = start(*worker, "--timeout", "4", "labour:app")
    server.wait_until_serving()
    orphan = server.worker
    with under_way(server) as (link, finish):
        os.kill(server.pid, signal.SIGKILL)
        server.process.wait()
        finish()
        link.read_to_end()
    wait_until_process_ends(orphan)
    server.expect_no_process_left()


def test_workers_die_at_one_moment(start):
    """All of them are killed, again and again; each time all of them are back."""
    server = start("-w", "3", "labour:app")
    server.wait_until_serving(workers=3)
    for _ in range(3):
        server.ask()
        for worker in server.wait_for_workers(3):
            os.kill(worker, signal.SIGKILL)
            wait_until_process_ends(worker)
        server.wait_for_workers(3)
    assert server.ask().status == 200
    server.stop()


@pytest.mark.skipif(not available(), reason="no control group with a limit of memory can be made")
def test_a_worker_is_out_of_memory(start, directory):
    """The kernel kills it; the log has the guess, the others serve on, and another is born."""
    (directory / "hungry.py").write_text(
        "from labour import app as other\n"
        "def app(environ, start_response):\n"
        "    if environ['PATH_INFO'] == '/feast':\n"
        "        bytearray(b'x') * (256 << 20)\n"
        "    return other(environ, start_response)\n"
    )
    server = start("-w", "1", "hungry:app")
    server.wait_until_serving()
    victim = server.worker
    limit = MemoryLimit(32 << 20)
    try:
        limit.hold(victim)
        with server.connect() as link:
            link.send(request_bytes("GET", "/feast"))
            with pytest.raises(ConnectionEnded):
                link.response()
        wait_until_process_ends(victim)
    finally:
        limit.remove()
    server.wait_for_log(rf"Worker \(pid:{victim}\) was sent SIGKILL! Perhaps out of memory\?")
    wait_until(lambda: server.workers and server.worker != victim, "another worker")
    assert server.ask().status == 200
    server.stop()
