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


def test_methods_that_answer_requests(start, directory):
    hooks = (
        "def pre_request(worker, req):\n"
        "    worker.log.info('pre %s %s', req.path, len(req.headers))\n"
        "def post_request(worker, req, environ, resp):\n"
        "    worker.log.info('post %s %s', req.path, getattr(resp, 'status', None))\n"
    )
    (directory / "gunicorn.conf.py").write_text(hooks)
    server = start("-k", "workshop.RequestWorker", "workshop:showing")
    server.wait_until_serving()
    server.wait_for_log("Booting worker")
    assert server.ask("/x").text == "somebody 1"
    assert server.ask("/raise").status == 500
    assert server.ask("/raw").text == "raw"
    with server.connect() as link:
        assert link.send(request_bytes("GET", "/silent")).read_to_end() == b""
    for number, line in (
        (signal.SIGUSR2, "told by user2"),
        (signal.SIGUSR1, "told by usr1"),
        (signal.SIGTERM, "leaving True"),
    ):
        os.kill(server.worker, number)
        server.wait_for_log(line)
        # One that is told again while its handler still writes the line fails in the middle of it.
        if number != signal.SIGTERM:
            assert server.ask("/x").status == 200
    server.wait_for_log("Booting worker", count=2)
    server.stop()
    said = [re.sub(r".*\] ", "", one) for one in server.log.texts()]
    first = said[: said.index("told by user2")]
    assert [one for one in first if re.match("handl|seen|error|pre|post", one)] == [
        "handling GET /x from 127.0.0.1 True",
        "pre /x 3",
        "post /x 200 OK",
        "handled 1",
        "handling GET /raise from 127.0.0.1 True",
        "pre /raise 3",
        "post /raise None",
        "seen as asked",
        "handled 2",
        "error at /raise: as asked",
        "error handled",
        "handling GET /raw from 127.0.0.1 True",
        "handling GET /silent from 127.0.0.1 True",
    ]
    assert first.count("Error handling request GET /raise") == 1


def test_a_worker_that_is_told_to_leave_while_its_class_sets_handlers(start, directory):
    (directory / "told.py").write_text(
        "import os, pathlib, signal\n"
        "from gunicorn.workers.sync import SyncWorker\n"
        "from hello import app\n"
        "class Told(SyncWorker):\n"
        "    def init_signals(self):\n"
        "        super().init_signals()\n"
        "        if not pathlib.Path('told').exists():\n"
        "            pathlib.Path('told').touch()\n"
        "            os.kill(os.getpid(), signal.SIGTERM)\n"
    )
    server = start("-k", "told.Told", "told:app")
    server.wait_for_log("Booting worker", count=2)
    server.wait_until_serving()
    assert server.ask().text == "hello\n"
    server.stop()


def test_methods_that_answer_requests_on_threads(start):
    server = start("-k", "workshop.RequestThreads", "--threads", "2", "workshop:showing")
    server.wait_until_serving()
    for _ in range(3):
        assert server.ask("/x").text == "somebody None"
    assert server.ask("/raise").status == 500
    server.stop()
    assert server.log.text.count("[INFO] handling /x from 127.0.0.1\n") == 3
    assert server.log.text.count("[ERROR] Error handling request GET /raise\n") == 1


@pytest.mark.parametrize("how", ["subclass", "replaced"])
def test_the_method_around_a_request(start, directory, how):
    """A config file may also put another method into the server's own class."""
    options = {"subclass": ("-k", "workshop.ReplacedHandle"), "replaced": ()}
    if how == "replaced":
        (directory / "gunicorn.conf.py").write_text(
            "from gunicorn.workers.sync import SyncWorker\n"
            "original = SyncWorker.handle\n"
            "def around(self, listener, client, addr):\n"
            "    self.log.info('before')\n"
            "    original(self, listener, client, addr)\n"
            "    self.log.info('after')\n"
            "SyncWorker.handle = around\n"
        )
    server = start(*options[how], "workshop:app")
    server.wait_until_serving()
    assert server.ask("/x").text == "path /x"
    server.wait_for_log("after$")
    server.stop()
    assert server.log.text.count("[INFO] before\n") == 1


def test_methods_that_take_connections_are_not_called(start, directory, differs):
    (directory / "taking.py").write_text(
        "from gunicorn.workers.sync import SyncWorker\n"
        "class Taking(SyncWorker):\n"
        "    def accept(self, listener):\n"
        "        self.log.info('taking')\n"
        "        super().accept(listener)\n"
    )
    server = start("-k", "taking.Taking", "workshop:app")
    server.wait_until_serving()
    assert server.ask("/x").text == "path /x"
    server.stop()
    line = differs(
        "request-methods-of-workers",
        gunicorn="[INFO] taking\n",
        swiftcorn="[WARNING] Taking.accept is not called: connections are taken by the core\n",
    )
    assert line in server.log.text


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
