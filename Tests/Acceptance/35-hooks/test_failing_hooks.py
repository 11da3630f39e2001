"""Hooks that raise, and hooks that ask for the end: what becomes of the server."""

import os
import re
import signal

import pytest

from support.client import request_bytes

CONFIG = """
from gunicorn.errors import HaltServer

pidfile = "server.pid"
graceful_timeout = 3

def {name}({parameters}):
    {condition}
    {statement}
"""

PARAMETERS = {
    "nworkers_changed": "server, new_value, old_value",
    "on_starting": "server",
    "when_ready": "server",
    "on_reload": "server",
    "on_exit": "server",
    "pre_fork": "server, worker",
    "post_fork": "server, worker",
    "child_exit": "server, worker",
    "worker_exit": "server, worker",
    "post_worker_init": "worker",
    "worker_int": "worker",
}

RAISES = "raise ValueError('as asked')"
SENTENCE = "raise RuntimeError('as asked')"
LEAVES = "raise SystemExit(7)"
HALTS = "raise HaltServer('as asked', 5)"
STOPS = "raise StopIteration"


@pytest.fixture
def failing(directory, start):
    """`failing(hook, statement)` starts a server with one hook, which does what is stated."""

    def starter(name, statement, condition="pass"):
        text = CONFIG.format(
            name=name, parameters=PARAMETERS[name], condition=condition, statement=statement
        )
        (directory / "conf.py").write_text(text)
        return start("-c", "conf.py", "labour:app")

    return starter


def ended(server):
    status = server.wait_for_exit()
    server.expect_no_process_left()
    return status


STARTING = {
    "the count, a failure": ("nworkers_changed", RAISES, 1, r"^ValueError: as asked$"),
    "starting, a sentence": ("on_starting", SENTENCE, 1, r"\n\nError: as asked\n\n"),
    "starting, an exit": ("on_starting", LEAVES, 7, "Starting gunicorn"),
    "ready, a failure": ("when_ready", RAISES, 1, r"^Traceback [^!]*^ValueError: as asked$"),
    "ready, a stray StopIteration": ("when_ready", STOPS, 1, r"^StopIteration$"),
}


@pytest.mark.parametrize("case", STARTING)
def test_a_hook_of_the_start_fails(failing, differs, case):
    name, statement, wanted, pattern = STARTING[case]
    server = failing(name, statement)
    assert ended(server) == wanted
    text = server.log.text
    assert re.search(pattern, text, re.MULTILINE), text
    assert "Booting worker" not in text and "Shutting down" not in text
    is_later = name != "nworkers_changed"
    left = differs("pid-file-after-failed-hook", gunicorn=is_later, swiftcorn=False)
    assert (server.directory / "server.pid").exists() == left


def test_a_hook_of_the_start_halts(failing, differs):
    server = failing("when_ready", HALTS)
    assert ended(server) == differs("halt-while-starting", gunicorn=1, swiftcorn=5)
    has_reason = "[ERROR] Reason: as asked" in server.log.text
    assert has_reason == differs("halt-while-starting", gunicorn=False, swiftcorn=True)


RUNNING = {
    "before a fork, a failure": ("pre_fork", RAISES, None, 255),
    "before a fork, a halt": ("pre_fork", HALTS, None, 5),
    "after a death, a failure": ("child_exit", RAISES, "worker", 255),
    "after a death, a halt": ("child_exit", HALTS, "worker", 5),
    "one worker more, a stop": ("nworkers_changed", STOPS, signal.SIGTTIN, 0),
    "a reload, a failure": ("on_reload", SENTENCE, signal.SIGHUP, 255),
}


@pytest.mark.parametrize("case", RUNNING)
def test_a_hook_of_the_master_ends_it(failing, case):
    name, statement, asked, wanted = RUNNING[case]
    condition = "if old_value is None: return" if name == "nworkers_changed" else "pass"
    server = failing(name, statement, condition)
    if asked is not None:
        server.wait_until_serving()
        server.ask()
        if asked == "worker":
            os.kill(server.worker, signal.SIGTERM)
        else:
            server.signal(asked)
    assert ended(server) == wanted
    text = server.log.text
    assert not (server.directory / "server.pid").exists()
    if wanted == 255:
        assert re.search(r"\[ERROR\] Unhandled exception in main loop\nTraceback ", text)
        assert "Shutting down" not in text
    else:
        assert "Shutting down: Master" in text
        assert ("[ERROR] Reason: as asked" in text) == (wanted == 5)


