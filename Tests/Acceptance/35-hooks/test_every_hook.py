"""Every hook: in which process, in which order, and with what it is called."""

import os
import re
import signal

import pytest

from support.deadline import wait_until

IDLE = "True, 15.0, 1) own=True"
ALIVE = "(0, True, False, 15.0, 1)"
SERVER = "at ['http://127.0.0.1'] own=True)"

MASTER = f"""
nworkers_changed 1 None
on_starting server(1 of [] at [] own=True) 'recorder:app' 'recorder:app' 'Master'
when_ready server(1 of [] {SERVER} ['127.0.0.1:0'] [('127.0.0.1', 0)] 'WSGIApplication'
pre_fork server(1 of [] {SERVER} worker(1 booting {ALIVE} own=True mark 1)
nworkers_changed 2 1
pre_fork server(2 of [1] {SERVER} worker(2 booting {ALIVE} own=True mark 2)
nworkers_changed 1 2
child_exit server(1 of [2] {SERVER} worker(1 other {ALIVE} own=True mark 1)
nworkers_changed 1 1
on_reload server(1 of [2] {SERVER}
pre_fork server(1 of [2] {SERVER} worker(3 booting {ALIVE} own=True mark 3)
child_exit server(1 of [3] {SERVER} worker(2 other {ALIVE} own=True mark 2)
child_exit server(1 of [] {SERVER} worker(3 other {ALIVE} own=True mark 3)
pre_fork server(1 of [] {SERVER} worker(4 booting {ALIVE} own=True mark 4)
child_exit server(1 of [] {SERVER} worker(4 other {ALIVE} own=True mark 4)
pre_fork server(1 of [] {SERVER} worker(5 booting {ALIVE} own=True mark 5)
child_exit server(1 of [] at [] own=True) worker(5 other {ALIVE} own=True mark 5)
on_exit server(1 of [] at [] own=True)
"""

REQUEST = "(1, 1) {} ['HOST', 'X-TWO', 'X-TWO', 'CONNECTION'{}] [] 127.0.0.1)"
BEFORE = REQUEST.format("http", "")
AFTER = REQUEST.format("https", ", 'X-ADDED'")
ENVIRON = "environ(https ['HTTP_CONNECTION', 'HTTP_HOST', 'HTTP_X_ADDED', 'HTTP_X_TWO'])"
FIELDS = "('Content-Type', 'text/plain')"

FIRST_WORKER = f"""
post_fork server(1 of [] at ['http://127.0.0.1'] own=False) worker(1 own {ALIVE} own=True mark 1)
post_worker_init worker(1 own {ALIVE} own=True mark 1) 'app' True
pre_request worker(1 own (0, True, {IDLE} mark 1) request(GET /?a=b / a=b {BEFORE}
post_request worker(1 own (1, True, {IDLE} mark 1) request(GET /?a=b / a=b {AFTER} {ENVIRON} \
response(200 Fine 200 [{FIELDS}] 17 None True True) 1
pre_request worker(1 own (1, True, {IDLE} mark 1) request(GET /length /length  {BEFORE}
post_request worker(1 own (2, True, {IDLE} mark 1) request(GET /length /length  {AFTER} {ENVIRON} \
response(200 Fine 200 [{FIELDS}, ('Content-Length', '17')] 17 17 True False) 1
pre_request worker(1 own (2, True, {IDLE} mark 1) request(GET /fail /fail  {BEFORE}
post_request worker(1 own (3, True, {IDLE} mark 1) request(GET /fail /fail  {AFTER} {ENVIRON} \
response(None None [] 0 None False False) 1
worker_exit worker(1 own (3, False, {IDLE} mark 1)
"""

THIRD_WORKER = f"""
post_fork server(1 of [2] at ['http://127.0.0.1'] own=False) worker(3 own {ALIVE} own=True mark 3)
post_worker_init worker(3 own {ALIVE} own=True mark 3) 'app' True
worker_int worker(3 own (0, False, {IDLE} mark 3)
worker_exit worker(3 own (0, False, {IDLE} mark 3)
"""

FOURTH_WORKER = THIRD_WORKER.replace("3", "4").replace("[2]", "[]").replace("_int", "_abort")


def calls(server):
    file = server.directory / "calls"
    return file.read_text().splitlines() if file.exists() else []


def has_called(server, pattern):
    wait_until(
        lambda: any(re.search(pattern, one) for one in calls(server)),
        f"the hook {pattern}",
    )


def of_worker(lines, age):
    return [
        one.removeprefix("worker ")
        for one in lines
        if one.startswith("worker ") and f" mark {age})" in one
    ]


def live(server):
    """The whole life of a server: requests, more and fewer workers, a reload, deaths, the end."""
    server.wait_until_serving()
    for target in ("/?a=b", "/length", "/fail"):
        answer = server.ask(target, fields=[("X-Two", "1"), ("X-Two", "2")])
        assert target == "/fail" or answer.text == "https by the hook"
    server.signal(signal.SIGTTIN)
    has_called(server, r"post_worker_init worker\(2 ")
    server.signal(signal.SIGTTOU)
    has_called(server, r"child_exit .* worker\(1 ")
    server.signal(signal.SIGHUP)
    has_called(server, r"post_worker_init worker\(3 ")
    has_called(server, r"child_exit .* worker\(2 ")
    for age, number in ((3, signal.SIGQUIT), (4, signal.SIGABRT)):
        server.wait_for_workers(1)
        os.kill(server.worker, number)
        has_called(server, rf"child_exit .* worker\({age} ")
        has_called(server, rf"post_worker_init worker\({age + 1} ")
    server.stop()


#: The words around a message: the native log's, and those of a logger class.
LOGGERS = {
    "native": ((), "[{}] [{}]", "[{}]"),
    "class": (("--logger-class=loggers.MoreAtoms", "--access-logfile=-"), "<{}>", "<{}>"),
}


@pytest.mark.parametrize("logger", LOGGERS)
def test_every_hook_at_its_moment(start, logger):
    options, own, level = LOGGERS[logger]
    server = start("-c", "python:recorder", *options, "recorder:app")
    live(server)
    lines = calls(server)
    master = [one.removeprefix("master ") for one in lines if one.startswith("master ")]
    assert master == MASTER.strip().splitlines()
    assert of_worker(lines, 1) == FIRST_WORKER.strip().splitlines()
    assert of_worker(lines, 3) == THIRD_WORKER.strip().splitlines()
    assert of_worker(lines, 4) == FOURTH_WORKER.strip().splitlines()
    log = server.log.text
    words = own.format(*([server.pid] if logger == "native" else []), "INFO")
    assert f"{words} ready to fork 1\n" in log
    assert log.count(f"{level.format('WARNING')} forked ") == 5
    if logger == "class":
        assert not any(re.match(r"\[\d{4}-", line) for line in server.log.texts())
        assert re.findall(r'"GET (\S+) HTTP/1.1"', server.out.text) == ["/?a=b", "/length", "/fail"]
