"""Wrong input: one clear sentence, the right status, and nothing left behind."""

import os
import re
import socket

import pytest

from support.settings import without_explanation, without_origins

COMMAND_LINE = {
    "unknown option": (["--nope", "hello:app"], "unrecognized arguments: --nope"),
    "not a number": (["-w", "abc", "hello:app"], "argument -w/--workers: invalid int value: 'abc'"),
    "the application where a number should be": (
        ["-w", "hello:app"],
        "argument -w/--workers: invalid int value: 'hello:app'",
    ),
    "a mask that is no number": (
        ["-m", "zz", "hello:app"],
        "argument -m/--umask: invalid auto_int value: 'zz'",
    ),
    "no value": (["hello:app", "-w"], "argument -w/--workers: expected one argument"),
    "a value that looks like an option": (
        ["--name", "-x", "hello:app"],
        "argument -n/--name: expected one argument",
    ),
    "an abbreviation of several options": (
        ["--work", "2", "hello:app"],
        "ambiguous option: --work could match "
        "--workers, --worker-class, --worker-connections, --worker-tmp-dir",
    ),
    "a value for a flag": (
        ["--preload=yes", "hello:app"],
        "argument --preload: ignored explicit argument 'yes'",
    ),
}

SETTINGS = {
    "no application": ([], "No application module specified."),
    "negative workers": (["-w", "-3", "hello:app"], "Value must be positive: -3"),
    "negative timeout": (["-t", "-1", "hello:app"], "Value must be positive: -1"),
    "config file that is not there": (
        ["-c", "nofile.py", "hello:app"],
        "'nofile.py' doesn't exist",
    ),
    "config module that is not there": (
        ["-c", "python:nomodule", "hello:app"],
        "No module named 'nomodule'",
    ),
    "directory that is not there": (["--chdir", "/none", "hello:app"], "can't chdir to '/none'"),
    "unknown user": (["-u", "nosuch", "hello:app"], "No such user: 'nosuch'"),
    "unknown group": (["-g", "nosuch", "hello:app"], "No such group: 'nosuch'"),
    "unknown header map": (["--header-map", "x", "hello:app"], "Invalid header map behaviour: x"),
    "network with host bits": (
        ["--forwarded-allow-ips", "10.0.0.1/8", "hello:app"],
        "10.0.0.1/8 has host bits set",
    ),
    "unknown reload engine": (["--reload-engine", "x", "hello:app"], "Invalid reload_engine: 'x'"),
    "port that is no number": (
        ["-b", "nonsense:xx", "hello:app"],
        "'xx' is not a valid port number.",
    ),
    "environment setting without a value": (
        ["-e", "novalue", "hello:app"],
        "environment setting 'novalue' invalid",
    ),
    "error log that cannot be written": (
        ["--error-logfile", "/nodir/x.log", "hello:app"],
        "'/nodir/x.log' isn't writable [FileNotFoundError(2, 'No such file or directory')]",
    ),
    "access log that cannot be written": (
        ["--access-logfile", "/nodir/x.log", "hello:app"],
        "'/nodir/x.log' isn't writable [FileNotFoundError(2, 'No such file or directory')]",
    ),
    "log configuration that is not there": (
        ["--log-config", "nofile", "hello:app"],
        "log config 'nofile' not found",
    ),
    "syslog facility that is not known": (
        ["--log-syslog", "--log-syslog-facility", "x", "hello:app"],
        "unknown facility name",
    ),
    "pid file in a directory that is not there": (
        ["-p", "/nodir/x.pid", "-b", "127.0.0.1:0", "hello:app"],
        "/nodir doesn't exist. Can't create pidfile.",
    ),
}


@pytest.mark.parametrize("case", COMMAND_LINE)
def test_the_command_line_is_refused(command, refusal, case):
    arguments, sentence = COMMAND_LINE[case]
    finished = command(*arguments)
    assert finished.err == refusal + sentence + "\n"
    assert (finished.status, finished.out) == (2, "")