def test_a_hook_of_the_master_exits(failing, differs):
    server = failing("child_exit", LEAVES)
    server.wait_until_serving()
    server.ask()
    os.kill(server.worker, signal.SIGTERM)
    assert ended(server) == 7
    assert "Shutting down" not in server.log.text
    left = differs("exit-in-a-hook", gunicorn=True, swiftcorn=False)
    assert (server.directory / "server.pid").exists() == left


@pytest.mark.parametrize(
    ("statement", "status"),
    [(RAISES, 1), (SENTENCE, 1), (LEAVES, 7)],
    ids=["fails", "says", "exits"],
)
def test_the_last_hook(failing, statement, status):
    server = failing("on_exit", statement)
    server.wait_until_serving()
    server.ask()
    server.signal(signal.SIGTERM)
    assert ended(server) == status
    assert "[INFO] Shutting down: Master" in server.log.text
    assert ("\n\nError: as asked\n\n" in server.log.text) == (statement == SENTENCE)


@pytest.mark.parametrize("name", ["post_fork", "post_worker_init"])
def test_a_hook_of_a_worker_fails_at_boot(failing, name):
    server = failing(name, RAISES)
    assert ended(server) == 3
    text = server.log.text
    assert re.search(r"\[ERROR\] Exception in worker process\nTraceback ", text)
    assert re.search(r"^as asked$", text, re.MULTILINE)
    assert "[ERROR] Reason: Worker failed to boot." in text


def test_hooks_of_a_leaving_worker_fail(failing):
    server = failing("worker_int", RAISES)
    server.wait_until_serving()
    # It is idle again once it has closed the connection.
    with server.connect() as link:
        link.send(request_bytes("GET", "/pid", connection="close"))
        link.read_to_end()
    os.kill(server.worker, signal.SIGQUIT)
    server.wait_for_log(r"\[ERROR\] Worker \(pid:\d+\) exited with code 255\.$")
    server.wait_for_log(r"\[ERROR\] Exception in worker process$")
    server.stop()


def test_the_last_hook_of_a_worker_fails(failing):
    server = failing("worker_exit", RAISES)
    server.wait_until_serving()
    server.ask()
    os.kill(server.worker, signal.SIGTERM)
    server.wait_for_log(r"\[WARNING\] Exception during worker exit:$")
    server.wait_for_log(r"^ValueError: as asked$")
    server.wait_for_log("Booting worker", count=2)
    server.stop()


def test_a_worker_halts(failing, differs):
    server = failing("worker_exit", HALTS)
    server.wait_until_serving()
    server.ask()
    os.kill(server.worker, signal.SIGTERM)
    server.wait_for_log(r"\[ERROR\] Worker \(pid:\d+\) exited with code 5\.$")
    says = differs("halt-in-a-worker", gunicorn=True, swiftcorn=False)
    assert ("[ERROR] Shutting down: Master" in server.log.text) == says
    server.stop()


REQUESTS = """
def pre_request(worker, req):
    req.seen = True
    if req.path == "/before":
        raise ValueError("before")

def post_request(worker, req{more}):
    worker.log.info("after %s %s", req.path, req.seen)
    if req.path == "/after":
        raise ValueError("after")
"""


@pytest.mark.parametrize(
    "more", ["", ", environ", ", environ, resp"], ids=["two", "three", "four"]
)
def test_hooks_around_requests_fail(directory, start, more):
    (directory / "conf.py").write_text(REQUESTS.format(more=more))
    server = start("-c", "conf.py", "labour:app")
    server.wait_until_serving()
    assert server.ask("/pid").status == 200
    assert server.ask("/before").status == 500
    server.wait_for_log(r"\[ERROR\] Error handling request GET /before$")
    server.wait_for_log(r"\[INFO\] after /before True$")
    assert server.ask("/after").status in (200, 404)
    server.wait_for_log(r"\[ERROR\] Exception in post_request hook$")
    server.wait_for_log(r"^ValueError: after$")
    assert server.ask("/pid").status == 200
    server.stop()
