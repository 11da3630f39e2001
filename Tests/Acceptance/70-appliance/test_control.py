"""The control socket, asked by its protocol: the same questions to both servers."""

import json
import os
import signal
import stat
from contextlib import suppress

import pytest

from support import processes
from support.control import HEAD, Control, Link, framed
from support.deadline import wait_until, wait_until_process_ends

GUNICORNS = [
    "show all", "show workers", "show dirty", "show config", "show stats", "show listeners",
    "worker add [N]", "worker remove [N]", "worker kill <PID>", "dirty add [N]",
    "dirty remove [N]", "reload", "reopen", "shutdown [graceful|quick]", "help",
]  # fmt: skip
OURS = ["status", "health", "scale <N>", "log-level <LEVEL>", "drain"]

#: Commands that are none, and Gunicorn's words for that.
MISTAKES = {
    "": "Empty command",
    "   ": "Empty command",
    "dance": "Invalid argument: Unknown command: dance",
    "DANCE": "Invalid argument: Unknown command: dance",
    "show": "Invalid argument: Missing show target (all|workers|dirty|config|stats|listeners)",
    "show me": "Invalid argument: Unknown show target: me",
    "worker": "Invalid argument: Missing worker action (add|remove|kill)",
    "worker drop": "Invalid argument: Unknown worker action: drop",
    "worker kill": "Invalid argument: Missing PID for worker kill",
    "worker kill me": "Invalid argument: invalid literal for int() with base 10: 'me'",
    "worker add two": "Invalid argument: invalid literal for int() with base 10: 'two'",
    "dirty": "Invalid argument: Missing dirty action (add|remove)",
    "dirty drop": "Invalid argument: Unknown dirty action: drop",
    "dirty add x": "Invalid argument: invalid literal for int() with base 10: 'x'",
    "show 'all": "Invalid argument: No closing quotation",
    "show all\\": "Invalid argument: No escaped character",
}


@pytest.fixture
def controlled(start, directory):
    """Starts a server with a control socket, and waits until it answers there."""

    def starter(*arguments, application="hello:app", workers=2, **options):
        path = directory / "c.ctl"
        place = () if "--control-socket" in arguments else ("--control-socket", str(path))
        server = start(*place, "-w", str(workers), *arguments, application, **options)
        server.wait_until_serving(workers)
        return server, Control(path).wait_until_there()

    return starter


def test_what_is_shown(controlled, directory, differs):
    server, control = controlled("--bind", f"unix:{directory}/s.sock", "--threads", "1")
    booted = differs("gunicornc-booted", gunicorn=False, swiftcorn=True)
    wait_until(
        lambda: all(one["booted"] == booted for one in control.data("show workers")["workers"]),
        "the workers have booted",
    )
    shown = control.data("show workers")
    assert list(shown) == ["workers", "count"] and shown["count"] == 2
    workers = [one.pop("pid") for one in shown["workers"]]
    assert sorted(workers) == sorted(server.workers)
    assert all(0 <= one.pop("last_heartbeat") < 60 for one in shown["workers"])
    assert shown["workers"] == [
        {"age": age, "booted": booted, "aborted": False} for age in (1, 2)
    ]

    whole = control.data("show all")
    assert all(0 <= one.pop("last_heartbeat") < 60 for one in whole["web_workers"])
    assert json.dumps(whole) == json.dumps(
        {
            "arbiter": {"pid": server.pid, "type": "arbiter", "role": "master"},
            "web_workers": [
                {"pid": pid, "type": "web", "age": age, "booted": booted}
                for age, pid in enumerate(workers, 1)
            ],
            "web_worker_count": 2,
            "dirty_arbiter": None,
            "dirty_workers": [],
            "dirty_worker_count": 0,
        }
    )

    statistics = control.data("show stats")
    assert 0 < statistics.pop("uptime") < 1000
    assert json.dumps(statistics) == json.dumps(
        {
            "pid": server.pid,
            "workers_current": 2,
            "workers_target": 2,
            "workers_spawned": 2,
            "workers_killed": 0,
            "reloads": 0,
            "dirty_arbiter_pid": None,
        }
    )

    listeners = control.data("show listeners")
    assert all(isinstance(one.pop("fd"), int) for one in listeners["listeners"])
    assert json.dumps(listeners) == json.dumps(
        {
            "listeners": [
                {"address": f"http://127.0.0.1:{server.port}", "type": "tcp"},
                {"address": f"unix:{directory}/s.sock", "type": "unix"},
            ],
            "count": 2,
        }
    )
    assert json.dumps(control.data("show dirty")) == json.dumps(
        {"enabled": False, "pid": None, "workers": [], "apps": []}
    )
    commands = differs("control-commands", gunicorn=GUNICORNS, swiftcorn=GUNICORNS + OURS)
    assert list(control.data("help")["commands"]) == commands
    server.stop()


