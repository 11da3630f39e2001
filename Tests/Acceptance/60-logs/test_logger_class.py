"""`logger_class` and the settings of Python's logging: who says the lines, and in which words."""

import json
import re
import signal
import socket

import pytest

from support.client import request_bytes
from support.deadline import wait_until, wait_until_process_ends
from support.settings import without_explanation


def objects(server, since=0):
    """The lines that are JSON."""
    return [json.loads(text) for text in server.log.texts(since) if text.startswith("{")]


def messages(server, since=0):
    return [entry["message"] for entry in objects(server, since)]


def masked(server, since=0):
    return [
        re.sub(r"\d+", "N", text) for text in server.log.texts(since) if "ontrol socket" not in text
    ]


def test_every_line_goes_through_the_class(start):
    server = start("--logger-class", "loggers.JSONLines", "hello:app")
    server.wait_for_log("Booting worker with pid")
    server.ask()
    server.wait_for_log(r"\brequest\b")
    server.stop()
    assert all(text.startswith("{") for text in server.log.texts())
    said = [message for message in messages(server) if "ontrol socket" not in message]
    assert [re.sub(r"\d+", "N", one) for one in said] == [
        "Starting gunicorn N.N.N",
        "Listening at: http://N.N.N.N:N (N)",
        "Using worker: sync",
        "Booting worker with pid: N",
        "request",
        "Handling signal: term",
        "Worker exiting (pid: N)",
        "Shutting down: Master",
    ]
    entries = {entry["message"]: entry for entry in objects(server)}
    assert entries["Using worker: sync"]["process"] == server.pid
    assert entries["request"]["process"] != server.pid
    assert {entry["level"] for entry in objects(server)} == {"INFO"}


def test_what_access_is_told(start):
    server = start("--logger-class", "loggers.JSONLines", "wire:app")
    server.wait_for_log("Booting worker with pid")
    with server.connect() as link:
        fields = [("X-Twice", "1"), ("x-twice", "2"), ("User-Agent", "t")]
        link.send(request_bytes("POST", "/echo/a%20b?q=1&r", fields, b"abc"))
        content = link.response().content
    server.ask("/pieces")
    server.ask("/health")
    server.ask("/no_content", method="HEAD")
    server.stop()
    requests = [entry for entry in objects(server) if entry["message"] == "request"]
    assert len(requests) == 3
    post, pieces, head = requests
    assert post | {"process": 0} == {
        "level": "INFO",
        "logger": "gunicorn.access",
        "process": 0,
        "message": "request",
        "status": "200 OK",
        "code": 200,
        "sent": len(content),
        "length": len(content),
        "response_fields": post["response_fields"],
        "method": "POST",
        "uri": "/echo/a%20b?q=1&r",
        "path": "/echo/a%20b",
        "query": "q=1&r",
        "version": [1, 1],
        "fields": [
            ["HOST", "acceptance.test"],
            ["X-TWICE", "1"],
            ["X-TWICE", "2"],
            ["USER-AGENT", "t"],
            ["CONTENT-LENGTH", "3"],
            ["CONNECTION", "close"],
        ],
        "peer": "127.0.0.1",
        "took": True,
    }
    assert ["Content-Length", str(len(content))] in post["response_fields"]
    assert (pieces["sent"], pieces["length"]) == (24, None)
    assert (head["status"], head["sent"]) == ("204 No Content", 0)


def test_an_exception_comes_as_an_exception(start):
    server = start("--logger-class", "loggers.JSONLines", "scenes:app")
    server.wait_for_log("Booting worker with pid")
    assert server.ask("/raised?unicode").status == 500
    server.wait_for_log("Error handling request")
    (entry,) = [e for e in objects(server) if e["message"].startswith("Error handling")]
    assert entry["message"] == "Error handling request GET /raised?unicode"
    assert (entry["level"], entry["exception"]) == ("ERROR", "ValueError")
    assert entry["last_frame"].startswith("ValueError: caf")
    server.stop()


def test_atoms_formats_and_the_moment_can_be_overridden(start):
    server = start(
        "--logger-class=loggers.MoreAtoms",
        "--access-logfile=-",
        '--access-logformat=%(thing)s %(t)s %(s)s %(nosuch)s %({host}i)s %(f)s "%({nosuch}e)s"',
        "hello:app",
    )
    server.wait_for_log("<INFO> Booting worker with pid")
    server.ask("/x%20y")
    server.out.wait_for("get at")
    assert server.out.texts() == ['get at /x%20y NOW 200 - acceptance.test - "-"']
    server.stop()
    assert server.log.texts()[-1] == "<INFO> Shutting down: Master"