#: Which setting each of them is laid to, and where its value came from.
EXPLAINED = {
    "negative workers": "workers",
    "negative timeout": "timeout",
    "config file that is not there": "config",
    "config module that is not there": "config",
    "directory that is not there": "chdir",
    "unknown user": "user",
    "unknown group": "group",
    "unknown header map": "header_map",
    "network with host bits": "forwarded_allow_ips",
    "unknown reload engine": "reload_engine",
    "port that is no number": "bind",
    "environment setting without a value": "raw_env",
    "error log that cannot be written": "errorlog",
    "access log that cannot be written": "accesslog",
    "log configuration that is not there": "logconfig",
    "pid file in a directory that is not there": "pidfile",
    "syslog facility that is not known": "syslog_facility",
}


@pytest.mark.parametrize("case", SETTINGS)
def test_a_setting_is_refused(command, differs, case):
    arguments, sentence = SETTINGS[case]
    finished = command(*arguments)
    if case in EXPLAINED:
        explained = re.search(rf"\n{EXPLAINED[case]} \(command line, -.*\) takes ", finished.err)
        assert bool(explained) == differs("explained-settings", gunicorn=False, swiftcorn=True)
    err = without_explanation(finished.err)
    said = [line for line in err.splitlines() if line and "[INFO]" not in line]
    # Gunicorn stammers where a log file is at fault: `Error: Error: ...`.
    assert [line.replace("Error: Error: ", "Error: ") for line in said] == ["Error: " + sentence]
    assert finished.err.startswith("\nError: ") or "\n\nError: " in finished.err
    assert (finished.status, finished.out) == (1, "")


@pytest.mark.parametrize(
    ("setting", "given"),
    [
        ("worker_class", ["-k", "nosuch"]),
        ("worker_class", ["-k", "nosuch.module.Worker"]),
        ("logger_class", ["--logger-class", "nosuch.module.Logger"]),
    ],
)
def test_an_unknown_class(command, differs, setting, given):
    finished = command(*given, "hello:app")
    assert finished.err.startswith(f"\nError: class uri '{given[1]}' invalid or not found: \n")
    explained = re.search(rf"\n{setting} \(command line, -.*\) takes a name, the ", finished.err)
    assert bool(explained) == differs("explained-settings", gunicorn=False, swiftcorn=True)
    assert (finished.status, finished.out) == (1, "")


@pytest.mark.parametrize(
    ("option", "content", "sentence"),
    [
        ("config", "nonsense\n", "no section headers"),
        ("config", "[loggers]\nkeys=root\n", "the log configuration has no 'formatters'"),
        ("config-json", "{", "Expecting property name enclosed in double quotes"),
    ],
)
def test_a_log_configuration_that_makes_no_sense(
    command, directory, differs, option, content, sentence
):
    (directory / "log.conf").write_text(content)
    finished = command(f"--log-{option}=log.conf", "-b", "127.0.0.1:0", "hello:app")
    in_words = differs(
        "broken-log-config", gunicorn="Traceback" not in finished.err, swiftcorn=True
    )
    assert (sentence in finished.err) == in_words
    name = "log" + option.replace("-", "_")
    explained = f"\n{name} (command line, --log-{option}) takes a " in finished.err
    assert explained == differs("explained-settings", gunicorn=False, swiftcorn=True)
    assert (finished.status, finished.out) == (1, "")


@pytest.mark.only("swiftcorn")
@pytest.mark.parametrize(
    "option", ["--worker-class=asgi", "--certfile=x.pem"]
)
def test_what_is_not_built_yet(command, option):
    """One sentence instead of a server that does something else; goes with the feature."""
    finished = command(option, "hello:app")
    err = without_explanation(finished.err)
    assert err.startswith("\nError: ") and err.endswith("\n\n")
    assert len(err.splitlines()) == 3
    assert (finished.status, finished.out) == (1, "")


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("raise ValueError('boom')\n", "ValueError: boom"),
        ("this is no Python\n", "SyntaxError: invalid syntax"),
        ("import nosuch\n", "ModuleNotFoundError: No module named 'nosuch'"),
    ],
)
def test_a_config_file_that_fails(command, directory, source, error):
    (directory / "broken.py").write_text(source)
    finished = command("-c", "broken.py", "hello:app")
    lines = finished.err.splitlines()
    assert lines[0] == "Failed to read config file: broken.py"
    assert lines[1] == "Traceback (most recent call last):"
    assert any(str(directory / "broken.py") in line for line in lines)
    assert lines[-1] == error
    assert (finished.status, finished.out) == (1, "")


