"""USR2: the program on disk is started beside the running one, and then takes its place."""

import fcntl
import os
import signal
import socket
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from support import processes
from support.client import Connection, request_bytes
from support.deadline import wait_until, wait_until_process_ends
from support.server import (
    GUNICORN,
    SWIFTCORN,
    ServerUnderTest,
    command_of,
    free_port,
    interpreter_of,
)

#: Starts either server by the name in the file `which`, in an interpreter that has both.
EITHER = """
import os, sys
sys.path.insert(0, {folders}[open({which!r}).read()])
if open({which!r}).read() == "gunicorn":
    from gunicorn.app.wsgiapp import run
    sys.exit(run())
from swiftcorn._door import main
sys.exit(main("gunicorn"))
"""


def upgrade(server):
    """USR2, and then the new master serves as well; answers its process number."""
    mark = server.log.mark()
    server.signal(signal.SIGUSR2)
    new = int(server.wait_for_log(r"Listening at: \S+ \((\d+)\)$", since=mark)[1])
    server.wait_for_log(r"Booting worker with pid", since=mark)
    return new


def end_old(server, number=signal.SIGTERM):
    """The old master leaves, and the new one is promoted."""
    mark = server.log.mark()
    server.signal(number)
    assert server.wait_for_exit() == 0
    server.wait_for_log("Master has been promoted.", since=mark)


def end_new(server, new):
    """TERM to the new master, and then nothing is left of the two."""
    os.kill(new, signal.SIGTERM)
    wait_until_process_ends(new)
    server.expect_no_process_left()
    server.expect_nothing_on_disk()


def wait_for_pid_file(path, pid):
    """Waits until the file names that master."""
    wait_until(lambda: path.exists() and path.read_text() == f"{pid}\n", f"{path} names {pid}")


def ask(address):
    with Connection(address) as link:
        return link.send(request_bytes()).response().text


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGQUIT])
def test_the_new_master_takes_the_place_of_the_old(start, directory, number):
    """Beside it first, with names that end in .2, then with its names."""
    path = directory / "web.sock"
    server = start("-b", f"unix:{path}", "-p", "server.pid", "hello:app", bind=False)
    server.wait_until_serving()
    mark = server.log.mark()
    new = upgrade(server)
    assert [line for line in server.masked_log(mark) if "Control socket" not in line][:4] == [
        "[TIME] [MASTER] [INFO] Handling signal: usr2",
        "[TIME] [WORKER] [INFO] Starting gunicorn 27.0.1",
        f"[TIME] [WORKER] [INFO] Listening at: unix:{path} ({new})",
        "[TIME] [WORKER] [INFO] Using worker: sync",
    ]
    pid_file, second = directory / "server.pid", directory / "server.pid.2"
    assert pid_file.read_text() == f"{server.pid}\n"
    assert second.read_text() == f"{new}\n"
    end_old(server, number)
    wait_for_pid_file(pid_file, new)
    wait_until(lambda: not second.exists(), "the name in between is gone")
    for _ in range(5):
        assert ask(str(path)) == "hello\n"
    end_new(server, new)
    assert server.log.texts()[-1].endswith("[INFO] Shutting down: Master")


def test_the_way_back(start, directory):
    """The new master is ended instead: the old one goes on, and can be upgraded again."""
    path = directory / "web.sock"
    server = start("-b", f"unix:{path}", "-p", "server.pid", "hello:app", bind=False)
    server.wait_until_serving()
    for _ in range(2):
        new = upgrade(server)
        mark = server.log.mark()
        os.kill(new, signal.SIGTERM)
        server.wait_for_log(r"Shutting down: Master\.2$", since=mark)
        wait_until_process_ends(new)
        wait_until(lambda: not processes.zombies(server.pid), "the old master has noticed")
        assert path.is_socket() and not (directory / "server.pid.2").exists()
        assert ask(str(path)) == "hello\n"
    server.stop()


def test_one_at_a_time(start):
    """Neither of two masters starts a third."""
    server = start("hello:app")
    server.wait_until_serving()
    new = upgrade(server)
    server.signal(signal.SIGUSR2)
    server.wait_for_log(r"\[WARNING\] USR2 signal ignored\. Child exists\.$")
    os.kill(new, signal.SIGUSR2)
    server.wait_for_log(r"\[WARNING\] USR2 signal ignored\. Parent exists\.$")
    end_old(server)
    end_new(server, new)


