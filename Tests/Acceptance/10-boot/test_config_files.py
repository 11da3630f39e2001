"""Config files as people write them, and the names in them that were meant for settings."""

import re
from pathlib import Path

import pytest

CONFIGURATIONS = sorted(Path(__file__).with_name("configurations").glob("*.py"))


@pytest.mark.parametrize("path", CONFIGURATIONS, ids=lambda path: path.stem)
def test_names_of_a_file_s_own_are_its_own(command, path):
    """No word about them, from either server."""
    finished = command("-c", str(path), "--check-config", "hello:app")
    said = [line for line in finished.err.splitlines() if "no effect" not in line]
    assert (finished.status, finished.out, said) == (0, "", [])


MISTAKEN = [
    ("preload = True", "preload", "preload_app"),
    ("worker = 4", "worker", "workers"),
    ("bind_address = '0.0.0.0:80'", "bind_address", "bind"),
    ("log_level = 'debug'", "log_level", "loglevel"),
    ("keep_alive = 5", "keep_alive", "keepalive"),
    ("if True:\n    time_out = 60", "time_out", "timeout"),
    ("gracefull_timeout: int = 60", "gracefull_timeout", "graceful_timeout"),
    ("forwarded_allow_ip = '*'", "forwarded_allow_ip", "forwarded_allow_ips"),
    ("worker_clas = 'sync'", "worker_clas", "worker_class"),
    ("pid_file = 'x.pid'", "pid_file", "pidfile"),
    ("def post_forkk(server, worker): pass", "post_forkk", "post_fork"),
    ("def when_redy(server):\n    pass", "when_redy", "when_ready"),
    ("pre_request_ = lambda worker, req: None", "pre_request_", "pre_request"),
    ("from hello import app as on_exitt", "on_exitt", "on_exit"),
    ("def after_fork(server, worker): pass", "after_fork", "post_fork"),
    ("workers_exit = 'hello.app'", "workers_exit", "worker_exit"),
]


@pytest.mark.parametrize(("source", "name", "meant"), MISTAKEN, ids=[one[1] for one in MISTAKEN])
def test_a_name_that_was_meant_for_a_setting(command, directory, differs, source, name, meant):
    (directory / "gunicorn.conf.py").write_text(f"import os\n{source}\n")
    finished = command("--check-config", "hello:app")
    line = 2 + source[: source.index(name)].count("\n")
    assert (finished.status, finished.err) == differs(
        "near-names",
        gunicorn=(0, ""),
        swiftcorn=(1, f"Warning: {name} in line {line} of the configuration file is no setting "
                      f"and is not used; did you mean {meant}?\n"),
    )


def test_a_server_starts_all_the_same(start, directory):
    (directory / "gunicorn.conf.py").write_text("preload = True\n")
    server = start("hello:app")
    assert server.ask().status == 200
    server.stop()


def test_where_the_values_come_from(command, directory, differs):
    (directory / "gunicorn.conf.py").write_text(
        "import os\nworkers = 3\nkeepalive = 5\nkeepalive = 7\ndef when_ready(server): pass\n")
    environment = {
        "PORT": "5005", "GUNICORN_BACKLOG": "5", "GUNICORN_CMD_ARGS": "--max-requests 9",
    }
    finished = command("--print-config", "-t", "9", "hello:app", environment=environment)
    assert finished.status == 0
    file = directory / "gunicorn.conf.py"
    said = re.sub(r"(?m)^Warning: .* no effect.*\n", "", finished.err)
    assert said == differs("value-origins", gunicorn="", swiftcorn=(
        "backlog           from environment variable GUNICORN_BACKLOG\n"
        "bind              from environment variable PORT\n"
        "default_proc_name from command line\n"
        f"keepalive         from {file}, line 4\n"
        "max_requests      from GUNICORN_CMD_ARGS\n"
        "timeout           from command line\n"
        f"when_ready        from {file}, line 5\n"
        f"workers           from {file}, line 2\n"
    ))
