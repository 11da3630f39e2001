"""HUP: configuration and application are read again, and what is under way is finished."""

import signal
import threading

import pytest

from support import processes
from support.deadline import wait_until, wait_until_process_ends
from support.server import free_port

SAYS = "from specimen import saying\napp = saying({!r})\n"


@pytest.fixture
def application(directory):
    """Writes the application anew."""

    def write(text):
        (directory / "changing.py").write_text(SAYS.format(text))

    write("first")
    return write


def reload(server, workers=1):
    """HUP, and then all workers are new."""
    server.wait_until_serving()
    old = server.workers
    mark = server.log.mark()
    server.signal(signal.SIGHUP)
    server.wait_for_log("Booting worker with pid", count=workers, since=mark)
    for worker in old:
        wait_until_process_ends(worker)
    server.wait_for_workers(workers)
    return mark


def test_the_lines(start, application):
    server = start("changing:app")
    server.wait_until_serving()
    server.ask()
    mark = reload(server)
    server.ask()
    lines = [line for line in server.masked_log(mark) if "Control socket" not in line]
    assert lines[:2] == [
        "[TIME] [MASTER] [INFO] Handling signal: hup",
        "[TIME] [MASTER] [INFO] Hang up: Master",
    ]
    assert sorted(lines[2:]) == [
        "[TIME] [WORKER] [INFO] Booting worker with pid: WORKER",
        "[TIME] [WORKER] [INFO] Worker exiting (pid: WORKER)",
    ]
    server.stop()


def test_new_code(start, application):
    server = start("changing:app")
    assert server.ask().text == "first"
    application("second")
    reload(server)
    assert server.ask().text == "second"
    server.stop()


def test_preloaded_code_stays(start, application):
    server = start("--preload", "changing:app")
    assert server.ask().text == "first"
    application("second")
    reload(server)
    assert server.ask().text == "first"
    server.stop()


def test_new_settings(start, application, directory):
    config = directory / "gunicorn.conf.py"
    config.write_text("workers = 1\nraw_env = ['COLOUR=blue', 'OLD=1']\n")
    (directory / "changing.py").write_text(
        "import os\nfrom specimen import saying\n"
        "app = saying(f\"{os.environ['COLOUR']} {os.environ.get('OLD')}\")\n"
    )
    server = start("changing:app")
    assert server.ask().text == "blue 1"
    config.write_text("workers = 2\nraw_env = ['COLOUR=green']\n")
    reload(server, workers=2)
    assert server.ask().text == "green None"
    server.stop()


def test_new_environment_settings_where_the_application_is_preloaded(start, directory):
    """The code stays; what raw_env no longer sets is gone."""
    config = directory / "gunicorn.conf.py"
    config.write_text("preload_app = True\nraw_env = ['COLOUR=blue', 'OLD=1']\n")
    (directory / "asking.py").write_text(
        "import os\nfrom specimen import saying\n"
        "def app(environ, start_response):\n"
        "    found = f\"{os.environ['COLOUR']} {os.environ.get('OLD')}\"\n"
        "    return saying(found)(environ, start_response)\n"
    )
    server = start("asking:app")
    assert server.ask().text == "blue 1"
    config.write_text("preload_app = True\nraw_env = ['COLOUR=green']\n")
    reload(server)
    assert server.ask().text == "green None"
    server.stop()


def test_a_new_log_file(start, directory):
    config = directory / "gunicorn.conf.py"
    config.write_text("errorlog = 'first.log'\n")
    socket = directory / "web.sock"
    server = start("-b", f"unix:{socket}", "hello:app", bind=False)
    first, second = directory / "first.log", directory / "second.log"
    wait_until(lambda: first.exists() and "Booting worker" in first.read_text(), "the log")
    config.write_text("errorlog = 'second.log'\n")
    server.signal(signal.SIGHUP)
    wait_until(lambda: second.exists() and "Booting worker" in second.read_text(), "the new log")
    server.stop()
    assert "Hang up: Master" in first.read_text()
    assert second.read_text().endswith("] [INFO] Shutting down: Master\n")


def test_a_new_address(start, application, directory):
    first, second = free_port(), free_port()
    config = directory / "gunicorn.conf.py"
    config.write_text(f"bind = '127.0.0.1:{first}'\n")
    server = start("changing:app", bind=False)
    assert server.ask().text == "first"
    config.write_text(f"bind = '127.0.0.1:{second}'\n")
    mark = reload(server)
    server.wait_for_log(
        rf"\[INFO\] Listening at: http://127\.0\.0\.1:{second} \(\d+\)$|"
        rf"\[INFO\] Listening at: http://127\.0\.0\.1:{second}$",
        since=mark,
    )
    assert server.ask().text == "first"
    server.stop()


