"""The machine refuses: processes, descriptors, disk, its clock, the sockets."""

import fcntl
import itertools
import os
import re
import resource
import select
import signal
import subprocess
import sys

import pytest

from support import processes
from support.client import Connection, ConnectionEnded, request_bytes
from support.deadline import wait_until, wait_until_process_ends
from support.server import APPLICATIONS, command_of

DAY = 86400

#: Ends the listening of the server's own socket, for every process that has it.
SHUTTING = """
import os, socket
from labour import app as other
def app(environ, start_response):
    if environ["PATH_INFO"] != "/shut":
        return other(environ, start_response)
    for name in os.listdir("/proc/self/fd"):
        try:
            one = socket.socket(fileno=os.dup(int(name)))
            if one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                one.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
    return other(environ, start_response)
"""


#: Becomes a program that can make no file longer than nothing.
WITHOUT_DISK = """
import os, resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
os.execv(sys.argv[1], sys.argv[1:])
"""


def kill_one(server):
    """A worker is killed; answers its number."""
    victim = server.workers[0]
    os.kill(victim, signal.SIGKILL)
    wait_until_process_ends(victim)
    return victim


def test_fork_is_refused(start, machine, differs):
    """The master stays, tries again and again, and what it has serves on."""
    server = start("-w", "2", "labour:app", environment=machine.environment)
    server.wait_until_serving(workers=2)
    server.ask()
    machine.refuse_forks()
    mark = server.log.mark()
    kill_one(server)
    if differs("fork-refused", gunicorn=True, swiftcorn=False):
        wait_until_process_ends(server.pid)
        assert server.process.wait() == 255
        return processes.kill_session(server.pid)
    server.wait_for_log(r"\[ERROR\] Cannot fork a worker: \[Errno 11\]", since=mark)
    assert server.ask().status == 200
    machine.refuse_forks(False)
    server.wait_for_workers(2)
    assert server.ask().status == 200
    server.stop()


@pytest.mark.only("swiftcorn")
def test_fork_is_refused_for_the_next_program(start, machine):
    """USR2: the old one goes on, and a later attempt succeeds."""
    server = start("labour:app", environment=machine.environment)
    server.wait_until_serving()
    server.ask()
    machine.refuse_forks()
    server.signal(signal.SIGUSR2)
    server.wait_for_log(r"\[ERROR\] Cannot fork the new program: \[Errno 11\]")
    assert server.ask().status == 200
    server.stop()


@pytest.mark.parametrize("days", [1, -1])
def test_the_clock_is_set_while_the_server_stops(start, under_way, machine, differs, days):
    """What is under way is finished, and no sooner cut off."""
    server = start("labour:app", environment=machine.environment)
    server.wait_until_serving()
    with under_way(server) as (link, finish):
        mark = server.log.mark()
        server.signal(signal.SIGTERM)
        server.wait_for_log("Handling signal: term", since=mark)
        machine.set_clock(days * DAY)
        if days > 0 and differs("clock-set", gunicorn=True, swiftcorn=False):
            # Further and further, since it may not have looked at the clock before.
            steps = itertools.count(2)

            def is_cut():
                machine.set_clock(next(steps) * DAY)
                return select.select([link.socket], [], [], 0.01)[0]

            wait_until(is_cut, "the request is cut")
            with pytest.raises(ConnectionEnded):
                link.response()
        else:
            finish()
            assert link.response().status == 200
    assert server.wait_for_exit() == 0


@pytest.mark.only("swiftcorn")
@pytest.mark.parametrize("days", [1, -1])
def test_the_clock_is_set_while_it_serves(start, machine, days):
    """No worker counts as silent, and kept connections stay."""
    server = start("-w", "2", "--timeout", "3", "labour:app", environment=machine.environment)
    server.wait_until_serving(workers=2)
    server.ask()
    server.wait_for_workers(2)
    workers = server.workers
    with server.connect() as link:
        for step in (days, 0, -days):
            machine.set_clock(step * DAY)
            link.send(request_bytes("GET", "/pid", connection=None))
            assert link.response().status == 200
            server.signal(signal.SIGCHLD)  # The master goes round its loop.
    assert server.workers == workers and "TIMEOUT" not in server.log.text
    server.stop()