def test_a_program_that_does_not_start_leaves_the_old_one(start, directory):
    """Here the application no longer imports; pid file, socket and workers are untouched."""
    path = directory / "web.sock"
    (directory / "changing.py").write_text("from hello import app\n")
    server = start("-b", f"unix:{path}", "-p", "server.pid", "changing:app", bind=False)
    server.wait_until_serving()
    assert ask(str(path)) == "hello\n"
    worker = server.worker
    (directory / "changing.py").write_text("raise RuntimeError('broken now')\n")
    mark = server.log.mark()
    server.signal(signal.SIGUSR2)
    server.wait_for_log("Reason: Worker failed to boot", since=mark)
    wait_until(lambda: processes.children(server.pid) == [worker], "the new master is gone")
    wait_until(lambda: not processes.zombies(server.pid), "the old master has noticed")
    assert (directory / "server.pid").read_text() == f"{server.pid}\n"
    assert not (directory / "server.pid.2").exists()
    assert ask(str(path)) == "hello\n"
    (directory / "changing.py").write_text(
        "from hello import app as application\napp = application"
    )
    new = upgrade(server)
    end_old(server)
    end_new(server, new)


def test_the_old_master_is_killed(start, directory):
    """Nobody has told it to leave: the new one is promoted all the same."""
    server = start("-p", "server.pid", "hello:app")
    server.wait_until_serving()
    new = upgrade(server)
    os.kill(server.pid, signal.SIGKILL)
    server.process.wait()
    server.wait_for_log("Master has been promoted.")
    wait_for_pid_file(directory / "server.pid", new)
    assert ask(server.addresses[0]) == "hello\n"
    end_new(server, new)


def test_the_new_program_is_started_as_the_old_one_was(start, directory):
    """Its environment, its directory, its arguments; `pre_exec` runs in its process."""
    (directory / "inner").mkdir()
    (directory / "gunicorn.conf.py").write_text(
        "import os\n"
        "os.environ['FROM_THE_FILE'] = os.environ.get('FROM_THE_FILE', '') + 'x'\n"
        f"chdir = {str(directory / 'inner')!r}\n"
        "raw_env = ['FROM_RAW_ENV=1']\n"
        "def pre_exec(server):\n"
        "    server.log.info('NOTE pre_exec in %d of %d', os.getpid(), os.getppid())\n"
    )
    (directory / "inner" / "asking.py").write_text(
        "import os\nfrom specimen import saying\n"
        "app = saying(' '.join([os.environ['FROM_THE_FILE'], os.environ['GIVEN'], os.getcwd()]))\n"
    )
    config = str(directory / "gunicorn.conf.py")
    server = start("-c", config, "asking:app", environment={"GIVEN": "as it was"})
    assert server.ask().text == f"x as it was {directory}/inner"
    new = upgrade(server)
    assert server.wait_for_log(r"NOTE pre_exec in (\d+) of")[1] == str(new)
    end_old(server)
    assert ask(server.addresses[0]) == f"x as it was {directory}/inner"
    end_new(server, new)


def test_the_new_program_is_started_where_the_old_one_was(start, directory, differs):
    """A relative path means the same again; Gunicorn starts it in the directory changed to."""
    inner = directory / "inner"
    inner.mkdir()
    (inner / "there.py").write_text("from hello import app\n")
    (directory / "gunicorn.conf.py").write_text("chdir = 'inner'\n")
    server = start("--config", "./gunicorn.conf.py", "there:app")
    assert server.ask().text == "hello\n"
    mark = server.log.mark()
    if differs("upgrade-directory", gunicorn=True, swiftcorn=False):
        server.signal(signal.SIGUSR2)
        server.wait_for_log("doesn't exist", since=mark)
        wait_until(lambda: len(processes.children(server.pid)) == 1, "the new master is gone")
        return server.stop()
    new = upgrade(server)
    end_old(server)
    assert ask(server.addresses[0]) == "hello\n"
    end_new(server, new)


def test_a_pre_exec_that_fails(start, directory, differs):
    """Gunicorn's forked master takes the failure for its own, and stops the workers of the old."""
    (directory / "gunicorn.conf.py").write_text("def pre_exec(server):\n    raise OSError('no')\n")
    server = start("-p", "server.pid", "hello:app")
    server.wait_until_serving()
    server.ask()
    worker = server.worker
    server.signal(signal.SIGUSR2)
    server.wait_for_log("^OSError: no$")
    if differs("failing-pre-exec", gunicorn=True, swiftcorn=False):
        wait_until_process_ends(worker)
        processes.kill_session(server.pid)
        server.process.wait()
        return
    server.wait_for_log(r"\[ERROR\] The new master \(pid:\d+\) exited with code 1")
    assert (directory / "server.pid").read_text() == f"{server.pid}\n"
    assert processes.is_alive(worker) and server.ask().text == "hello\n"
    server.stop()


