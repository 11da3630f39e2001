"""--help, --version, --print-config, --check-config: what they print and exit with."""

import os
import re
from pathlib import Path

import pytest

from support.server import GUNICORN

EXPECTED = Path(__file__).with_name("expected")


def expected_text(name, found, record):
    path = EXPECTED / name
    if record:
        path.write_text(found)
    return path.read_text()


def stands_in_order(lines, within):
    rest = iter(within)
    return [line for line in lines if line not in rest]


def options_of(text):
    """The heads of the options: the flags and what their values are called."""
    return re.findall(r"(?m)^  (-.*?)(?=  |$)", text)


@pytest.mark.parametrize("option", ["-v", "--version"])
def test_version(command, program, option):
    finished = command(option)
    assert finished.out == f"{program} (version 27.0.1)\n"
    assert (finished.status, finished.err) == (0, "")


def test_version_in_the_environment_variable(command, program):
    finished = command("hello:app", environment={"GUNICORN_CMD_ARGS": "--version"})
    assert (finished.status, finished.out) == (0, f"{program} (version 27.0.1)\n")


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help(command, program, directory, option, request, differs):
    """Each option of Gunicorn's help stands in ours, written alike, in the same order."""
    finished = command(option)
    found = finished.out.replace(f"usage: {program} ", "usage: PROGRAM ")
    found = found.replace(str(directory), "DIRECTORY")
    expected = expected_text("help.txt", found, request.config.getoption("--record"))
    if differs("help-text", gunicorn=True, swiftcorn=False):
        assert found == expected
    assert ":ref:" not in found or differs("help-text", gunicorn=True, swiftcorn=False)
    assert stands_in_order(options_of(expected), options_of(found)) == []
    assert (finished.status, finished.err) == (0, "")


def test_print_config(command, directory, kind, request, differs):
    """Each setting, sorted and aligned: people read single lines out of this."""
    finished = command("--print-config", "hello:app")
    found = finished.out.replace(str(directory), "DIRECTORY")
    found = re.sub(rf"(?m)^(user|group)( +)= {os.getuid()}$", r"\1\2= ME", found)
    expected = expected_text("print-config.txt", found, request.config.getoption("--record"))
    extra = [line for line in found.splitlines() if line not in expected.splitlines()]
    missing = [line for line in expected.splitlines() if line not in found.splitlines()]
    assert missing == []
    assert not extra or differs("own-settings", gunicorn=False, swiftcorn=True)
    names = [line.split(" = ")[0].strip() for line in found.splitlines()]
    assert names == sorted(names) and len(set(names)) == len(names)
    assert (finished.status, finished.err) == (0, differs(
        "value-origins", gunicorn="", swiftcorn="default_proc_name from command line\n"))
    assert kind != GUNICORN or len(names) == 120


def test_print_config_shows_what_was_set(command, directory):
    (directory / "gunicorn.conf.py").write_text(
        "def when_ready(server):\n    pass\n\nbacklog = '0x10'\n"
    )
    finished = command(
        "--print-config",
        "-w",
        "3",
        "-b",
        ":9",
        "-e",
        "A=1",
        "-e",
        "B=2",
        "--preload",
        "--log-level",
        "debug",
        "--no-sendfile",
        "-m",
        "0022",
        "hello:app",
    )
    shown = dict(line.split(" = ", 1) for line in finished.out.splitlines())
    shown = {name.strip(): value for name, value in shown.items()}
    wanted = {
        "workers": "3",
        "bind": "[':9']",
        "raw_env": "['A=1', 'B=2']",
        "preload_app": "True",
        "loglevel": "debug",
        "sendfile": "False",
        "umask": "18",
        "backlog": "16",
        "when_ready": "<when_ready()>",
    }
    assert {name: shown[name] for name in wanted} == wanted


def test_check_config_of_a_good_application(command):
    finished = command("--check-config", "-b", "127.0.0.1:1", "hello:app")
    assert (finished.status, finished.out, finished.err) == (0, "", "")


def test_check_config_does_not_open_anything(command, directory):
    finished = command(
        "--check-config", "-b", "unix:web.sock", "-p", "server.pid", "-k", "nosuch", "hello:app"
    )
    assert (finished.status, finished.err) == (0, "")
    assert not (directory / "web.sock").exists()
    assert not (directory / "server.pid").exists()


@pytest.mark.parametrize(
    ("expression", "last"),
    [
        (
            "hello:missing",
            "gunicorn.errors.AppImportError: Failed to find attribute 'missing' in 'hello'.",
        ),
        ("nosuch:app", "ModuleNotFoundError: No module named 'nosuch'"),
        (
            "specimen:not_callable",
            "gunicorn.errors.AppImportError: Application object must be callable.",
        ),
    ],
)
def test_check_config_of_a_bad_application(command, expression, last):
    finished = command("--check-config", expression)
    lines = finished.err.splitlines()
    assert lines[:4] == [
        "",
        "Error while loading the application:",
        "",
        "Traceback (most recent call last):",
    ]
    assert lines[-1] == last
    assert (finished.status, finished.out) == (1, "")


def test_check_config_without_an_application(command):
    finished = command("--check-config")
    assert finished.err == "\nError: No application module specified.\n"
    assert finished.status == 1