@pytest.mark.only("swiftcorn")
def test_the_machine_is_suspended(start):
    """Everybody stood still, so nobody was silent (Gunicorn's workers are ended by chance)."""
    server = start("-w", "2", "--timeout", "1", "labour:app")
    server.wait_until_serving(workers=2)
    server.ask()
    server.wait_for_workers(2)
    workers = server.workers
    everybody = processes.in_session(server.pid)
    for number in everybody:
        os.kill(number, signal.SIGSTOP)
    began = os.times().elapsed
    wait_until(lambda: os.times().elapsed - began > 3, "time passes")
    for number in everybody:
        os.kill(number, signal.SIGCONT)
    assert server.ask().status == 200
    server.signal(signal.SIGTTIN)
    server.wait_for_workers(3)
    assert server.workers[:2] == workers and "TIMEOUT" not in server.log.text
    server.stop()


@pytest.mark.only("swiftcorn")
def test_descriptors_are_exhausted(start, directory):
    """A worker that cannot boot for want of them is tried again; the master needs none."""
    server = start("-w", "2", "labour:app")
    server.wait_until_serving(workers=2)
    # A boot that fails before all have served would be the end: both are in a request now.
    waiting = [server.connect().send(request_bytes("GET", "/until?go")) for _ in range(8)]
    server.wait_for_log("^NOTE begun", count=2)
    (directory / "go").touch()
    for one in waiting:
        assert one.response().status == 200
        one.close()
    before = resource.prlimit(server.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (3, before[1]))
    mark = server.log.mark()
    kill_one(server)
    server.wait_for_log(r"Worker \(pid:\d+\) exited with code", since=mark)
    assert server.is_running() and server.ask().status == 200
    resource.prlimit(server.pid, resource.RLIMIT_NOFILE, before)
    server.wait_for_workers(2)
    assert server.ask().status == 200
    server.stop()


def test_the_disk_is_full_under_the_log(start, directory):
    """Lines are lost, requests are not, and workers are replaced as ever."""
    socket_path = directory / "web.sock"
    server = start(
        *("-b", f"unix:{socket_path}", "--access-logfile", "access.log"),
        *("--error-logfile", "error.log", "labour:app"),
        bind=False,
    )
    log = directory / "error.log"
    wait_until(lambda: log.exists() and "Booting worker" in log.read_text(), "the log")

    def ask(target="/pid"):
        with Connection(str(socket_path)) as link:
            return link.send(request_bytes("GET", target)).response().text

    worker = int(ask())
    for pid in (server.pid, worker):
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    assert [ask() for _ in range(20)] == [str(worker)] * 20
    os.kill(worker, signal.SIGKILL)
    wait_until_process_ends(worker)
    assert ask() != str(worker)
    server.signal(signal.SIGTERM)
    assert server.wait_for_exit() == 0


def test_the_disk_is_full_under_the_pid_file(start, kind, directory):
    """No server without the file that was asked for, and nothing is left of the attempt."""
    server = start(
        *("-b", f"unix:{directory}/web.sock", "-p", "server.pid", "hello:app"),
        bind=False,
        command=[sys.executable, "-c", WITHOUT_DISK, *command_of(kind)],
    )
    assert server.wait_for_exit() == 1
    server.expect_no_process_left()
    assert "File too large" in server.log.text
    assert not (directory / "server.pid").exists() and not (directory / "web.sock").exists()


@pytest.mark.parametrize("reader", ["full", "gone"])
def test_the_log_is_a_pipe_that_nobody_reads(kind, directory, differs, reader):
    """Nobody waits for it: neither the worker, nor the master that has to replace one."""
    read, write = os.pipe()
    path = directory / "web.sock"
    environment = {**os.environ, "PYTHONPATH": str(APPLICATIONS), "HOME": str(directory)}
    process = subprocess.Popen(
        [*command_of(kind), "-b", f"unix:{path}", "--access-logfile", "-", "labour:app"],
        cwd=directory,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=write,
        stderr=write,
        start_new_session=True,
    )
    try:

        def ask(seconds=None):
            with Connection(str(path), seconds) as link:
                return link.send(request_bytes("GET", "/pid")).response().text

        wait_until(path.is_socket, "the socket")
        worker = int(ask())
        if reader == "full":
            fill(write)
        else:
            os.close(read)
        stands_still = reader == "full" and differs(
            "log-never-waits", gunicorn=True, swiftcorn=False
        )
        if not stands_still:
            assert [ask() for _ in range(20)] == [str(worker)] * 20
            os.kill(worker, signal.SIGKILL)
            wait_until_process_ends(worker)
            assert ask() != str(worker)
            os.kill(process.pid, signal.SIGTERM)
            wait_until_process_ends(process.pid)
            assert process.wait() == 0
        else:
            with pytest.raises(AssertionError):
                for _ in range(3):
                    ask(seconds=1)
    finally:
        processes.kill_session(process.pid)
        process.wait()
        os.close(write)
        if reader == "full":
            os.close(read)


