"""One store for all workers of a server, for as long as its master lives."""

import os
import signal
from contextlib import ExitStack

import pytest

from support.client import request_bytes
from support.deadline import wait_until
from support.monitor import Monitor
from support.server import free_port

pytestmark = pytest.mark.only("swiftcorn")  # Gunicorn has no store.


def test_workers_share_it_and_it_outlives_them(start, ask):
    """Also a reload, and a worker that is killed; it is as old as the master."""
    server = start("-w", "2", "sharing:app")
    server.wait_until_serving(workers=2)
    wait_until(lambda: ask(server, "get", "imports") == 2, "both have imported the application")
    ask(server, "set", "kept", "from the first")
    ask(server, "set", "short", 1, 3600)
    mark = server.log.mark()
    server.signal(signal.SIGHUP)
    # The old ones are gone, the new ones have imported the application.
    server.wait_for_log("Worker exiting", count=2, since=mark)
    wait_until(lambda: ask(server, "get", "imports") == 4, "the new ones have imported it too")
    assert ask(server, "get", "kept") == "from the first"
    assert ask(server, "get", "short") == 1
    victim = ask(server, "pid")
    mark = server.log.mark()
    os.kill(victim, signal.SIGKILL)
    server.wait_for_log("Booting worker", since=mark)
    assert ask(server, "get", "kept") == "from the first"
    assert ask(server, "stats")["entries_limit"] == 65536
    server.stop()


def test_what_is_preloaded_uses_it_before_the_first_fork(start, ask):
    server = start("-w", "2", "--preload", "sharing:app")
    server.wait_until_serving(workers=2)
    assert ask(server, "get", "imports") == 1
    assert ask(server, "get", "first importer") == server.pid
    server.stop()


def test_workers_and_their_threads_count_together(start, ask):
    """Several at once, and not one count is lost."""
    server = start("-w", "2", "--threads", "2", "sharing:app")
    server.wait_until_serving(workers=2)
    workers = set()
    asked = 0
    while asked < 20 or len(workers) < 2:
        with ExitStack() as stack:
            links = [stack.enter_context(server.connect()) for _ in range(4)]
            for link in links:
                link.send(request_bytes("GET", "/count", connection="close"))
            workers |= {link.response().text for link in links}
            asked += len(links)
    assert ask(server, "get", "sum") == 100 * asked
    server.stop()


def test_its_size_is_a_setting(start, ask, directory):
    """A reload goes on with the store that there is, and says so."""
    config = directory / "gunicorn.conf.py"
    config.write_text("shared_memory = '64K'\nshared_entries = 10\n")
    server = start("sharing:app")
    server.wait_until_serving()
    for number in range(50):
        ask(server, "set", f"k{number}", number)
    stats = ask(server, "stats")
    assert stats["entries"] == stats["entries_limit"] == 10
    assert stats["value_limit"] == 16384
    assert stats["evictions"] == 42  # Two came from the import.
    config.write_text("shared_memory = '1M'\nshared_entries = 10\n")
    server.signal(signal.SIGHUP)
    server.wait_for_log("shared_memory and shared_entries change with a restart, not with a reload")
    assert ask(server, "stats")["value_limit"] == 16384
    server.stop()


def test_it_can_be_switched_off(start):
    server = start("--shared-memory", "0", "sharing:app")
    server.wait_for_log("RuntimeError: there is no shared store: the setting shared_memory is 0")
    server.wait_for_exit()


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("63K", "shared_memory must be 0, or from 64K to 64G, not 64512"),
        ("65G", "shared_memory must be 0, or from 64K to 64G, not 69793218560"),
        ("much", "shared_memory must be bytes, as in 16M, not 'much'"),
    ],
)
def test_a_size_that_makes_no_sense_is_refused(command, value, sentence):
    done = command("--shared-memory", value, "hello:app")
    assert done.status == 1
    assert sentence in done.err


def test_what_happens_in_it_is_among_the_metrics(start, ask):
    port = free_port()
    server = start("--health-bind", f"127.0.0.1:{port}", "--shared-entries", "5", "sharing:app")
    watched = Monitor(server, port).wait_until_ready()
    for number in range(8):
        ask(server, "set", f"k{number}", number)
    ask(server, "get", "k7")
    ask(server, "get", "nowhere")
    ask(server, "incr", "k7", 5)
    found = watched.metrics()
    assert found["swiftcorn_shared_entries"] == found["swiftcorn_shared_entries_limit"] == 5
    assert found["swiftcorn_shared_used_bytes"] == 5 * 128
    assert found["swiftcorn_shared_limit_bytes"] > 10 << 20
    assert found['swiftcorn_shared_reads_total{result="hit"}'] == 1
    assert found['swiftcorn_shared_reads_total{result="miss"}'] == 1
    # Two by the import, eight set, one added to.
    assert found["swiftcorn_shared_writes_total"] == 11
    assert found['swiftcorn_shared_removals_total{cause="room"}'] == 5
    assert found['swiftcorn_shared_removals_total{cause="expiry"}'] == 0
    assert found["swiftcorn_shared_recoveries_total"] == 0
    server.stop()


def test_memory_is_taken_when_it_is_used_and_not_before(start, ask):
    """As the kernel tells of the mapping: it is the only one of that size."""
    server = start("--shared-memory", "48M", "hello:app")
    server.wait_until_serving()
    server.ask()
    assert resident(server.worker) == resident(server.pid) == 0
    server.stop()
    server = start("--shared-memory", "48M", "sharing:app")
    server.wait_until_serving()
    before = resident(server.worker)
    ask(server, "fill", 300_000)
    assert before < 200
    assert 290 < resident(server.worker) < 800
    server.stop()


def resident(pid):
    """Kilobytes of the store that a process has touched."""
    size = 48 * 1024 + 4
    found = None
    with open(f"/proc/{pid}/smaps") as maps:
        for line in maps:
            name, _, rest = line.partition(":")
            if name == "Size":
                found = int(rest.split()[0]) == size
            if name == "Rss" and found:
                return int(rest.split()[0])
    raise AssertionError("there is no such mapping")