def test_a_daemon_and_the_signals_for_it(command, directory):
    """USR2, WINCH to the old one, HUP to go back: the procedure of Gunicorn's documentation."""
    log, pid_file = directory / "d.log", directory / "d.pid"
    found = command(
        *("--daemon", "--pid=d.pid", "--log-file=d.log", "-b", f"unix:{directory}/d.sock"),
        "hello:app",
    )
    assert found.status == 0
    numbers = []
    try:
        wait_until(lambda: log.exists() and "Booting worker" in log.read_text(), "the log")
        old = int(pid_file.read_text())
        numbers.append(old)
        os.kill(old, signal.SIGUSR2)
        second = directory / "d.pid.2"
        wait_until(lambda: second.exists() and log.read_text().count("Booting") == 2, "two masters")
        new = int(second.read_text())
        numbers.append(new)

        def workers_of_old():
            return [one for one in processes.children(old) if one != new]

        assert len(workers_of_old()) == 1
        os.kill(old, signal.SIGWINCH)
        wait_until(lambda: not workers_of_old(), "the workers of the old master are gone")
        assert "graceful stop of workers" in log.read_text()
        assert ask(f"{directory}/d.sock") == "hello\n"
        os.kill(old, signal.SIGHUP)
        wait_until(lambda: len(workers_of_old()) == 1, "the way back")
        os.kill(new, signal.SIGQUIT)
        wait_until_process_ends(new)
        assert ask(f"{directory}/d.sock") == "hello\n"
        os.kill(old, signal.SIGTERM)
        wait_until_process_ends(old)
        assert not pid_file.exists() and not (directory / "d.sock").exists()
    finally:
        for number in numbers:
            with suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)


def test_no_request_is_lost(start, directory):
    """Three upgrades while a client asks on."""
    path = directory / "web.sock"
    server = start("-b", f"unix:{path}", "-w", "2", "hello:app", bind=False)
    server.wait_until_serving(workers=2)
    stop, answers = threading.Event(), []

    def ask_on():
        while not stop.is_set():
            answers.append(ask(str(path)))

    client = threading.Thread(target=ask_on)
    client.start()
    current = server.pid
    try:
        for _ in range(3):
            mark = server.log.mark()
            os.kill(current, signal.SIGUSR2)
            new = int(server.wait_for_log(r"Listening at: \S+ \((\d+)\)$", since=mark)[1])
            server.wait_for_log("Booting worker", count=2, since=mark)
            os.kill(current, signal.SIGTERM)
            wait_until_process_ends(current)
            if current == server.pid:
                server.process.wait()
            server.wait_for_log("Master has been promoted", since=mark)
            current = new
    finally:
        stop.set()
        client.join()
    assert len(answers) > 3 and set(answers) == {"hello\n"}
    end_new(server, current)


