"""max_requests among several workers: a new one serves before the old one leaves."""

import re

import pytest

from support.deadline import wait_until_process_ends


def test_the_new_one_comes_before_the_old_one_goes(start, differs):
    server = start("-w", "2", "--max-requests", "5", "labour:app")
    server.wait_until_serving(workers=2)
    server.ask()
    mark = server.log.mark()
    spent = None
    for _ in range(50):
        assert server.ask().status == 200
        found = [line for line in server.log.texts(mark) if "Autorestarting worker" in line]
        if found:
            spent = re.findall(r"\[(\d+)\]", found[0])[0]
            break
    server.wait_for_log(rf"Worker exiting \(pid: {spent}\)", since=mark)
    server.wait_for_log("Booting worker", since=mark)
    lines = server.log.texts(mark)
    left = next(n for n, line in enumerate(lines) if f"Worker exiting (pid: {spent})" in line)
    came = next(n for n, line in enumerate(lines) if "Booting worker" in line)
    is_there_before = came < left
    assert is_there_before == differs("successor-first", gunicorn=False, swiftcorn=True)
    server.stop()


@pytest.mark.only("swiftcorn")
def test_never_all_at_once(start, directory):
    """All of them are due, and no successor can boot: they serve on (Gunicorn's do not)."""
    (directory / "slow.py").write_text(
        "import os, time\n"
        "while os.path.exists('later') and not os.path.exists('go'):\n"
        "    time.sleep(0.005)\n"
        "from labour import app\n"
    )
    server = start("-w", "3", "--max-requests", "2", "slow:app")
    server.wait_until_serving(workers=3)
    server.ask()
    server.wait_for_workers(3)
    old = server.workers
    (directory / "later").touch()
    assert [server.ask().status for _ in range(60)] == [200] * 60
    (directory / "go").touch()
    found = server.wait_for_log(r"\[(\d+)\] \[INFO\] Autorestarting worker")
    assert int(found[1]) in old
    wait_until_process_ends(int(found[1]))
    assert server.ask().status == 200
    server.stop()
