"""Workers written in Python: one's own, and those of `uvicorn-worker` and `uvicorn`."""

import os
import re
import signal

import pytest

from support.client import request_bytes
from support.settings import without_explanation


def lines(server, since=0):
    """What is logged, each line once (workers interleave), without the control socket's."""
    found = server.masked_log(since)
    return [one for one in found if one.startswith("[TIME]") and "Control socket" not in one]


def test_a_worker_of_ones_own(start):
    server = start("-k", "workshop.TinyWorker", "--max-requests", "3", "workshop:app")
    server.wait_until_serving()
    server.wait_for_log(r"running True True$")
    first = server.worker
    assert server.ask("/one").text == "path /one"
    server.signal(signal.SIGUSR1)
    server.wait_for_log("Handling signal: usr1")
    server.signal(signal.SIGTTIN)
    server.wait_for_log(r"running True True$", count=2)
    os.kill(first, signal.SIGTERM)
    server.wait_for_log("left after 1$")
    server.wait_for_log(r"running True True$", count=3)
    for number in range(4):
        assert server.ask(f"/{number}").text == f"path /{number}"
    server.stop()
    text = server.log.text
    assert "[INFO] Using worker: workshop.TinyWorker\n" in text
    assert "[INFO] checked workshop.TinyWorker with 1000\n" in text
    assert re.search(
        r"born \(1, 15\.0, None, 3, True\) at \['http://127\.0\.0\.1'\], \[True\]", text
    )
    assert text.count("asked to leave") >= 2


@pytest.mark.parametrize(
    "given",
    ["worker_class = workshop.TinyWorker", "def worker_class(): return workshop.TinyWorker"],
    ids=["a class", "a function"],
)
def test_a_class_in_the_config_file(directory, start, given):
    (directory / "gunicorn.conf.py").write_text(f"import workshop\n{given}\n")
    server = start("workshop:app")
    server.wait_until_serving()
    server.wait_for_log(r"running True True$")
    assert server.ask("/x").text == "path /x"
    assert "[INFO] Using worker: TinyWorker\n" in server.log.text
    server.stop()


def test_one_that_hangs_is_ended(start):
    server = start("-k", "workshop.TinyWorker", "--timeout", "1", "workshop:app")
    server.wait_until_serving()
    server.wait_for_log(r"running True True$")
    first = server.worker
    with server.connect() as link:
        link.send(request_bytes("GET", "/hang"))
        server.wait_for_log(rf"\[CRITICAL\] WORKER TIMEOUT \(pid:{first}\)$")
        server.wait_for_log(r"aborted$")
    server.wait_for_log(r"running True True$", count=2)
    assert server.ask("/next").text == "path /next"
    server.stop()


@pytest.mark.parametrize(
    ("name", "status"), [("FailingWorker", 255), ("DeafWorker", 3)], ids=["serving", "booting"]
)
def test_one_that_fails(start, name, status):
    server = start("-k", f"workshop.{name}", "workshop:app")
    server.wait_for_log(r"\[ERROR\] Exception in worker process$")
    server.wait_for_log(rf"\[ERROR\] Worker \(pid:\d+\) exited with code {status}\.$")
    if status == 255:
        server.wait_for_log("Booting worker", count=2)
        server.signal(signal.SIGTERM)
    assert server.wait_for_exit() == (0 if status == 255 else 3)


def test_no_application_for_it(start):
    server = start("-k", "workshop.TinyWorker", "workshop:none")
    assert server.wait_for_exit() == 4
    assert "\nFailed to find attribute 'none' in 'workshop'.\n" in server.log.text


def test_no_such_module(command):
    finished = command("-b", "127.0.0.1:0", "-k", "nowhere.Nobody", "workshop:app")
    assert finished.status == 1
    pattern = (
        r"^\nError: class uri 'nowhere\.Nobody' invalid or not found: \n\n\[Traceback "
        r"[^!]*ModuleNotFoundError: No module named 'nowhere'\n\]\n\n$"
    )
    assert re.search(pattern, without_explanation(finished.err)), finished.err


def test_no_such_class(command, differs):
    finished = command("-b", "127.0.0.1:0", "-k", "workshop.Nobody", "workshop:app")
    status, pattern = differs(
        "class-not-in-its-module",
        gunicorn=(255, "TypeError: 'str' object is not callable"),
        swiftcorn=(1, r"Error: class uri 'workshop\.Nobody' invalid or not found: \n\n\[Trace"),
    )
    assert finished.status == status
    assert re.search(pattern, finished.err), finished.err


def test_the_servers_own_with_more(start):
    server = start("-k", "workshop.NotingWorker", "workshop:app")
    server.wait_until_serving()
    server.wait_for_log("set up 1$")
    assert server.ask("/x").text == "path /x"
    os.kill(server.worker, signal.SIGQUIT)
    server.wait_for_log("quitting True$")
    server.wait_for_log("set up 2$")
    assert server.ask("/y").text == "path /y"
    server.stop()


def test_its_requests_are_the_cores(start, differs):
    server = start("-k", "workshop.RequestWorker", "workshop:app")
    server.wait_until_serving()
    assert server.ask("/x").text == "path /x"
    warning = "RequestWorker.handle_request is not called: requests are read and answered"
    line = differs(
        "request-methods-of-workers",
        gunicorn="[INFO] handling /x",
        swiftcorn=f"[WARNING] {warning}",
    )
    assert line in server.log.text
    server.stop()


@pytest.mark.parametrize(
    "name", ["uvicorn_worker.UvicornWorker", "uvicorn.workers.UvicornWorker"]
)
def test_the_workers_of_uvicorn(start, name):
    server = start("-k", name, "--access-logfile", "-", "workshop:asgi")
    server.wait_until_serving()
    server.wait_for_log("Application startup complete", count=1)
    first = server.worker
    assert server.ask("/one").text == "path /one"
    server.signal(signal.SIGHUP)
    server.wait_for_log("Application startup complete", count=2)
    server.wait_for_log(rf"\[INFO\] Worker \(pid:{first}\) was sent SIGTERM!$")
    assert server.ask("/two").text == "path /two"
    os.kill(server.worker, signal.SIGINT)
    server.wait_for_log(r"\[WARNING\] Worker \(pid:\d+\) was sent SIGINT!$")
    server.wait_for_log("Application startup complete", count=3)
    assert server.ask("/three").text == "path /three"
    server.stop()
    assert f"[INFO] Using worker: {name}\n" in server.log.text
    assert re.search(r'127\.0\.0\.1:\d+ - "GET /three HTTP/1\.1" 200', server.out.text)
    assert server.log.text.count("[INFO] Application shutdown complete.") == 3
