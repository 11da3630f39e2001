"""Workers that are replaced for their memory or their age, and boots that take too long."""

import os
import re

import pytest

from support.client import request_bytes
from support.deadline import wait_until, wait_until_process_ends


def seconds_pass(seconds):
    """Nothing tells that a server leaves something alone."""
    begun = os.times().elapsed
    wait_until(lambda: os.times().elapsed - begun > seconds, "time passes")


@pytest.mark.only("swiftcorn")
@pytest.mark.parametrize("measure", ["rss", "pss"])
def test_a_large_worker_is_replaced_after_its_request(start, directory, measure):
    """However long the request takes: a worker that served well is not killed for its size."""
    go = directory / "go"
    options = ("--max-worker-memory", "160M", "--worker-memory-measure", measure)
    server = start(*options, "--graceful-timeout", "1", "weary:app")
    server.wait_until_serving()
    before = int(server.ask("/pid").text)
    with server.connect() as link:
        link.send(request_bytes("GET", f"/grow?200:{go}"))
        server.wait_for_log(
            rf"\[WARNING\] Worker \(pid:{before}\) has \d+ MiB of memory, "
            r"and max_worker_memory is 160 MiB: a new one takes its place$"
        )
        (after,) = set(server.wait_for_workers(2)) - {before}
        wait_until(lambda: int(server.ask("/pid").text) == after, "the new one serves")
        seconds_pass(2.5)
        go.touch()
        assert link.response().text == str(before)
    wait_until_process_ends(before)
    assert server.ask("/pid").text == str(after)
    assert "[ERROR]" not in server.log.text
    server.stop()


@pytest.mark.only("swiftcorn")
def test_workers_of_one_age_are_replaced_one_after_the_other(start):
    server = start("--max-worker-age", "1", "-w", "3", "weary:app")
    server.wait_until_serving(workers=3)
    line = r"\[INFO\] Worker \(pid:(\d+)\) is \d+ seconds old \(max_worker_age\): a new one takes"
    while len(re.findall(line, server.log.text)) < 5:
        assert server.ask("/pid").status == 200
    said = [
        "old" if re.search(line, text) else "new"
        for text in server.log.texts()
        if re.search(line + "|Booting worker", text)
    ]
    assert said[:3] == ["new"] * 3
    for one, next_one in zip(said[3:], said[4:], strict=False):
        assert one != next_one, f"two replacements at once: {said}"
    replaced = re.findall(line, server.log.text)
    assert len(set(replaced)) == len(replaced)
    assert "[ERROR]" not in server.log.text
    server.stop()


@pytest.mark.only("swiftcorn")
def test_a_boot_that_hangs_is_reported(start, directory):
    hang = directory / "hung"
    server = start("--worker-boot-timeout", "1", "weary:app", environment={"HANG": str(hang)})
    server.wait_until_listening()
    pid = server.wait_for_log(r"\[CRITICAL\] WORKER TIMEOUT \(pid:(\d+)\)$")[1]
    server.wait_for_log(rf"\[ERROR\] Worker \(pid:{pid}\) has not booted within \d+ seconds$")
    server.wait_for_log(r'weary\.py", line \d+ in boot$')
    assert server.ask("/pid").text != pid
    server.stop()


def test_a_boot_that_hangs_beyond_the_ordinary_timeout_is_reported(start, directory, differs):
    hang = directory / "hung"
    options = ("--timeout", "1", "--graceful-timeout", "1", "weary:app")
    server = start(*options, environment={"HANG": str(hang)})
    if differs("hanging-boot", gunicorn=False, swiftcorn=True):
        server.wait_for_log(r"\[CRITICAL\] WORKER TIMEOUT \(pid:\d+\)$")
        server.wait_for_log(r"\[ERROR\] Worker \(pid:\d+\) has not booted within \d+ seconds$")
        server.wait_for_log(r'weary\.py", line \d+ in boot$')
        assert server.ask("/pid").status == 200
    else:
        wait_until(hang.exists, "the boot hangs")
        seconds_pass(3)
        assert "TIMEOUT" not in server.log.text
    server.stop()


@pytest.mark.only("swiftcorn")
def test_a_boot_that_may_take_long(start):
    """The limit for boots stands in for `timeout`, which is shorter."""
    server = start(
        "--timeout", "3", "--worker-boot-timeout", "60", "weary:app", environment={"HANG": "5"}
    )
    server.wait_until_serving()
    assert server.ask("/pid").text == str(server.worker)
    assert "TIMEOUT" not in server.log.text
    server.stop()


@pytest.mark.parametrize("worker", ["sync", "gthread"])
def test_nobody_beats_for_a_worker_that_is_stuck_with_the_lock(start, differs, worker):
    """In C code that holds the GIL, while others may still be served by the guard."""
    server = start("-k", worker, "--threads", "2", "--timeout", "4", "weary:app")
    server.wait_until_serving()
    before = int(server.ask("/pid").text)
    with server.connect() as link:
        link.send(request_bytes("GET", "/stubborn"))
        server.wait_for_log("^NOTE stuck")
        if server.kind == "swiftcorn":
            assert server.ask("/", fields=[("Content-Length", "x")]).status == 400
        assert link.read_to_end() == b""
    server.wait_for_log(rf"\[CRITICAL\] WORKER TIMEOUT \(pid:{before}\)$")
    wait_until_process_ends(before)
    assert int(server.ask("/pid").text) != before
    assert bool(re.search(r"weary\.py|labour\.py", server.log.text)) == differs(
        "timeout-traceback", gunicorn=False, swiftcorn=True
    )
    server.stop()


def test_a_stuck_application_is_no_stuck_worker_of_threads(start, directory):
    """The heartbeat of gthread is the main thread's: one request may take longer than `timeout`."""
    server = start("-k", "gthread", "--threads", "2", "--timeout", "3", "weary:app")
    server.wait_until_serving()
    before = server.ask("/pid").text
    go = directory / "go"
    with server.connect() as one, server.connect() as other:
        for link in (one, other):
            link.send(request_bytes("GET", f"/until?{go}"))
        server.wait_for_log("^NOTE begun", count=2)
        seconds_pass(5)
        go.touch()
        assert {link.response().text for link in (one, other)} == {f"done by {before}"}
    assert "TIMEOUT" not in server.log.text
    server.stop()