@pytest.mark.parametrize("worker_class", ["sync", "gthread"])
def test_the_settings_that_are_shown(controlled, directory, worker_class):
    server, control = controlled(
        "-k", worker_class, "--timeout", "7", "--max-requests", "9", "--name", "n", workers=1
    )
    classes = {"sync": "sync.SyncWorker", "gthread": "gthread.ThreadWorker"}
    assert json.dumps(control.data("show config")) == json.dumps(
        {
            "bind": ["127.0.0.1:0"],
            "workers": 1,
            "worker_class": f"<class 'gunicorn.workers.{classes[worker_class]}'>",
            "threads": 1,
            "timeout": 7,
            "graceful_timeout": 30,
            "keepalive": 2,
            "max_requests": 9,
            "max_requests_jitter": 0,
            "worker_connections": 1000,
            "preload_app": False,
            "daemon": False,
            "pidfile": None,
            "proc_name": "n",
            "reload": False,
            "dirty_workers": 0,
            "dirty_apps": [],
            "dirty_timeout": 300,
            "control_socket": str(directory / "c.ctl"),
            "control_socket_disable": False,
        }
    )
    server.stop()


def test_mistakes_and_what_is_no_message(controlled, differs):
    server, control = controlled()
    for command, words in MISTAKES.items():
        assert control.ask(command, id=command) == {
            "id": command,
            "status": "error",
            "error": words,
        }
    # Whatever the answer is to be recognised by comes back.
    for mark in (0, None, "x", 1.5, True, [1, {"a": []}], {"b": "\u00e9\n"}):
        assert control.ask("show dirty", id=mark)["id"] == mark
    assert control.data("worker", "kill", 1) == {"success": False, "error": "Worker 1 not found"}
    for action in ("add", "remove"):
        assert control.data("dirty", action, 2) == {
            "success": False,
            "error": "Dirty arbiter not running",
        }
    harmful = [b"{", b"[]", b"1", b'{"command": 1}', b"\xff\xfe", b""]
    for content in harmful:
        with Link(control.path) as link:
            link.send(HEAD.pack(len(content)) + content)
            assert link.answer() is None, content
    with Link(control.path) as link:
        link.send(b"GET / HTTP/1.1\r\n\r\n")
        assert link.answer() is None
    # More than anybody has to say, though it makes sense.
    with Link(control.path) as link:
        link.send(framed({"id": 1, "command": "help", "args": [], "more": "x" * 65536}))
        answers = differs("control-request-size", gunicorn=True, swiftcorn=False)
        assert (link.answer() is not None) == answers
    assert control.data("show stats")["workers_current"] == 2
    server.stop()


def test_requests_in_a_row_and_in_pieces(controlled):
    server, control = controlled(workers=1)
    wait_until(lambda: whole_conversation(control), "a connection that is not dropped")
    server.stop()


def whole_conversation(control):
    """Many requests over one connection; False where Gunicorn forked meanwhile."""
    with Link(control.path) as link:
        for number in range(1, 6):
            link.send(framed({"id": number, "command": "show dirty", "args": []}))
        text = framed({"id": 6, "command": "show", "args": ["listeners"]})
        for position in range(len(text)):
            link.send(text[position : position + 1])
        answers = [link.answer() for _ in range(6)]
    if None in answers:
        return False
    assert [answer["id"] for answer in answers] == [1, 2, 3, 4, 5, 6]
    assert list(answers[5]["data"]) == ["listeners", "count"]
    return True


