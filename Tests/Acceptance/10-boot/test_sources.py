"""Where settings come from, and which source wins: default < file < environment < command line."""

import os

import pytest

from support.server import APPLICATIONS


@pytest.fixture
def setting(command, directory):
    """The value of one setting as --print-config shows it."""

    def shown(name, *arguments, **options):
        finished = command("--print-config", *arguments, "hello:app", **options)
        assert finished.status == 0, finished.err
        (line,) = [one for one in finished.out.splitlines() if one.split(" ")[0] == name]
        return line.split(" = ", 1)[1]

    return shown


FORMS = [
    ["-w2"],
    ["-w", "2"],
    ["-w=2"],
    ["--workers", "2"],
    ["--workers=2"],
    ["--workers", "9", "-w2"],
]


@pytest.mark.parametrize("arguments", FORMS, ids=" ".join)
def test_the_forms_of_an_option(setting, arguments):
    assert setting("workers", *arguments) == "2"


def test_more_forms_of_options(setting):
    assert setting("bind", "-b:8001") == "[':8001']"
    assert setting("timeout", "--timeo", "5") == "5"
    assert setting("reload", "-RD", "--reload") == "True"
    assert setting("bind", "-b", ":1", "--bind=:2") == "[':1', ':2']"
    assert setting("proc_name", "--name=-x") == "-x"


def test_the_order_of_the_sources(setting, directory):
    assert setting("timeout") == "30"
    (directory / "gunicorn.conf.py").write_text("timeout = 31\n")
    assert setting("timeout") == "31"
    environment = {"GUNICORN_CMD_ARGS": "--timeout 32"}
    assert setting("timeout", environment=environment) == "32"
    assert setting("timeout", "--timeout", "33", environment=environment) == "33"


def test_a_later_source_replaces_a_whole_list(setting, directory):
    (directory / "gunicorn.conf.py").write_text("bind = [':1', ':2']\nraw_env = ['A=1']\n")
    assert setting("bind") == "[':1', ':2']"
    assert setting("bind", "-b", ":3") == "[':3']"
    assert setting("raw_env", environment={"GUNICORN_CMD_ARGS": "-e B=2 -e C=3"}) == (
        "['B=2', 'C=3']"
    )


def test_which_config_file(setting, directory):
    (directory / "gunicorn.conf.py").write_text("timeout = 31\n")
    (directory / "other.py").write_text("timeout = 41\n")
    (directory / "third.py").write_text("timeout = 51\n")
    environment = {"GUNICORN_CMD_ARGS": "-c other.py"}
    assert setting("timeout", environment=environment) == "41"
    assert setting("timeout", "-c", "third.py", environment=environment) == "51"
    assert setting("timeout", "-c", "file:other.py") == "41"
    assert (
        setting(
            "timeout",
            "-c",
            "python:third",
            environment={"PYTHONPATH": f"{directory}:{APPLICATIONS}"},
        )
        == "51"
    )


def test_the_config_file_is_a_program(setting, directory):
    (directory / "gunicorn.conf.py").write_text(
        "import os\n"
        "_private = 5\n"
        "workers = len(os.environ['COUNT'])\n"
        "bind = f'unix:{os.path.basename(__file__)}.sock'\n"
    )
    assert setting("workers", environment={"COUNT": "xxxx"}) == "4"
    assert setting("bind", environment={"COUNT": "xxxx"}) == "['unix:gunicorn.conf.py.sock']"


def test_the_environment_variable_is_split_as_a_shell_does(setting):
    environment = {
        "GUNICORN_CMD_ARGS": "--name 'two words' -e \"A=b c\" --access-logformat=%\\(m\\)s"
    }
    assert setting("proc_name", environment=environment) == "two words"
    assert setting("raw_env", environment=environment) == "['A=b c']"
    assert setting("access_log_format", environment=environment) == "%(m)s"


def test_an_application_in_the_environment_variable(command, differs):
    finished = command("--check-config", environment={"GUNICORN_CMD_ARGS": "hello:app"})
    assert finished.err == differs(
        "application-in-variable",
        gunicorn="\nError: No application module specified.\n",
        swiftcorn="",
    )


def test_environment_variables_with_a_meaning(setting):
    assert setting("bind", environment={"PORT": "5005"}) == "['0.0.0.0:5005']"
    assert setting("workers", environment={"WEB_CONCURRENCY": "6"}) == "6"
    assert setting("workers", "-w", "2", environment={"WEB_CONCURRENCY": "6"}) == "2"
    assert setting("forwarded_allow_ips", environment={"FORWARDED_ALLOW_IPS": "*"}) == "['*']"


@pytest.mark.parametrize("way", [["-w", "auto"], "WEB_CONCURRENCY"], ids=str)
def test_as_many_workers_as_processors(command, directory, differs, way):
    """On a machine with a quota the count may be less; with one processor it can be one only."""
    own = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(own)})
    try:
        arguments = way if isinstance(way, list) else []
        environment = {} if arguments else {way: "auto"}
        finished = command("--print-config", *arguments, "hello:app", environment=environment)
    finally:
        os.sched_setaffinity(0, own)
    line = next((one for one in finished.out.splitlines() if one.startswith("workers ")), None)
    found = (finished.status, line and line.split(" = ")[1])
    refused = 2 if isinstance(way, list) else 1
    assert found == differs("workers-auto", gunicorn=(refused, None), swiftcorn=(0, "1"))


def test_a_relative_config_file_is_looked_for_in_the_start_directory(setting, directory):
    (directory / "inner").mkdir()
    (directory / "settings.py").write_text("timeout = 61\n")
    (directory / "inner" / "settings.py").write_text("timeout = 71\n")
    assert setting("timeout", "--chdir", "inner", "-c", "settings.py") == "61"
    assert setting("chdir", "--chdir", "inner") == str(directory / "inner")
