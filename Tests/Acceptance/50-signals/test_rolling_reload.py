"""--reload-batch: a reload in batches (ours only); and what a reload never does."""

import re
import signal

import pytest

from support.deadline import wait_until, wait_until_process_ends
from support.processes import is_alive

#: Counts its imports in the folder, and fails at the one whose number stands in the file `fails`.
COUNTING = """
import os
number = 1
while True:
    try:
        os.close(os.open(f"import-{number}", os.O_CREAT | os.O_EXCL))
        break
    except FileExistsError:
        number += 1
if os.path.exists("fails") and number == int(open("fails").read()):
    raise RuntimeError("this one fails")
from labour import app
"""

pytestmark = pytest.mark.only("swiftcorn")


def comings_and_goings(server, since):
    """`B` for each worker that boots, `E` for each that leaves, in their order."""
    words = {"Booting worker": "B", "Worker exiting": "E"}
    lines = server.log.texts(since)
    return "".join(found for line in lines for words_, found in words.items() if words_ in line)


def test_one_after_the_other(start):
    """As many as the batch come, then as many go, and never are there more."""
    server = start("-w", "4", "--reload-batch", "1", "labour:app")
    server.wait_until_serving(workers=4)
    server.ask()
    old, mark = server.workers, server.log.mark()
    server.signal(signal.SIGHUP)
    for worker in old:
        wait_until_process_ends(worker)
    server.wait_for_log("Worker exiting", count=4, since=mark)
    assert comings_and_goings(server, mark) == "BEBEBEBE"
    assert server.ask().status == 200
    server.stop()


def test_a_batch_of_two_and_more_workers_than_before(start, directory):
    config = directory / "gunicorn.conf.py"
    config.write_text("workers = 2\nreload_batch = 2\n")
    server = start("labour:app")
    server.wait_until_serving(workers=2)
    server.ask()
    old, mark = server.workers, server.log.mark()
    config.write_text("workers = 5\nreload_batch = 2\n")
    server.signal(signal.SIGHUP)
    for worker in old:
        wait_until_process_ends(worker)
    server.wait_for_workers(5)
    assert comings_and_goings(server, mark) == "BBEEBBB"
    server.stop()


def test_the_first_batch_fails(start, directory):
    """Nobody has left, and nobody does."""
    (directory / "counting.py").write_text(COUNTING)
    (directory / "fails").write_text("4")
    server = start("-w", "3", "--reload-batch", "1", "counting:app")
    server.wait_until_serving(workers=3)
    server.ask()
    wait_until(lambda: (directory / "import-3").exists(), "three imports")
    old, mark = server.workers, server.log.mark()
    server.signal(signal.SIGHUP)
    server.wait_for_log("Reload failed, the old workers go on serving", since=mark)
    assert all(is_alive(worker) for worker in old)
    # The next one succeeds, since the fault was the fourth import's alone.
    server.signal(signal.SIGHUP)
    for worker in old:
        wait_until_process_ends(worker)
    assert server.ask().status == 200
    server.stop()


def test_a_later_batch_fails(start, directory):
    """Once a batch serves there is no way back: a boot that fails is tried again."""
    (directory / "counting.py").write_text(COUNTING)
    (directory / "fails").write_text("5")
    server = start("-w", "3", "--reload-batch", "1", "counting:app")
    server.wait_until_serving(workers=3)
    server.ask()
    wait_until(lambda: (directory / "import-3").exists(), "three imports")
    old, mark = server.workers, server.log.mark()
    server.signal(signal.SIGHUP)
    for worker in old:
        wait_until_process_ends(worker)
    server.wait_for_workers(3)
    assert "RuntimeError: this one fails" in server.log.text
    assert "Reload failed" not in server.log.text
    assert comings_and_goings(server, mark).count("B") == 4
    server.stop()


def test_another_hup_ends_a_reload_that_cannot_end(start, directory):
    """All workers of the later batches fail; the mended application takes over."""
    changing = directory / "changing.py"
    changing.write_text(
        "import os\n"
        "if os.path.exists('second') or os.path.exists('broken'):\n"
        "    open('second', 'w').close() if not os.path.exists('broken') else None\n"
        "    if os.path.exists('broken'): raise RuntimeError('broken')\n"
        "    os.rename('second', 'broken')\n"
        "from labour import app\n"
        "open(f'imported-{os.getpid()}', 'w').close()\n"
    )
    server = start("-w", "2", "--reload-batch", "1", "changing:app")
    server.wait_until_serving(workers=2)
    wait_until(lambda: len(list(directory.glob("imported-*"))) == 2, "two workers have booted")
    old, mark = server.workers, server.log.mark()
    # The first import from here on succeeds, each later one fails.
    (directory / "second").touch()
    server.signal(signal.SIGHUP)
    server.wait_for_log("^RuntimeError: broken", count=2, since=mark)
    (directory / "broken").unlink()
    server.signal(signal.SIGHUP)
    for worker in old:
        wait_until_process_ends(worker)
    server.wait_for_workers(2)
    assert re.search("Hang up: Master", "\n".join(server.log.texts(mark)))
    assert server.ask().status == 200
    server.stop()
