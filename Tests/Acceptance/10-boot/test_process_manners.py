"""Who the processes are, what they are called, and what belongs to whom."""

import json
import os
import re
from pathlib import Path

import pytest

from support import processes
from support.deadline import wait_until

needs_root = pytest.mark.skipif(os.getuid() != 0, reason="only the super-user becomes another user")

WHO = """
import json, os

def app(environ, start_response):
    found = json.dumps({
        "users": os.getresuid(), "groups": os.getresgid(), "others": sorted(os.getgroups()),
    }).encode()
    start_response("200 OK", [("Content-Length", str(len(found)))])
    return [found]
"""


@pytest.fixture
def who(start, directory):
    """Starts as somebody and answers who the worker is; the server goes on."""
    (directory / "who.py").write_text(WHO)
    directory.chmod(0o755)

    def asked(*options):
        # Preloaded, because the user may not be able to read this machine's Python.
        server = start("--preload", *options, "who:app")
        server.wait_until_serving()
        return server, json.loads(server.ask().content)

    return asked


def identity(pid):
    status = Path(f"/proc/{pid}/status").read_text()
    return [
        [int(number) for number in re.search(rf"^{name}:\t(.*)$", status, re.M)[1].split()]
        for name in ("Uid", "Gid")
    ]


@needs_root
@pytest.mark.parametrize("names", [("www-data", "www-data"), ("33", "33")])
def test_the_workers_are_somebody_else_and_the_master_is_not(who, names):
    server, found = who("-u", names[0], "-g", names[1])
    assert found["users"] == [33] * 3 and found["groups"] == [33] * 3
    assert found["others"] == sorted(os.getgroups()), "as --initgroups is not given"
    assert identity(server.pid) == [[0] * 4, [0] * 4]
    server.stop()


@needs_root
def test_a_group_alone(who):
    server, found = who("-g", "games")
    assert found["users"] == [0] * 3 and found["groups"] == [60] * 3
    server.stop()


@needs_root
def test_every_group_of_the_user(who, differs):
    server, found = who("-u", "www-data", "-g", "www-data", "--initgroups")
    assert found["users"] == [33] * 3 and found["others"] == [33]
    # Gunicorn takes the user's other groups, and stays in the group that it was started in.
    group = differs("initgroups-group", gunicorn=0, swiftcorn=33)
    assert found["groups"] == [group] * 3
    server.stop()


@needs_root
def test_a_user_who_has_no_name_has_no_other_groups(who):
    server, found = who("-u", "54321", "-g", "54322", "--initgroups")
    assert found["users"] == [54321] * 3 and found["groups"] == [54322] * 3
    server.stop()


@needs_root
def test_logs_and_sockets_are_the_workers(start, directory):
    """So that they can open the logs again, and whoever is in the group can connect."""
    directory.chmod(0o755)
    (directory / "who.py").write_text(WHO)
    server = start(
        "--preload", "-u", "www-data", "-g", "games", "--log-file=e.log", "--access-logfile=a.log",
        "-p", "server.pid", "-b", "unix:web.sock", "-m", "0007", "who:app", bind=False,
    )
    log = directory / "e.log"
    wait_until(lambda: log.exists() and "Booting worker" in log.read_text(), "the log")
    owners = {path.name: (path.stat().st_uid, path.stat().st_gid) for path in directory.iterdir()}
    assert owners["web.sock"] == owners["e.log"] == owners["a.log"] == (33, 60)
    assert owners["server.pid"] == (0, 0)
    assert (directory / "web.sock").stat().st_mode & 0o777 == 0o770
    server.stop()


def command_line(pid):
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode().rstrip()


def test_titles_without_any_package(start, differs):
    server = start("-n", "shop", "hello:app")
    server.wait_until_serving()
    server.ask()
    shown = differs(
        "process-titles",
        gunicorn=[command_line(server.pid)] * 2,
        swiftcorn=["gunicorn: master [shop]", "gunicorn: worker [shop]"],
    )
    assert [command_line(server.pid), command_line(server.worker)] == shown
    server.stop()


@pytest.mark.only("swiftcorn")
def test_a_title_may_be_longer_than_the_command_line(start, directory):
    """It takes the room of the environment, which moves: the application finds its variables."""
    name = "a long name " * 12
    (directory / "settings.py").write_text(f"proc_name = {name.strip()!r}\n")
    (directory / "finding.py").write_text(
        "import ctypes, os\nfrom specimen import saying\n"
        "get = ctypes.CDLL(None).getenv\nget.restype = ctypes.c_char_p\n"
        "app = saying(os.environ['COLUMNS'] + get(b'COLUMNS').decode() + get(b'LAST').decode())\n"
    )
    server = start("-c", "settings.py", "finding:app", environment={"LAST": "one"})
    server.wait_until_serving()
    assert server.ask().text == "8080one"
    assert command_line(server.pid) == f"gunicorn: master [{name.strip()}]"
    assert command_line(server.worker) == f"gunicorn: worker [{name.strip()}]"
    (child,) = processes.children(server.pid)
    assert child == server.worker
    server.stop()


def test_a_directory_for_heartbeats(start, directory):
    """Taken, and not needed here: what matters is that the option does no harm."""
    (directory / "beats").mkdir()
    server = start("--worker-tmp-dir", "beats", "hello:app")
    assert server.ask().text == "hello\n"
    server.stop()


def test_variables_follow_a_reload(start, directory):
    (directory / "settings.py").write_text("raw_env = ['ONE=1', 'TWO=2']\n")
    (directory / "telling.py").write_text(
        "import os\nfrom specimen import saying\n"
        "app = saying(repr([os.environ.get(n) for n in ('ONE', 'TWO', 'THREE')]))\n"
    )
    server = start("-c", "settings.py", "telling:app", environment={"TWO": "own"})
    assert server.ask().text == "['1', '2', None]"
    (directory / "settings.py").write_text("raw_env = ['THREE=3']\n")
    server.signal(1)
    server.wait_for_log("Booting worker with pid", count=2)
    wait_until(lambda: server.ask().text == "[None, 'own', '3']", "the new variables")
    server.stop()
