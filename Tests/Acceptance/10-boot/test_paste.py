"""Pyramid by its ini file: `--paste`, `--paste-global`, and `pserve` with our server in it."""

import re
import signal
import subprocess
from pathlib import Path
from urllib.request import urlopen

import pytest

from support.deadline import wait_until
from support.server import clean_environment, interpreter_of
from support.settings import without_explanation

INI = """\
[DEFAULT]
mark = !

[app:main]
use = call:pyramid_shop:main
greeting = Hello

[app:formal]
use = call:pyramid_shop:main
greeting = Good day

[server:main]
use = egg:gunicorn#main
host = 127.0.0.1
port = 0
workers = 1
threads = 1
"""

LOGGING = """
[loggers]
keys = root

[handlers]
keys = console

[formatters]
keys =

[logger_root]
level = INFO
handlers = console

[handler_console]
class = StreamHandler
args = (sys.stderr,)
"""


@pytest.fixture
def ini(directory):
    path = directory / "shop.ini"
    path.write_text(INI)
    return path


def greeting(server):
    return server.ask("/hello/you").text


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("shop.ini", "Hello, you!"),
        ("shop.ini#formal", "Good day, you!"),
    ],
)
def test_an_application_of_the_file(start, ini, uri, expected):
    server = start("--paste", uri)
    assert greeting(server) == expected
    server.stop()


def test_variables_for_the_file(start, ini):
    text = INI.replace("greeting = Hello", "greeting = %(word)s")
    ini.write_text(text.replace("[DEFAULT]\nmark = !", ""))
    server = start(
        "--paster",
        "shop.ini",
        "--paste-global",
        "word=Hi",
        "--paste-global",
        "a\\=b=c",
        "--preload",
    )
    assert greeting(server) == "Hi, you."
    server.stop()


def test_the_file_is_preferred_to_an_application_beside_it(start, ini):
    server = start("hello:app", "--paste", "shop.ini")
    assert greeting(server) == "Hello, you!"
    server.stop()


def printed(finished, name):
    (line,) = [one for one in finished.out.splitlines() if one.split(" ")[0] == name]
    return line.split(" = ", 1)[1]


def test_what_the_file_brings_along(command, ini):
    """Its path is the process's name, and its section for logging the logging's configuration."""
    ini.write_text(INI + LOGGING)
    finished = command("--paste", "shop.ini", "--print-config")
    assert printed(finished, "default_proc_name") == str(ini)
    assert printed(finished, "logconfig") == str(ini)
    finished = command("--paste", "shop.ini", "--print-config", "--log-config", "other.ini")
    assert printed(finished, "logconfig") == "other.ini"


@pytest.mark.parametrize("source", ["gunicorn.conf.py", "GUNICORN_CMD_ARGS"])
def test_a_file_that_another_source_names(command, directory, ini, differs, source):
    environment = {}
    if source == "gunicorn.conf.py":
        (directory / source).write_text("paste = 'shop.ini'\n")
    else:
        environment[source] = "--paste shop.ini"
    finished = command("--check-config", environment=environment)
    assert (finished.status, finished.err) == differs(
        "paste-anywhere",
        gunicorn=(1, "\nError: No application module specified.\n"),
        swiftcorn=(0, ""),
    )


def test_a_file_that_is_not_there(command, directory):
    finished = command("--paste", "none.ini#main")
    assert without_explanation(finished.err) == f"\nError: '{directory}/none.ini' not found\n"
    assert finished.status == 1


def test_a_section_that_is_not_there(command, ini):
    finished = command("--paste", "shop.ini#nobody", "--check-config")
    assert finished.err.startswith("\nError while loading the application:\n")
    assert "LookupError: No section 'nobody'" in finished.err
    assert finished.status == 1


def test_a_variable_without_a_value(command, ini):
    finished = command("--paste", "shop.ini", "--paste-global", "novalue", "--check-config")
    assert "environment setting 'novalue' invalid" in finished.err
    assert finished.status == 1


def test_without_paste_deploy(command, directory, ini):
    (directory / "sitecustomize.py").write_text("import sys\nsys.modules['paste.deploy'] = None\n")
    finished = command(
        "--paste", "shop.ini", "--check-config", environment={"PYTHONPATH": str(directory)}
    )
    assert finished.err.startswith("\nError: import of paste.deploy halted")
    assert finished.status == 1


def test_the_distribution_is_found_by_its_name(kind):
    """As `egg:gunicorn#main`, and as what other packages require."""
    asked = (
        "import importlib.metadata as m; d = m.distribution('gunicorn'); "
        "(e,) = d.entry_points.select(group='paste.server_runner', name='main'); "
        "print(d.version, e.value)"
    )
    finished = subprocess.run(
        [interpreter_of(kind), "-c", asked], check=True, capture_output=True, text=True
    )
    assert finished.stdout == "27.0.1 gunicorn.app.pasterapp:serve\n"


def test_a_server_of_paste_s(kind, directory, ini):
    python = interpreter_of(kind)
    with open(directory / "log", "wb") as log:
        server = subprocess.Popen(
            [Path(python).with_name("pserve"), ini],
            cwd=directory,
            stdout=log,
            stderr=log,
            env=clean_environment(directory),
            start_new_session=True,
        )
    try:
        port = listening_port(directory / "log", server)
        with urlopen(f"http://127.0.0.1:{port}/hello/you", timeout=20) as response:
            assert response.read() == b"Hello, you!"
        server.send_signal(signal.SIGTERM)
        assert server.wait(20) == 0
    finally:
        server.kill()
        server.wait()


def listening_port(log, server):
    def found():
        assert server.poll() is None, log.read_text()
        return re.search(r"Listening at: http://127.0.0.1:(\d+)", log.read_text())

    wait_until(found, "a server that listens")
    return int(found()[1])