def test_a_config_file_that_is_a_directory(command, directory):
    (directory / "folder.py").mkdir()
    finished = command("-c", "folder.py", "hello:app")
    assert "Failed to read config file: folder.py" in finished.err
    assert "Is a directory" in finished.err
    assert (finished.status, finished.out) == (1, "")


@pytest.mark.parametrize(
    ("line", "value", "error"),
    [
        ("workers = 'x'", "workers: x", "invalid literal for int() with base 0: 'x'"),
        ("workers = -1", "workers: -1", "Value must be positive: -1"),
        ("preload_app = 1", "preload_app: 1", "Invalid type for casting: 1"),
        ("preload_app = 'yes'", "preload_app: yes", "Invalid boolean: yes"),
        ("pidfile = 5", "pidfile: 5", "Not a string: 5"),
        ("when_ready = 5", "when_ready: 5", "Value is not callable: 5"),
    ],
)
def test_a_value_in_the_config_file_is_refused(
        command, directory, differs, line, value, error):
    (directory / "wrong.py").write_text(line + "\n")
    finished = command("-c", "wrong.py", "hello:app")
    said = f"Invalid value for {value}\n\n\nError: {error}\n"
    assert without_explanation(finished.err) == said
    name = value.partition(":")[0]
    explained = f"{said}{name} (wrong.py, line 1) takes " in finished.err
    assert explained == differs("explained-settings", gunicorn=False, swiftcorn=True)
    assert (finished.status, finished.out) == (1, "")


def test_an_unknown_name_in_the_config_file_is_ignored(command, directory):
    (directory / "more.py").write_text("no_such_setting = 5\nimport os\n")
    finished = command("-c", "more.py", "--check-config", "hello:app")
    assert (finished.status, finished.out, finished.err) == (0, "", "")


def test_a_config_file_with_another_ending_is_read_with_a_warning(command, directory):
    (directory / "settings.ini").write_text("workers = 7\n")
    finished = command("-c", "settings.ini", "--print-config", "hello:app")
    assert without_origins(finished.err) == (
        "!!!\n!!! WARNING: configuration file should have a valid Python extension.\n!!!\n\n"
    )
    assert finished.status == 0
    assert any(line.split() == ["workers", "=", "7"] for line in finished.out.splitlines())


def test_web_concurrency_that_is_negative(command):
    finished = command("hello:app", environment={"WEB_CONCURRENCY": "-3"})
    assert without_explanation(finished.err).endswith("Error: Value must be positive: -3\n")
    assert (finished.status, finished.out) == (1, "")


def test_the_environment_variable_is_parsed_like_the_command_line(command, refusal):
    finished = command("hello:app", environment={"GUNICORN_CMD_ARGS": "--nope"})
    assert without_explanation(finished.err) == refusal + "unrecognized arguments: --nope\n"
    assert (finished.status, finished.out) == (2, "")


@pytest.mark.skipif(os.getuid() != 0, reason="file modes stop everyone but the super-user")
def test_an_unreadable_config_file_by_its_mode(command, directory):
    """The super-user reads everything, so this only shows that modes are not judged by us."""
    path = directory / "secret.py"
    path.write_text("workers = 3\n")
    path.chmod(0)
    assert command("-c", "secret.py", "--check-config", "hello:app").status == 0


def test_a_running_pid_file_is_respected(command, directory):
    (directory / "server.pid").write_text(f"{os.getpid()}\n")
    finished = command("-p", "server.pid", "-b", "127.0.0.1:0", "hello:app")
    assert without_explanation(finished.err).endswith(
        f"\nError: Already running on PID {os.getpid()} (or pid file 'server.pid' is stale)\n\n"
    )
    assert finished.status == 1
    assert (directory / "server.pid").read_text() == f"{os.getpid()}\n"