def fill(pipe):
    """Writes until the pipe takes no more; its flags are everybody's, so they are put back."""
    flags = fcntl.fcntl(pipe, fcntl.F_GETFL)
    fcntl.fcntl(pipe, fcntl.F_SETFL, flags | os.O_NONBLOCK)
    try:
        for size in (65536, 1):
            try:
                while True:
                    os.write(pipe, b"x" * size)
            except BlockingIOError:
                pass
    finally:
        fcntl.fcntl(pipe, fcntl.F_SETFL, flags)


@pytest.mark.only("swiftcorn")
def test_the_listening_socket_is_shut_down(start, directory):
    """An application ended its listening, for all of them: it listens again."""
    (directory / "shutting.py").write_text(SHUTTING)
    server = start("-w", "2", "shutting:app")
    server.wait_until_serving(workers=2)
    address = server.addresses[0]
    server.ask("/shut")
    server.wait_for_log("was shut down by somebody, and listens again")
    assert server.addresses[0] == address
    assert server.ask().status == 200
    server.stop()


@pytest.mark.only("swiftcorn")
def test_the_path_of_the_socket_is_removed(start, directory):
    """As by whoever tidies up /tmp: it is said, and HUP makes it anew."""
    path = directory / "web.sock"
    server = start("-b", f"unix:{path}", "labour:app", bind=False)
    server.wait_until_serving()
    wait_until(path.is_socket, "the socket")
    path.unlink()
    server.wait_for_log(r"\[ERROR\] unix:\S+ is gone from the file system")
    mark = server.log.mark()
    server.signal(signal.SIGHUP)
    server.wait_for_log("Worker exiting", since=mark)
    with Connection(str(path)) as link:
        assert link.send(request_bytes()).response().status == 200
    server.stop()
    assert not path.exists()


def test_the_folder_of_the_log_is_gone(start, directory, differs):
    """USR1 finds nowhere to open the file again: the old one stays, and so does the server."""
    folder = directory / "logs"
    folder.mkdir()
    server = start("--error-logfile", "logs/error.log", "-p", "server.pid", "labour:app")
    log = folder / "error.log"
    wait_until(lambda: log.exists() and "Booting worker" in log.read_text(), "the log")
    held = log.open()
    log.unlink()
    folder.rmdir()
    server.signal(signal.SIGUSR1)
    if differs("reopen-refused", gunicorn=True, swiftcorn=False):
        wait_until_process_ends(server.pid)
        assert server.process.wait() != 0
        return processes.kill_session(server.pid)
    wait_until(lambda: "Cannot reopen the error log" in said(held), "the old log goes on")
    assert server.is_running()
    server.signal(signal.SIGTERM)
    assert server.wait_for_exit() == 0


def said(file):
    file.seek(0)
    return file.read()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes a process 1")
@pytest.mark.only("swiftcorn")
def test_process_1_reaps_orphans(start, kind, directory):
    """In a container whatever loses its parent is ours: a hundred that end are reaped."""
    (directory / "orphans.py").write_text(
        "import os\nfrom labour import app as other\n"
        "def app(environ, start_response):\n"
        "    for _ in range(100):\n"
        "        if (child := os.fork()) == 0:\n"
        "            os.fork()\n"
        "            os._exit(0)\n"
        "        os.waitpid(child, 0)\n"
        "    return other(environ, start_response)\n"
    )
    unshare = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]
    if subprocess.run([*unshare, "true"], check=False, capture_output=True).returncode:
        pytest.skip("this machine makes no process namespaces")
    server = start("orphans:app", command=[*unshare, *command_of(kind)])
    server.wait_until_serving()
    assert re.search(r"\[1\] \[INFO\] Listening", server.log.text)
    (master,) = processes.children(server.pid)
    assert server.ask().status == 200
    wait_until(lambda: not processes.zombies(master), "every orphan is reaped")
    os.kill(master, signal.SIGTERM)
    assert server.wait_for_exit() == 0
    server.wait_for_log(r"\[1\] \[INFO\] Shutting down: Master$")