def changed(kind, control, command, *arguments):
    """Has something changed; the data of the answer.

    Gunicorn may end before it has answered: None then.
    """
    answer = control.once(command, *arguments)
    assert answer is not None or kind == "gunicorn"
    return answer and answer["data"]


# Gunicorn answers from a thread, beside which it forks: now and then a worker of its comes to
# life with a lock that nobody will open, and is not there for as long as the timeout. So the next
# two are not asked of it; its answers, as it has given them, are what ours are held to.


@pytest.mark.only("swiftcorn")
def test_workers_come_and_go(kind, controlled):
    server, control = controlled("--graceful-timeout", "3")

    def wait_for(count, without=()):

        def living():
            return [one["pid"] for one in control.data("show workers")["workers"]]

        wait_until(lambda: len(living()) == count and not {*living()} & {*without}, f"{count}")
        assert control.data("show stats")["workers_target"] == count
        server.wait_for_workers(count)

    victim = server.workers[0]
    answer = changed(kind, control, "worker kill", victim)
    assert answer == {"success": True, "killed": victim}
    wait_until_process_ends(victim)
    wait_for(2, without=[victim])
    answer = changed(kind, control, "worker add", 2)
    assert answer == {"added": 2, "previous": 2, "total": 4}
    wait_for(4)
    answer = changed(kind, control, "worker", "remove")
    assert answer == {"removed": 1, "previous": 4, "total": 3}
    wait_for(3)
    answer = changed(kind, control, "worker remove 99")
    assert answer == {"removed": 2, "previous": 3, "total": 1}
    wait_for(1)
    statistics = control.data("show stats")
    # Two at first, one for the victim, two more. Three were told to end, some twice.
    assert statistics["workers_spawned"] == 5 and statistics["workers_killed"] >= 3
    server.stop()


@pytest.mark.only("swiftcorn")
def test_commands_do_what_signals_do(kind, controlled, directory):
    server, control = controlled(
        "--access-logfile", "access.log", "--graceful-timeout", "3", workers=1
    )
    former = server.worker
    assert changed(kind, control, "reload") == {"status": "reloading"}
    server.wait_for_log("Handling signal: hup$")
    wait_until_process_ends(former)
    assert control.data("show stats")["reloads"] == 1
    log = directory / "access.log"
    log.rename(directory / "moved.log")
    assert changed(kind, control, "reopen") == {"status": "reopening"}
    server.wait_for_log("Handling signal: usr1$")
    wait_until(log.exists, "another file")
    answer = changed(kind, control, "shutdown")
    assert answer == {"status": "shutting_down", "mode": "graceful"}
    server.wait_for_log("Handling signal: term$")
    server.expect_clean_exit()


def test_a_quick_stop(kind, controlled):
    server, control = controlled()
    answer = changed(kind, control, "shutdown quick")
    assert answer in (None, {"status": "shutting_down", "mode": "quick"})
    server.expect_clean_exit()
    assert "Handling signal: int\n" in server.log.text


def test_the_socket_is_its_owners_alone(start, directory, differs):
    path = directory / "new" / "deep" / "c.ctl"
    server = start("--control-socket", "new/deep/c.ctl", "hello:app")
    control = Control(path).wait_until_there()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    server.wait_for_log(f"Control socket listening at {path}$")
    assert control.data("show stats")["pid"] == server.pid
    server.stop()
    assert not path.exists()

    # Another mode, where what a server left that was killed is no hindrance.
    import socket

    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    server = start("--control-socket", str(path), "--control-socket-mode", "0660", "hello:app")
    Control(path).wait_until_there()
    wait_until(lambda: stat.S_IMODE(path.stat().st_mode) == 0o660, "the mode")
    server.stop()


def test_a_place_that_cannot_be_had(start, directory, differs):
    server = start("--control-socket", "/proc/nowhere/c.ctl", "hello:app")
    server.wait_until_serving()
    server.wait_for_log("Control server error: ")
    assert server.ask().status == 200
    server.stop()
    # Somebody's file is there.
    (directory / "precious").write_text("precious")
    server = start("--control-socket", "precious", "hello:app")
    server.wait_until_serving()
    replaced = differs("control-socket-occupied", gunicorn=True, swiftcorn=False)
    server.wait_for_log("Control socket listening" if replaced else "Control server error: ")
    assert server.ask().status == 200
    assert (directory / "precious").is_file() != replaced
    server.stop()


