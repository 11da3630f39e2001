"""The environment variable of each setting, GUNICORN_<SETTING>, which only we have."""

import pytest

GIVEN = {
    "GUNICORN_WORKERS": ("4", "workers", "4"),
    "GUNICORN_BIND": (":80, unix:/x", "bind", "[':80', 'unix:/x']"),
    "GUNICORN_RAW_ENV": ('["A=1,2", "B=3"]', "raw_env", "['A=1,2', 'B=3']"),
    "GUNICORN_PRELOAD_APP": ("yes", "preload_app", "True"),
    "GUNICORN_UMASK": ("0022", "umask", "18"),
    "GUNICORN_FORWARDED_ALLOW_IPS": (
        "10.0.0.0/8,::1", "forwarded_allow_ips", "['10.0.0.0/8', '::1']"),
    "GUNICORN_SECURE_SCHEME_HEADERS": ('{"X": "y"}', "secure_scheme_headers", "{'X': 'y'}"),
    "GUNICORN_LOGCONFIG_DICT": (
        '{"version": 1, "root": {"level": "INFO"}}', "logconfig_dict",
        "{'version': 1, 'root': {'level': 'INFO'}}"),
    "GUNICORN_WHEN_READY": ("os.chdir", "when_ready", "<chdir()>"),
    "GUNICORN_PROC_NAME": ("two words", "proc_name", "two words"),
}


def shown(finished, name):
    (line,) = [one for one in finished.out.splitlines() if one.split(" ")[0] == name]
    return line.split(" = ", 1)[1]


def test_each_setting_has_a_variable(command, differs):
    environment = {name: text for name, (text, _, _) in GIVEN.items()}
    finished = command("--print-config", "hello:app", environment=environment)
    assert finished.status == 0, finished.err
    found = {name: shown(finished, setting) for name, (_, setting, _) in GIVEN.items()}
    taken = found == {name: value for name, (_, _, value) in GIVEN.items()}
    assert taken == differs("setting-variables", gunicorn=False, swiftcorn=True)


def test_its_rank(command, directory, differs):
    (directory / "gunicorn.conf.py").write_text("timeout = 31\nworkers = 5\n")
    environment = {"GUNICORN_TIMEOUT": "32", "GUNICORN_BACKLOG": "9",
                   "GUNICORN_CMD_ARGS": "--backlog 10"}
    finished = command("--print-config", "hello:app", environment=environment)
    assert shown(finished, "timeout") == differs(
        "setting-variables", gunicorn="31", swiftcorn="32")
    assert (shown(finished, "workers"), shown(finished, "backlog")) == ("5", "10")
    finished = command("--print-config", "-t", "33", "hello:app", environment=environment)
    assert shown(finished, "timeout") == "33"


@pytest.mark.parametrize("source", [
    "import os\ntimeout = int(os.environ['GUNICORN_TIMEOUT']) * 2\n",
    "import os\ntimeout = int(os.getenv('GUNICORN_' + 'timeout'.upper())) * 2\n",
    "import os\nname = 'TIMEOUT'\ntimeout = int(os.environ[f'GUNICORN_{name}']) * 2\n",
])
def test_a_variable_that_the_config_file_reads_is_the_file_s(command, directory, source):
    """A file that was written for Gunicorn goes on to mean what it meant."""
    (directory / "gunicorn.conf.py").write_text(source)
    finished = command("--print-config", "hello:app", environment={"GUNICORN_TIMEOUT": "40"})
    assert shown(finished, "timeout") == "80"
    assert "Warning" not in finished.err


@pytest.mark.only("swiftcorn")
def test_a_wrong_value_is_refused_with_its_variable(command):
    finished = command("hello:app", environment={"GUNICORN_WORKERS": "many"})
    assert finished.err == (
        "\nError: invalid literal for int() with base 0: 'many'\nworkers (environment variable "
        "GUNICORN_WORKERS) takes a whole number, 0 or more, or auto.\n")
    assert finished.status == 1


def test_a_variable_of_no_setting(command, differs):
    """Those of Gunicorn itself, of its image and of an orchestrator are passed over."""
    finished = command("--check-config", "hello:app", environment={
        "GUNICORN_WORKER": "4", "GUNICORN_PORT": "80", "GUNICORN_HOST": "", "GUNICORN_ARGS": "",
        "GUNICORN_SERVICE_HOST": "10.0.0.1", "GUNICORN_PORT_80_TCP": "tcp://10.0.0.1:80",
    })
    warning = ("Warning: the environment variable GUNICORN_WORKER is no setting's; "
               "did you mean GUNICORN_WORKERS?\n")
    assert (finished.status, finished.err) == (
        0, differs("unknown-variables", gunicorn="", swiftcorn=warning))


def test_the_config_file_by_its_variable(command, directory, differs):
    (directory / "other.py").write_text("timeout = 41\n")
    finished = command(
        "--print-config", "hello:app", environment={"GUNICORN_CONFIG": "other.py"})
    assert shown(finished, "timeout") == differs(
        "setting-variables", gunicorn="30", swiftcorn="41")