def test_a_port_in_use(start, differs):
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        where = ("-b", f"127.0.0.1:{port}", "-p", "server.pid", "--log-level=debug")
        server = start(*where, "hello:app", bind=False)
        assert server.wait_for_exit() == 1
        server.expect_no_process_left()
    attempt = [
        "[TIME] [MASTER] [ERROR] Connection in use: ('127.0.0.1', PORT)",
        "[TIME] [MASTER] [ERROR] connection to ('127.0.0.1', PORT) failed: "
        "[Errno 98] Address already in use",
        "[TIME] [MASTER] [DEBUG] Retrying in 1 second.",
    ]
    said = [line.replace(str(port), "PORT") for line in server.masked_log()]
    assert said[said.index("[TIME] [MASTER] [INFO] Starting gunicorn 27.0.1") :] == [
        "[TIME] [MASTER] [INFO] Starting gunicorn 27.0.1",
        *5 * attempt,
        "[TIME] [MASTER] [ERROR] Can't connect to ('127.0.0.1', PORT)",
    ]
    assert (server.directory / "server.pid").exists() == differs(
        "pid-file-after-failed-bind", gunicorn=True, swiftcorn=False
    )


def test_a_second_bind_in_use_frees_the_first(start):
    """What was bound before the failure is given back: the unix socket's file is gone."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        server = start("-b", "unix:web.sock", "-b", f"127.0.0.1:{port}", "hello:app", bind=False)
        assert server.wait_for_exit() == 1
        server.expect_no_process_left()


def test_an_address_of_another_machine(start):
    server = start("-b", "192.0.2.1:8000", "hello:app", bind=False)
    server.expect_clean_exit(status=1)
    lines = server.masked_log()
    assert lines.count("[TIME] [MASTER] [ERROR] Invalid address: ('192.0.2.1', 8000)") == 5
    assert lines[-1] == "[TIME] [MASTER] [ERROR] Can't connect to ('192.0.2.1', 8000)"


@pytest.mark.parametrize("path", ["nodir/web.sock", "/proc/web.sock"])
def test_a_socket_where_nothing_can_be_made(start, differs, path):
    """A folder that is not there, and one that not even the super-user may write to."""
    server = start("-b", f"unix:{path}", "-p", "server.pid", "hello:app", bind=False)
    assert server.wait_for_exit() == 1
    server.expect_no_process_left()
    lines = server.masked_log()
    failure = f"connection to {path} failed: [Errno 2] No such file or directory"
    assert lines.count(f"[TIME] [MASTER] [ERROR] {failure}") == 5
    assert lines[-1] == f"[TIME] [MASTER] [ERROR] Can't connect to {path}"
    assert (server.directory / "server.pid").exists() == differs(
        "pid-file-after-failed-bind", gunicorn=True, swiftcorn=False
    )


@pytest.mark.parametrize(
    ("bind", "sentence"),
    [
        ("unix:file", "'file' is not a socket"),
        ("127.0.0.1:99999", "port must be 0-65535"),
        ("fd://99", "Bad file descriptor|fd://99 is not a listening stream socket"),
    ],
)
def test_a_bind_that_gunicorn_answers_with_a_traceback(start, directory, differs, bind, sentence):
    (directory / "file").write_text("somebody's")
    server = start("-b", bind, "-p", "server.pid", "hello:app", bind=False)
    assert server.wait_for_exit() == 1
    server.expect_no_process_left()
    assert re.search(sentence, server.log.text)
    assert ("Traceback" in server.log.text) == differs(
        "bind-error-sentence", gunicorn=True, swiftcorn=False
    )
    assert (directory / "file").read_text() == "somebody's"
    assert (directory / "server.pid").exists() == differs(
        "pid-file-after-failed-bind", gunicorn=True, swiftcorn=False
    )
