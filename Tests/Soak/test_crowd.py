"""A crowd of slow clients for a minute or more (SOAK_SECONDS): nobody else notices.

Run by `make soak`. The crowd is the one of the endurance benchmark; what is looked at here is not
how fast the others are but that all of them are answered, and that nothing grows or is left.
"""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS / "Acceptance"))

from support.client import request_bytes
from support.deadline import wait_until
from support.directory import new_directory
from support.processes import cpu_ticks, open_descriptors, resident_bytes
from support.server import SWIFTCORN, ServerUnderTest

CROWD = TESTS.parent / "benchmarks/endurance/crowd.py"
SECONDS = float(os.environ.get("SOAK_SECONDS", "60"))
HEADS, BODIES, READERS = 1000, 200, 200

APPLICATION = """
LARGE = b"x" * (10 << 20)

def app(environ, start_response):
    environ["wsgi.input"].read()
    content = LARGE if environ["PATH_INFO"] == "/large" else b"hello"
    start_response("200 OK", [("Content-Length", str(len(content)))])
    return [content]
"""


@pytest.fixture
def server():
    folder = new_directory()
    (folder / "crowded.py").write_text(APPLICATION)
    running = ServerUnderTest(
        SWIFTCORN,
        (
            *("--bind", "127.0.0.1:0", "--workers", "2", "--keep-alive", "10"),
            *("--request-head-timeout", "10", "--request-body-timeout", "10"),
            *("--response-write-timeout", "10", "crowded:app"),
        ),
        folder,
    )
    try:
        running.wait_until_serving(workers=2)
        yield running
        running.stop()
    finally:
        running.end_for_certain()
        shutil.rmtree(folder, ignore_errors=True)


def held(server):
    return [len(open_descriptors(pid)) for pid in server.workers]


def test_a_crowd_of_slow_clients(server):
    for _ in range(20):
        assert server.ask().text == "hello"
    workers = server.workers
    before = held(server)
    crowd = subprocess.Popen(
        [sys.executable, str(CROWD), str(server.port), str(HEADS), str(BODIES), str(READERS)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert crowd.stdout.readline() == "ready\n"
        begun = time.monotonic()
        answered = 0
        most = 0
        while time.monotonic() - begun < SECONDS:
            with server.connect() as link:
                for _ in range(100):
                    link.send(request_bytes(connection=None))
                    assert link.response().text == "hello"
                    answered += 1
            most = max(most, *(resident_bytes(pid) for pid in workers))
        comebacks, _ = crowd.communicate("")
    finally:
        crowd.kill()
        crowd.wait()
    ticks = sum(cpu_ticks(pid) for pid in workers)
    print(f"{answered} answered, {comebacks.strip()} comebacks, {most >> 20} MiB, {ticks} ticks")
    # Each of them was thrown out by its deadline, again and again, and no worker died of it.
    assert int(comebacks) > (HEADS + BODIES + READERS) * (SECONDS // 20 - 1)
    assert server.workers == workers
    # 64 MiB of responses are what a worker keeps in memory, beside itself.
    assert most < 200 << 20
    # The bells of the thread that stores large responses are made with the first, and kept.
    bells = 2
    wait_until(
        lambda: all(now <= then + bells for now, then in zip(held(server), before, strict=True)),
        "every descriptor is given back",
    )
    assert "Traceback" not in server.log.text
