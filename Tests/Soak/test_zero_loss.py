"""Reloads, upgrades and recycles under load: not one request is lost.

32 clients that keep their connections and 32 that make one for each request ask without a pause,
for SOAK_SECONDS with nothing happening to the server, and then for as long as SOAK_EVENTS events
take (or SOAK_SECONDS). `SOAK_SERVER=gunicorn` does the same to Gunicorn 27, where losses are
printed and are no failure of ours.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS / "Acceptance"))

from support import processes
from support.deadline import wait_until, wait_until_process_ends
from support.directory import new_directory
from support.server import SWIFTCORN, ServerUnderTest

KIND = os.environ.get("SOAK_SERVER", SWIFTCORN)
SECONDS = float(os.environ.get("SOAK_SECONDS", "60"))
EVENTS = int(os.environ.get("SOAK_EVENTS", "0"))
WORKERS = int(os.environ.get("SOAK_WORKERS", "2"))
CLIENTS = Path(__file__).with_name("clients.py")
KEPT, ONCE = 32, 32


@pytest.fixture
def serve():
    folder = new_directory()
    started = []

    def begin(*arguments):
        # Both keep connections alive there, and Gunicorn nowhere else.
        worker = ("-k", "gthread", "--threads", "4") if KIND != SWIFTCORN else ()
        server = ServerUnderTest(
            KIND,
            ("-b", "127.0.0.1:0", "-w", str(WORKERS), *worker, *arguments, "hello:app"),
            folder,
        )
        started.append(server)
        server.wait_until_serving(workers=WORKERS)
        return server

    yield begin
    for server in started:
        server.end_for_certain()
    shutil.rmtree(folder, ignore_errors=True)


def soak(server, event):
    """Clients ask while `event` happens again and again; answers what they found, and how often."""
    clients = subprocess.Popen(
        [sys.executable, str(CLIENTS), str(server.port), str(KEPT), str(ONCE)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def phase(name):
        clients.stdin.write(name + "\n")
        clients.stdin.flush()

    try:
        phase("calm")
        time.sleep(min(SECONDS, 20))
        phase("event")
        begun, count = time.monotonic(), 0
        while count < EVENTS if EVENTS else time.monotonic() - begun < SECONDS:
            count += event()
        phase("end")
        out, _ = clients.communicate()
    finally:
        clients.kill()
        clients.wait()
    found = json.loads(out)
    print(f"\n{KIND}: {count} events, calm {found['calm']}, during {found['event']}")
    return found, count


def check(found, count):
    assert count > 0 and found["event"]["requests"] > 1000
    if KIND == SWIFTCORN:
        assert not found["calm"]["lost"] and not found["event"]["lost"]


def test_reloads(serve):
    """HUP, and the next one when the former workers are gone."""
    server = serve()

    def reload():
        old, mark = server.workers, server.log.mark()
        server.signal(signal.SIGHUP)
        server.wait_for_log("Booting worker", count=WORKERS, since=mark, seconds=60)
        for worker in old:
            wait_until_process_ends(worker, 60)
        return 1

    check(*soak(server, reload))
    server.stop()


def test_upgrades(serve):
    """USR2, and TERM to the old master when the new one's workers have booted."""
    server = serve()
    current = [server.pid]

    def upgrade():
        mark = server.log.mark()
        os.kill(current[0], signal.SIGUSR2)
        found = server.wait_for_log(r"Listening at: \S+ \((\d+)\)$", since=mark, seconds=60)
        server.wait_for_log("Booting worker", count=WORKERS, since=mark, seconds=60)
        os.kill(current[0], signal.SIGTERM)
        wait_until_process_ends(current[0], 60)
        if current[0] == server.pid:
            server.process.wait()
        server.wait_for_log("Master has been promoted", since=mark, seconds=60)
        current[0] = int(found[1])
        return 1

    check(*soak(server, upgrade))
    os.kill(current[0], signal.SIGTERM)
    wait_until(lambda: not processes.in_session(server.pid), "the end")


def test_recycles(serve):
    """max_requests: workers come and go by themselves."""
    server = serve("--max-requests", "500", "--max-requests-jitter", "100")
    seen = [0]

    def look():
        time.sleep(0.5)
        count = len(re.findall("Autorestarting worker", server.log.text))
        new, seen[0] = count - seen[0], count
        return new

    check(*soak(server, look))
    server.stop()
