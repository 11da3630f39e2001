"""READY=1 to systemd: once, and (ours) only when the workers have booted the application."""

from support.notices import NotifySocket

SLOW = """
import os, time
while not os.path.exists("go"):
    time.sleep(0.005)
from hello import app
"""


def test_ready(start, notified, directory, stop):
    server = start(
        "-w", "2", "hello:app", environment={"NOTIFY_SOCKET": str(directory / "notify.sock")}
    )
    message = notified.wait_for_ready()
    assert message["READY"] == "1" and message["STATUS"]
    assert server.ask().text == "hello\n"
    assert not any("READY" in one for one in notified.waiting())
    stop(server)


def test_ready_means_that_the_application_is_there(start, notified, directory, differs, stop):
    (directory / "slow.py").write_text(SLOW)
    server = start("slow:app", environment={"NOTIFY_SOCKET": str(directory / "notify.sock")})
    server.wait_for_log("Booting worker with pid")
    early = any("READY" in one for one in notified.waiting())
    assert early == differs("ready-after-boot", gunicorn=True, swiftcorn=False)
    (directory / "go").touch()
    if not early:
        assert notified.wait_for_ready()
    assert server.ask().text == "hello\n"
    stop(server)


def test_ready_is_never_said_where_nothing_boots(start, notified, directory, differs):
    server = start("nosuch:app", environment={"NOTIFY_SOCKET": str(directory / "notify.sock")})
    assert server.wait_for_exit() == 3
    server.expect_no_process_left()
    said = any("READY" in one for one in notified.waiting())
    assert said == differs("ready-after-boot", gunicorn=True, swiftcorn=False)


def test_an_abstract_address(start):
    name = f"acceptance-{id(object())}"
    listener = NotifySocket("\0" + name)
    try:
        server = start("hello:app", environment={"NOTIFY_SOCKET": "@" + name})
        assert listener.wait_for_ready()
        server.ask()
        server.stop()
    finally:
        listener.close()


def test_a_notify_socket_that_is_not_there_harms_nothing(start):
    server = start("hello:app", environment={"NOTIFY_SOCKET": "/nowhere/notify.sock"})
    assert server.ask().text == "hello\n"
    server.stop()