def test_methods_that_say_a_line_can_be_overridden(start):
    server = start("--logger-class=loggers.Counted", "hello:app")
    server.wait_for_log(r"\(MainThread\) Booting worker with pid")
    server.ask("/a")
    server.wait_for_log(r"debug: GET /a$")
    server.wait_for_log(r"debug: Arbiter booted$")
    server.stop()


def test_the_class_itself_from_a_config_file(start, directory):
    (directory / "gunicorn.conf.py").write_text(
        "from gunicorn import glogging\n"
        "class Own(glogging.Logger):\n"
        "    error_fmt = 'own %(message)s'\n"
        "logger_class = Own\n"
    )
    server = start("hello:app")
    server.wait_for_log("^own Booting worker with pid")
    server.stop()
    assert all(text.startswith("own ") for text in server.log.texts())


@pytest.mark.parametrize("name", ["simple", "gunicorn.glogging.Logger"])
def test_the_usual_class(start, name):
    server = start("--logger-class", name, "--access-logfile=-", "hello:app")
    server.wait_until_serving()
    server.ask()
    server.out.wait_for(r'^127\.0\.0\.1 - - \[.*\] "GET / HTTP/1\.1" 200 6 "-" "-"$')
    server.stop()
    assert server.masked_log()[0] == "[TIME] [MASTER] [INFO] Starting gunicorn 27.0.1"


def test_install_is_called_once_before_the_first_line(start):
    server = start("--logger-class=loggers.Installed", "hello:app")
    server.wait_until_serving()
    server.stop()
    assert server.log.texts()[0] == "installed"


def test_a_class_that_is_not_there(command, differs):
    found = command("--logger-class=loggers.NoSuch", "hello:app")
    sentence = "class uri 'loggers.NoSuch' invalid or not found: "
    assert found.status == 1
    assert (
        differs("missing-logger-class", gunicorn="'str' object is not callable", swiftcorn=sentence)
        in found.err
    )


def test_a_class_that_cannot_start(command):
    found = command("--logger-class=loggers.CannotStart", "hello:app")
    assert found.status == 1
    assert without_explanation(found.err) == "\nError: the logger cannot start\n\n"


def test_a_class_that_fails_later_does_not_take_the_server_along(start):
    server = start("--logger-class=loggers.Broken", "hello:app")
    server.wait_until_serving()
    assert server.ask().text == "hello\n"
    server.wait_for_log("RuntimeError: no access")
    assert server.ask().status == 200
    server.stop()


def test_a_reload_sets_it_up_again(start, directory):
    config = directory / "gunicorn.conf.py"
    config.write_text("loglevel = 'info'\nlogger_class = 'loggers.MoreAtoms'\n")
    server = start("hello:app")
    server.wait_for_log("<INFO> Booting worker with pid")
    old = re.search(r"with pid: (\d+)", server.log.text).group(1)
    config.write_text("loglevel = 'debug'\nlogger_class = 'loggers.MoreAtoms'\n")
    server.signal(signal.SIGHUP)
    server.wait_for_log("<INFO> Booting worker with pid", count=2)
    wait_until_process_ends(int(old))
    server.ask("/a")
    server.wait_for_log("<DEBUG> GET /a$")
    server.stop()


# Python's logging, configured by the operator.

DICT = """
logconfig_dict = {
    'formatters': {'plain': {'format': '%(name)s %(levelname)s %(message)s'}},
    'handlers': {
        'file': {'class': 'logging.FileHandler', 'filename': 'said.log', 'formatter': 'plain'},
    },
    'loggers': {
        'gunicorn.error': {'level': 'INFO', 'handlers': ['file'], 'propagate': False},
        'gunicorn.access': {'level': 'INFO', 'handlers': ['file'], 'propagate': False},
    },
    'root': {'level': 'INFO', 'handlers': ['file']},
}
"""
JSON = (
    DICT.replace("logconfig_dict =", "")
    .replace("False", "false")
    .replace("'", '"')
    .replace("},\n    },", "}\n    },")
    .replace("},\n    },", "}\n    },")
    .replace("},\n}", "}\n}")
)
INI = """
[loggers]
keys=root, gunicorn.error, gunicorn.access
[handlers]
keys=file
[formatters]
keys=plain
[logger_root]
level=INFO
handlers=file
[logger_gunicorn.error]
level=INFO
handlers=file
propagate=0
qualname=gunicorn.error
[logger_gunicorn.access]
level=INFO
handlers=file
propagate=0
qualname=gunicorn.access
[handler_file]
class=FileHandler
formatter=plain
args=('said.log',)
[formatter_plain]
format=%(name)s %(levelname)s %(message)s
"""


