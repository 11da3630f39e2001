"""What systemd is told besides READY=1: load, reloads, health, time to drain, failures."""

import os
import re
import signal
import socket
import time

import pytest

from support.client import request_bytes
from support.deadline import wait_until

WAITING = """
import os, time
def app(environ, start_response):
    while not os.path.exists("go"):
        time.sleep(0.005)
    start_response("200 OK", [("Content-Length", "5")])
    return [b"done\\n"]
"""
BOOTING = """
import os, time
open("asked", "w").close()
while not os.path.exists("go"):
    time.sleep(0.005)
from hello import app
"""


@pytest.fixture
def watched(start, directory):
    """Starts with a service manager that listens."""

    def starter(*arguments, **more):
        environment = {"NOTIFY_SOCKET": str(directory / "notify.sock"), **more}
        return start(*arguments, environment=environment)

    return starter


def test_a_life_is_told(watched, notified, differs, stop):
    """Gunicorn says that it is ready, and nothing more."""
    server = watched("-w", "2", "hello:app")
    notified.wait_for_ready()
    server.wait_until_serving(workers=2)
    for _ in range(3):
        assert server.ask().text == "hello\n"
    is_told = differs("service-notices", gunicorn=False, swiftcorn=True)
    if is_told:
        said = notified.wait_for_status("2 of 2 workers ready, 3 requests, load ")["STATUS"]
        assert re.search(r"load \d+\.\d\d$", said)
    before = time.monotonic_ns() // 1000
    server.signal(signal.SIGHUP)
    server.wait_for_log("Booting worker with pid", count=4)
    if is_told:
        reloading = notified.wait_for_field("RELOADING")
        assert before <= int(reloading["MONOTONIC_USEC"]) <= time.monotonic_ns() // 1000
        assert reloading["RELOADING"] == "1"
        ready = notified.wait_for_ready()
        assert ready["MAINPID"] == str(server.pid)
    stop(server)
    rest = notified.waiting()
    assert any(message.get("STOPPING") == "1" for message in rest) == is_told
    assert bool(rest) == is_told


@pytest.mark.only("swiftcorn")
def test_a_reload_that_fails_is_told_and_ready_is_said_again(watched, notified, directory, stop):
    (directory / "changing.py").write_text("from hello import app\n")
    server = watched("changing:app")
    notified.wait_for_ready()
    (directory / "changing.py").write_text("raise RuntimeError('broken\\nREADY=0')\n")
    server.signal(signal.SIGHUP)
    notified.wait_for_field("RELOADING")
    ready = notified.wait_for_ready()
    assert ready["READY"] == "1" and "the last reload failed: " in ready["STATUS"]
    server.ask()
    notified.wait_for(
        lambda one: "1 request," in one.get("STATUS", "") and "reload failed" in one["STATUS"]
    )
    (directory / "changing.py").write_text("from hello import app\n")
    server.signal(signal.SIGHUP)
    notified.wait_for_field("RELOADING")
    assert "failed" not in notified.wait_for_ready()["STATUS"]
    stop(server)


@pytest.mark.only("swiftcorn")
def test_the_watchdog_is_fed_only_while_a_worker_is_well(watched, notified, directory, stop):
    (directory / "booting.py").write_text(BOOTING)
    (directory / "go").touch()
    server = watched("booting:app", WATCHDOG_USEC="20000")
    notified.wait_for_ready()
    for _ in range(3):
        assert notified.wait_for_field("WATCHDOG")["WATCHDOG"] == "1"
    (directory / "go").unlink()
    (directory / "asked").unlink()
    os.kill(server.worker, signal.SIGKILL)
    # The next worker is there, and waits in its application.
    wait_until((directory / "asked").exists, "the next worker's import")
    notified.wait_for_status("0 of 1 worker ready")
    notified.waiting()
    for count in range(20):
        server.signal(signal.SIGUSR1)
        server.wait_for_log("Handling signal: usr1", count=count + 1)
    assert not any("WATCHDOG" in message for message in notified.waiting())
    (directory / "go").touch()
    notified.wait_for_field("WATCHDOG")
    stop(server)


@pytest.mark.only("swiftcorn")
def test_a_watchdog_for_another_process_is_not_fed(watched, notified, stop):
    server = watched("hello:app", WATCHDOG_USEC="20000", WATCHDOG_PID="1")
    notified.wait_for_ready()
    server.ask()
    seen = []
    notified.wait_for(lambda one: seen.append(one) or "1 request," in one.get("STATUS", ""))
    assert not any("WATCHDOG" in message for message in seen)
    stop(server)