def test_none_is_opened_when_nobody_wants_one(start, directory):
    server = start("--no-control-socket", "--control-socket", "c.ctl", "--log-level=debug",
                   "hello:app")  # fmt: skip
    server.wait_until_serving()
    server.wait_for_log("Control socket disabled$")
    assert server.ask().status == 200
    assert not (directory / "c.ctl").exists()
    server.stop()


# What is ours alone.


@pytest.mark.only("swiftcorn")
@pytest.mark.parametrize("runtime", [False, True])
def test_outside_of_containers_there_is_one_by_default(start, directory, runtime):
    (directory / "run").mkdir()
    extra = {"XDG_RUNTIME_DIR": str(directory / "run")} if runtime else {}
    place = directory / ("run/gunicorn.ctl" if runtime else "home/.gunicorn/gunicorn.ctl")
    server = start("hello:app", environment={"SWIFTCORN_CONTAINER": "no", **extra})
    assert Control(place).wait_until_there().data("show stats")["pid"] == server.pid
    server.stop()
    server = start("hello:app", environment=extra)
    server.wait_until_serving()
    assert server.ask().status == 200
    assert not place.exists()
    server.stop()


@pytest.mark.only("swiftcorn")
def test_a_process_for_it_is_there_when_it_is_asked(start, directory):
    server = start("--control-socket", "c.ctl", "hello:app")
    control = Control(directory / "c.ctl")
    server.wait_until_serving()
    (worker,) = server.workers
    assert processes.children(server.pid) == [worker]
    assert control.data("show stats")["workers_current"] == 1
    (monitor,) = set(processes.children(server.pid)) - {worker}
    # What it knows outlives it.
    control.ask("worker add")
    server.wait_for_workers(2)
    os.kill(monitor, signal.SIGKILL)
    wait_until(lambda: not processes.is_alive(monitor), "its end")
    answer = control.ask("worker add")
    assert answer["data"] == {"added": 1, "previous": 2, "total": 3}
    server.wait_for_workers(3)
    assert not processes.is_alive(monitor)
    server.stop()


@pytest.mark.only("swiftcorn")
def test_a_crowd_of_silent_clients_is_no_hindrance(controlled):
    server, control = controlled(workers=1)
    crowd = [Link(control.path) for _ in range(40)]
    for link in crowd:
        # The first of them have had to go by now, for want of places.
        with suppress(BrokenPipeError, ConnectionResetError):
            link.send(HEAD.pack(1000) + b"{")
    for _ in range(5):
        assert control.data("show stats")["pid"] == server.pid
    assert server.ask().status == 200
    # The ones that were silent for longest had to go.
    assert crowd[0].answer() is None
    for link in crowd:
        link.__exit__()
    server.stop()


@pytest.mark.only("swiftcorn")
def test_an_upgrade_leaves_the_new_servers_socket_alone(controlled, directory):
    server, control = controlled("--pid", "m.pid", workers=1)
    server.signal(signal.SIGUSR2)
    wait_until(lambda: (directory / "m.pid.2").exists(), "the new master")
    wait_until(
        lambda: control.data("show stats")["pid"] != server.pid, "the new master at the socket"
    )
    successor = control.data("show stats")["pid"]
    server.signal(signal.SIGTERM)
    assert server.wait_for_exit() == 0
    assert control.data("show stats")["pid"] == successor
    os.kill(successor, signal.SIGTERM)
    server.expect_no_process_left()
    server.expect_nothing_on_disk()


@pytest.mark.only("swiftcorn")
def test_another_place_after_a_reload(start, directory):
    config = directory / "g.py"
    config.write_text("control_socket = 'one.ctl'\n")
    server = start("-c", "g.py", "hello:app")
    first = Control(directory / "one.ctl").wait_until_there()
    config.write_text("control_socket = 'two.ctl'\n")
    assert first.data("reload") == {"status": "reloading"}
    second = Control(directory / "two.ctl").wait_until_there()
    assert second.data("show config")["control_socket"] == "two.ctl"
    wait_until(lambda: not (directory / "one.ctl").exists(), "the end of the former one")
    server.stop()
