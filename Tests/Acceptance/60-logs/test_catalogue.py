"""The lines that people's log rules know, letter for letter: one life of a server, all of it."""

import os
import signal

from support.client import request_bytes
from support.deadline import wait_until_process_ends

#: Each line that an eventful life leaves, moments, ports and process numbers covered.
CATALOGUE = {
    "[MASTER] [INFO] Starting gunicorn 27.0.1",
    "[MASTER] [DEBUG] Arbiter booted",
    "[MASTER] [INFO] Listening at: http://127.0.0.1:PORT (MASTER)",
    "[MASTER] [INFO] Using worker: sync",
    "[MASTER] [DEBUG] 1 workers",
    "[MASTER] [DEBUG] 2 workers",
    "[WORKER] [INFO] Booting worker with pid: WORKER",
    "[WORKER] [DEBUG] GET /raised",
    "[WORKER] [ERROR] Error handling request GET /raised?value",
    "[WORKER] [WARNING] Invalid request from ip=127.0.0.1: Invalid HTTP request line: 'nonsense'",
    "[WORKER] [DEBUG] Ignored premature client disconnection. No more data after: b'GET / HT'",
    "[WORKER] [DEBUG] Ignored premature client disconnection. No more data after: b'A: \\xe9\"x'",
    "[WORKER] [DEBUG] worker: SIGWINCH ignored.",
    "[MASTER] [INFO] Handling signal: winch",
    "[MASTER] [DEBUG] SIGWINCH ignored. Not daemonized",
    "[MASTER] [INFO] Handling signal: ttin",
    "[MASTER] [INFO] Handling signal: ttou",
    "[MASTER] [INFO] Handling signal: usr1",
    "[MASTER] [INFO] Handling signal: hup",
    "[MASTER] [INFO] Hang up: Master",
    "[MASTER] [DEBUG] Handling signal: cld",
    "[MASTER] [ERROR] Worker (pid:WORKER) was sent SIGKILL! Perhaps out of memory?",
    "[MASTER] [WARNING] Worker (pid:WORKER) was sent SIGALRM!",
    "[WORKER] [INFO] Worker exiting (pid: WORKER)",
    "[MASTER] [INFO] Handling signal: term",
    "[MASTER] [INFO] Quick shutdown requested",
    "[MASTER] [INFO] Shutting down: Master",
}


def test_one_eventful_life(start, directory):
    (directory / "eventful.py").write_text(
        "import labour, scenes\n"
        "def app(environ, start_response):\n"
        "    module = labour if environ['PATH_INFO'] == '/until' else scenes\n"
        "    return module.app(environ, start_response)\n"
    )
    server = start("--log-level=debug", "eventful:app")
    server.wait_until_serving()
    server.ask("/raised?value")
    with server.connect() as link:
        link.send(b"nonsense\r\n\r\n").read_to_end()
    for part in (b"GET / HT", b'GET / HTTP/1.1\r\nA: \xe9"x'):
        with server.connect() as link:
            link.send(part).finish_sending().read_to_end()
    server.wait_for_log(r"\[DEBUG\] Ignored premature client disconnection\.", count=2)
    os.kill(server.worker, signal.SIGWINCH)
    server.wait_for_log("worker: SIGWINCH")
    server.signal(signal.SIGWINCH)
    server.wait_for_log("Not daemonized")
    server.signal(signal.SIGTTIN)
    server.wait_for_workers(2)
    server.signal(signal.SIGTTOU)
    server.wait_for_workers(1)
    for number in (signal.SIGKILL, signal.SIGALRM):
        mark = server.log.mark()
        os.kill(server.worker, number)
        server.wait_for_log("Booting worker", since=mark)
        server.ask("/pid")
    server.signal(signal.SIGUSR1)
    server.wait_for_log("Handling signal: usr1")
    (old,) = server.wait_for_workers(1)
    mark = server.log.mark()
    server.signal(signal.SIGHUP)
    server.wait_for_log("Booting worker", since=mark)
    wait_until_process_ends(old)
    with server.connect() as link:
        link.send(request_bytes("GET", f"/until?{directory}/never"))
        server.wait_for_log("^NOTE begun")
        server.signal(signal.SIGTERM)
        server.wait_for_log("Handling signal: term")
        server.signal(signal.SIGINT)
        server.expect_clean_exit()
    said = {line.removeprefix("[TIME] ") for line in server.masked_log()}
    assert CATALOGUE - said == set()


def test_a_budget_that_is_spent(start):
    server = start("--max-requests=1", "hello:app")
    server.ask()
    server.wait_for_log("Booting worker", count=2)
    server.stop()
    lines = server.masked_log()
    assert "[TIME] [WORKER] [INFO] Autorestarting worker after current request." in lines


def test_boots_that_fail(start):
    for application, status, reason, said in (
        ("nosuch:app", 3, "Worker failed to boot.", "[ERROR] Exception in worker process"),
        (
            "hello:nosuch",
            4,
            "App failed to load.",
            "[DEBUG] Exception while loading the application",
        ),
    ):
        server = start("--log-level=debug", application)
        server.expect_clean_exit(status=status)
        lines = [line for line in server.masked_log() if "ontrol socket" not in line]
        assert f"[TIME] [WORKER] {said}" in lines
        lines = [line for line in lines if "[DEBUG]" not in line]
        assert lines[-3:] == [
            f"[TIME] [MASTER] [ERROR] Worker (pid:WORKER) exited with code {status}.",
            "[TIME] [MASTER] [ERROR] Shutting down: Master",
            f"[TIME] [MASTER] [ERROR] Reason: {reason}",
        ]