#: What systemd does before it starts a service that is to get a socket.
ACTIVATE = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()), LISTEN_FDNAMES="web")
os.execv(sys.argv[2], sys.argv[2:])
"""


def test_sockets_that_systemd_has_passed(start, kind, directory, differs):
    """The new master gets them as the old one got them: from 3 on, and under its own number."""
    with socket.socket() as given:
        given.bind(("127.0.0.1", 0))
        given.listen()
        high = fcntl.fcntl(given.fileno(), fcntl.F_DUPFD, 20)
        command = [sys.executable, "-c", ACTIVATE, str(high), *command_of(kind)]
        server = start(
            "-p", "server.pid", "hello:app", bind=False, command=command, pass_descriptors=(high,)
        )
        os.close(high)
        server.wait_until_serving()
        mark = server.log.mark()
        if differs("upgrade-under-activation", gunicorn=True, swiftcorn=False):
            server.signal(signal.SIGUSR2)
            server.wait_for_log("Bad file descriptor", since=mark)
            wait_until(lambda: not processes.zombies(server.pid), "the new master is gone")
            (directory / "server.pid.2").unlink()
            return server.stop()
        new = upgrade(server)
        end_old(server)
        assert ask(given.getsockname()) == "hello\n"
        # And once more, from the one that was upgraded.
        mark = server.log.mark()
        os.kill(new, signal.SIGUSR2)
        third = int(server.wait_for_log(r"Listening at: \S+ \((\d+)\)$", since=mark)[1])
        server.wait_for_log("Booting worker", since=mark)
        os.kill(new, signal.SIGTERM)
        wait_until_process_ends(new)
        assert ask(given.getsockname()) == "hello\n"
        end_new(server, third)


@pytest.mark.only("swiftcorn")
def test_the_address_of_the_probes_goes_along(start):
    """Both masters answer at it (ours only: Gunicorn has no such address)."""
    port = free_port()
    server = start("--health-bind", f"127.0.0.1:{port}", "hello:app")
    server.wait_until_serving()
    new = upgrade(server)
    end_old(server)
    with Connection(("127.0.0.1", port)) as link:
        assert link.send(request_bytes("GET", "/livez")).response().text == "ok\n"
    end_new(server, new)


@pytest.mark.only("swiftcorn")
def test_systemd_is_told_the_new_main_process(start, directory):
    """The service goes on, so nothing is said of a stop (ours only: Gunicorn says nothing)."""
    address = directory / "notify.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(address))
        listener.settimeout(20)
        server = start("hello:app", environment={"NOTIFY_SOCKET": str(address)})
        server.wait_until_serving()
        new = upgrade(server)
        end_old(server)
        said = ""
        while f"MAINPID={new}" not in said:
            said += listener.recv(4096).decode() + "\n"
        assert "STOPPING=1" not in said
        os.kill(new, signal.SIGTERM)
        wait_until_process_ends(new)
        server.expect_no_process_left()


# From one server to the other.


@pytest.mark.both
@pytest.mark.parametrize("first", [GUNICORN, SWIFTCORN])
def test_from_one_server_to_the_other_and_back(directory, first):
    """The program on disk is another server's by now; both understand the same variables."""
    second = GUNICORN if first == SWIFTCORN else SWIFTCORN
    which, script = directory / "which", directory / "server.py"
    folders = {one: site_packages(one) for one in (GUNICORN, SWIFTCORN)}
    script.write_text(EITHER.format(folders=folders, which=str(which)))
    which.write_text(first)
    path = directory / "web.sock"
    server = ServerUnderTest(
        SWIFTCORN,
        ("-b", f"unix:{path}", "-p", "server.pid", "shown:app"),
        directory,
        command=[sys.executable, str(script)],
    )
    (directory / "shown.py").write_text(
        "import sys\nfrom specimen import saying\n"
        "app = saying('swiftcorn' if 'swiftcorn._core' in sys.modules else 'gunicorn')\n"
    )
    try:
        server.wait_until_serving()
        assert ask(str(path)) == first
        current = server.pid
        for kind in (second, first):
            which.write_text(kind)
            mark = server.log.mark()
            os.kill(current, signal.SIGUSR2)
            new = int(server.wait_for_log(r"Listening at: \S+ \((\d+)\)$", since=mark)[1])
            server.wait_for_log("Booting worker", since=mark)
            os.kill(current, signal.SIGTERM)
            wait_until_process_ends(current)
            if current == server.pid:
                assert server.process.wait() == 0
            server.wait_for_log("Master has been promoted", since=mark)
            wait_for_pid_file(directory / "server.pid", new)
            assert ask(str(path)) == kind
            current = new
        end_new(server, current)
    finally:
        server.end_for_certain()


def site_packages(kind):
    (found,) = Path(interpreter_of(kind)).parent.parent.glob("lib/python3*/site-packages")
    return str(found)


# What no server has set.


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"GUNICORN_PID": "x", "GUNICORN_FD": "3"}, "GUNICORN_PID is 'x', which no server has set"),
        ({"GUNICORN_PID": "1", "GUNICORN_FD": "3,x"}, "GUNICORN_FD is '3,x', which no server has"),
        ({"GUNICORN_PID": "1"}, "GUNICORN_FD names no socket"),
        ({"GUNICORN_PID": "1", "GUNICORN_FD": "97"}, "GUNICORN_FD names what no server has passed"),
        ({"GUNICORN_PID": "1", "GUNICORN_FD": "0"}, "fd://0: [Errno 88]"),
    ],
    ids=["pid", "text", "none", "closed", "no-socket"],
)
def test_variables_of_a_stranger(command, directory, differs, variables, sentence):
    found = command("-p", "server.pid", "hello:app", environment=variables)
    assert found.status in (1, 255)
    if not differs("strange-inheritance", gunicorn=True, swiftcorn=False):
        assert sentence in found.err and "Traceback" not in found.err
        assert found.status == 1
        assert not list(directory.glob("server.pid*"))
    else:
        assert "Traceback" in found.err


def test_descriptors_without_a_process_mean_nothing(start):
    server = start("hello:app", environment={"GUNICORN_FD": "97"})
    assert server.ask().text == "hello\n"
    server.stop()