def test_the_number_of_workers_is_the_configured_one_again(start):
    server = start("hello:app")
    server.wait_until_serving()
    server.signal(signal.SIGTTIN)
    server.wait_for_workers(2)
    reload(server)
    server.stop()


def test_the_pid_file_stays_true(start, directory):
    server = start("-p", "server.pid", "hello:app")
    server.wait_until_serving()
    server.ask()
    reload(server)
    assert (directory / "server.pid").read_text() == f"{server.pid}\n"
    server.stop()


def test_what_is_under_way_is_finished(start, under_way):
    server = start("labour:app")
    server.wait_until_serving()
    old = server.worker
    with under_way(server) as (link, finish):
        mark = server.log.mark()
        server.signal(signal.SIGHUP)
        server.wait_for_log("Booting worker with pid", since=mark)
        assert server.ask("/pid").text != str(old)
        finish()
        assert link.response().text == f"done by {old}"
    wait_until_process_ends(old)
    server.stop()


def test_no_request_is_lost(start):
    """One client after the other, all through three reloads."""
    server = start("-w", "2", "labour:app")
    server.wait_until_serving(workers=2)
    server.ask()
    stop, statuses = threading.Event(), []

    def ask_on():
        while not stop.is_set():
            statuses.append(server.ask("/pid").status)

    client = threading.Thread(target=ask_on)
    client.start()
    try:
        for _ in range(3):
            reload(server, workers=2)
    finally:
        stop.set()
        client.join()
    assert len(statuses) > 3 and set(statuses) == {200}
    server.stop()


def test_several_at_once(start):
    server = start("hello:app")
    server.wait_until_serving()
    server.ask()
    for _ in range(4):
        server.signal(signal.SIGHUP)
    server.wait_for_log("Hang up: Master")
    assert server.ask().status == 200
    server.stop()


def ends_by_itself(server):
    """Gunicorn's side of the broken reloads: everything ends; left-overs are cleared away."""
    wait_until_process_ends(server.pid)
    processes.kill_session(server.pid)
    return server.process.wait()


def test_a_broken_configuration(start, directory, differs):
    config = directory / "gunicorn.conf.py"
    config.write_text("workers = 1\n")
    server = start("hello:app")
    server.wait_until_serving()
    server.ask()
    config.write_text("this is no Python\n")
    server.signal(signal.SIGHUP)
    server.wait_for_log("SyntaxError: invalid syntax")
    if differs("reload-broken-config", gunicorn=True, swiftcorn=False):
        assert ends_by_itself(server) == 1
        return
    assert server.ask().text == "hello\n"
    config.write_text("workers = 2\n")
    reload(server, workers=2)
    server.stop()


def test_a_refused_setting(start, directory, differs):
    config = directory / "gunicorn.conf.py"
    config.write_text("workers = 1\n")
    server = start("hello:app")
    server.wait_until_serving()
    server.ask()
    config.write_text("workers = -1\n")
    server.signal(signal.SIGHUP)
    server.wait_for_log("Value must be positive: -1")
    if differs("reload-broken-config", gunicorn=True, swiftcorn=False):
        assert ends_by_itself(server) == 1
        return
    assert server.ask().text == "hello\n"
    server.stop()


def test_an_application_that_no_longer_imports(start, application, directory, differs):
    server = start("changing:app")
    assert server.ask().text == "first"
    before = server.worker
    (directory / "changing.py").write_text("raise RuntimeError('broken now')\n")
    server.signal(signal.SIGHUP)
    server.wait_for_log("^RuntimeError: broken now$")
    if differs("reload-broken-application", gunicorn=True, swiftcorn=False):
        assert ends_by_itself(server) == 3
        return
    assert server.ask().text == "first"
    assert processes.is_alive(before)
    application("third and longer")
    server.signal(signal.SIGHUP)
    wait_until_process_ends(before)
    wait_until(lambda: server.ask().text == "third and longer", "the mended application")
    server.stop()


def test_an_address_that_is_kept_while_another_changes(start, directory, differs):
    """Gunicorn closes all of them, and then the kept one is still held by the old workers."""
    kept, first, second = free_port(), free_port(), free_port()
    config = directory / "gunicorn.conf.py"
    config.write_text(f"bind = ['127.0.0.1:{kept}', '127.0.0.1:{first}']\n")
    server = start("hello:app", bind=False)
    server.wait_until_serving()
    server.ask()
    old = server.worker
    config.write_text(f"bind = ['127.0.0.1:{kept}', '127.0.0.1:{second}']\n")
    server.signal(signal.SIGHUP)
    if differs("reload-kept-address", gunicorn=True, swiftcorn=False):
        server.wait_for_log("Connection in use")
        processes.kill_session(server.pid)
        server.process.wait()
        return
    wait_until_process_ends(old)
    assert server.addresses == [("127.0.0.1", kept), ("127.0.0.1", second)]
    assert server.ask().text == "hello\n"
    server.stop()