@pytest.mark.parametrize("form", ["dict", "json", "ini"])
def test_a_log_configuration(start, directory, form):
    (directory / "log.json").write_text(JSON)
    (directory / "log.ini").write_text(INI)
    if form == "dict":
        (directory / "gunicorn.conf.py").write_text(DICT)
    options = {
        "dict": (),
        "json": ("--log-config-json=log.json",),
        "ini": ("--log-config=log.ini",),
    }
    said = directory / "said.log"
    server = start(*options[form], "-b", f"unix:{directory}/w.sock", "hello:app", bind=False)
    wait_until(lambda: said.exists() and "Booting worker" in said.read_text(), "the log")
    from support.client import Connection

    with Connection(f"{directory}/w.sock") as link:
        assert link.send(request_bytes()).response().status == 200
    (directory / "said.log").rename(directory / "old.log")
    server.signal(signal.SIGUSR1)
    wait_until(said.exists, "the file opened again")
    server.stop()
    lines = ((directory / "old.log").read_text() + said.read_text()).splitlines()
    assert "gunicorn.error INFO Using worker: sync" in lines
    assert "gunicorn.error INFO Shutting down: Master" in lines
    assert [line for line in lines if line.startswith("gunicorn.access INFO ")][0].endswith(
        '"GET / HTTP/1.1" 200 6 "-" "-"'
    )


def test_a_log_configuration_that_is_not_there(command):
    found = command("--log-config=nosuch", "hello:app")
    assert found.status == 1
    assert "Error: log config 'nosuch' not found" in found.err


def test_a_json_configuration_that_is_not_there(start, differs):
    server = start("--log-config-json=nosuch", "hello:app")
    said = differs(
        "missing-log-json",
        gunicorn="Booting worker with pid",
        swiftcorn="Error: log config 'nosuch' not found",
    )
    server.wait_for_log(said)
    if server.kind == "gunicorn":
        server.stop()
    else:
        server.expect_clean_exit(status=1)


def test_a_log_configuration_that_cannot_be(command, directory):
    (directory / "gunicorn.conf.py").write_text("logconfig_dict = {'root': {'handlers': ['no']}}\n")
    found = command("hello:app")
    said = without_explanation(found.err)
    assert (found.status, said) == (1, "\nError: Unable to configure root logger\n\n")


def test_syslog(start, directory):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as taker:
        taker.bind(f"{directory}/log")
        taker.settimeout(20)
        server = start(
            "--log-syslog",
            f"--log-syslog-to=unix://{directory}/log#dgram",
            "--log-syslog-prefix=site",
            "--log-syslog-facility=local3",
            "hello:app",
        )
        server.wait_until_serving()
        server.ask()
        received = []
        while not any(b".access: " in one for one in received):
            received.append(taker.recv(8192))
        server.signal(signal.SIGTERM)
        while not any(b"Shutting down" in one for one in received):
            received.append(taker.recv(8192))
        server.wait_for_exit()
    assert (
        received[0]
        == f"<158>gunicorn.site.error: [{server.pid}] Starting gunicorn 27.0.1".encode() + b"\0"
    )
    (line,) = [one for one in received if b".access: " in one]
    assert re.fullmatch(
        rb"<158>gunicorn\.site\.access: \[\d+\] 127\.0\.0\.1 - - \[.*\] "
        rb'"GET / HTTP/1\.1" 200 6 "-" "-"\0',
        line,
    )
    # Standard error has the lines as well.
    assert server.log.texts()[0].endswith("] [INFO] Starting gunicorn 27.0.1")


def test_the_application_finds_the_loggers_with_handlers(start, directory):
    """People give their own logger the handlers of `gunicorn.error`."""
    (directory / "saying.py").write_text(
        "import logging\n"
        "log = logging.getLogger('mine')\n"
        "log.handlers = logging.getLogger('gunicorn.error').handlers\n"
        "log.setLevel(logging.getLogger('gunicorn.error').level)\n"
        "from hello import app as inner\n"
        "def app(environ, start_response):\n"
        "    log.info('mine: %s', environ['PATH_INFO'])\n"
        "    logging.getLogger('gunicorn.error').warning('theirs')\n"
        "    logging.getLogger('gunicorn.error').debug('not shown')\n"
        "    return inner(environ, start_response)\n"
    )
    server = start("saying:app")
    server.wait_until_serving()
    server.ask("/a")
    server.wait_for_log(r"^\[\d{4}-\d\d-\d\d .*\] \[\d+\] \[INFO\] mine: /a$")
    server.wait_for_log(r"^\[\d{4}-\d\d-\d\d .*\] \[\d+\] \[WARNING\] theirs$")
    server.stop()
    assert "not shown" not in server.log.text