@pytest.mark.only("swiftcorn")
def test_time_is_asked_for_while_requests_finish(watched, notified, directory):
    (directory / "waiting.py").write_text(WAITING)
    server = watched("waiting:app")
    notified.wait_for_ready()
    with server.connect() as link:
        link.send(request_bytes())
        server.signal(signal.SIGTERM)
        stopping = notified.wait_for_field("STOPPING")
        assert "READY" not in stopping
        for _ in range(2):
            assert int(notified.wait_for_field("EXTEND_TIMEOUT_USEC")["EXTEND_TIMEOUT_USEC"]) > 0
        (directory / "go").touch()
        assert link.response().text == "done\n"
    assert server.wait_for_exit() == 0
    server.expect_no_process_left()


FAILURES = {
    "a command line": (["--nope", "hello:app"], 2, None, "unrecognized arguments: --nope"),
    "a setting": (["-u", "nosuch", "hello:app"], 1, None, "No such user: 'nosuch'"),
    "a log": (["--error-logfile", "/nodir/x", "hello:app"], 1, None, "isn't writable"),
    "an address": (["-b", "unix:file", "hello:app"], 1, None, "'file' is not a socket"),
    "a descriptor": (["-b", "fd://97", "hello:app"], 1, "9", "fd://97: [Errno 9] Bad file"),
    "a pid file": (["-p", "/proc/x.pid", "hello:app"], 1, "2", "Can't create pidfile"),
    "an application": (["broken:app"], 3, None, "Worker failed to boot."),
    "an application that is not there": (["hello:nothing"], 4, None, "App failed to load."),
}


@pytest.mark.only("swiftcorn")
@pytest.mark.parametrize("case", FAILURES)
def test_a_failure_is_told_with_its_status(watched, notified, directory, case):
    arguments, status, errno, part = FAILURES[case]
    (directory / "file").write_text("somebody's")
    (directory / "broken.py").write_text("raise RuntimeError('broken')\n")
    server = watched(*arguments)
    assert server.wait_for_exit() == status
    server.expect_no_process_left()
    told = notified.waiting()[-1]
    assert part in told["STATUS"]
    assert (told["EXIT_STATUS"], told.get("ERRNO")) == (str(status), errno)


@pytest.mark.only("swiftcorn")
def test_a_service_manager_that_does_not_read_stops_nothing(watched, notified, directory, stop):
    """Its queue is full: the server starts, serves, reloads, and says that it is ready later."""
    path = str(directory / "notify.sock")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other:
        other.setblocking(False)
        with pytest.raises(BlockingIOError):
            while True:
                other.sendto(b"FILLED=1", path)
    server = watched("hello:app")
    server.wait_until_serving()
    assert server.ask().text == "hello\n"
    server.signal(signal.SIGHUP)
    server.wait_for_log("Booting worker with pid", count=2)
    assert server.ask().text == "hello\n"
    # All of it is said once somebody reads: that it reloads, and after that that it is ready.
    notified.wait_for_field("RELOADING")
    assert notified.wait_for_ready()["READY"] == "1"
    stop(server)


@pytest.mark.only("swiftcorn")
def test_listening_sockets_are_kept_over_a_crash(watched, activated, notified, directory):
    """FDSTORE=1: what arrives between two servers waits, at the same port and the same path."""
    path = directory / "web.sock"
    arguments = ("-b", f"unix:{path}", "hello:app")
    server = watched(*arguments, FDSTORE="4")
    names = [notified.wait_for_field("FDSTORE")["FDNAME"] for _ in range(2)]
    notified.wait_for_ready()
    port = server.port
    assert len(notified.descriptors) == 2
    server.signal(signal.SIGKILL)
    server.wait_for_exit()
    server.expect_no_process_left()
    with (
        socket.create_connection(("127.0.0.1", port)) as inet,
        socket.socket(socket.AF_UNIX) as unix,
    ):
        unix.connect(str(path))
        names.append("swiftcorn-tcp-127.0.0.1_1")
        second = activated(
            *arguments,
            sockets=[*notified.descriptors, notified.descriptors[0]],
            environment={
                "NOTIFY_SOCKET": str(directory / "notify.sock"),
                "FDSTORE": "4",
                "LISTEN_FDNAMES": ":".join(names),
            },
            bind=True,
        )
        assert notified.wait_for_field("FDSTOREREMOVE")["FDNAME"] == names[2], "nobody wants it"
        notified.wait_for_ready()
        assert second.addresses == [("127.0.0.1", port), str(path)]
        for client in (inet, unix):
            client.sendall(request_bytes(connection="close"))
            assert client.makefile("rb").read().endswith(b"hello\n")
    second.signal(signal.SIGTERM)
    assert second.wait_for_exit() == 0
    assert not path.exists(), "what we made is ours to remove, also after it was kept"

