"""Programs that bring the server along: subclasses of `BaseApplication` and `Application`."""

import json
import re
import signal

import pytest

from support.server import APPLICATIONS, ServerUnderTest, interpreter_of

PROGRAM = str(APPLICATIONS / "custom.py")


@pytest.fixture
def program(kind, directory):
    """`program(*arguments)` runs the custom application by the server's own interpreter."""
    started = []

    def starter(*arguments):
        command = [interpreter_of(kind), PROGRAM]
        server = ServerUnderTest(kind, arguments, directory, command=command)
        started.append(server)
        return server

    yield starter
    for server in started:
        server.end_for_certain()


def said(server):
    return re.findall(r"^SAY (.*)$", server.log.text, re.MULTILINE)


def write_options(directory, **options):
    base = {"bind": "127.0.0.1:0", "workers": 1, "control_socket_disable": True, "other": 1}
    (directory / "options.json").write_text(json.dumps({**base, **options}))


def test_a_standalone_application(program, directory):
    write_options(directory, proc_name="alone", forwarded_allow_ips="127.0.0.1,10.0.0.0/8")
    server = program()
    server.wait_until_serving()
    assert server.ask("/there").text == "hello from /there"
    write_options(directory, workers=2)
    server.signal(signal.SIGHUP)
    server.wait_for_log("^SAY worker serving", count=3)
    server.wait_for_log("Worker exiting")
    assert len(server.wait_for_workers(2)) == 2
    assert server.ask("/again").text == "hello from /again"
    server.stop()
    words = said(server)
    assert words[:4] == [
        "master load_config 1",
        "master ready StandaloneApplication 1 True",
        "worker load",
        "worker serving True hello",
    ]
    assert words.count("master load_config 2") == 1
    assert words.count("worker load") == 3


def test_a_reload_that_fails_is_told_of(program, directory, differs):
    write_options(directory)
    server = program()
    server.wait_until_serving()
    server.ask()
    write_options(directory, workers="many")
    server.signal(signal.SIGHUP)
    server.wait_for_log(r"^Error: invalid literal for int\(\) with base 0: 'many'$")
    if differs("reload-broken-config", gunicorn=False, swiftcorn=True):
        server.wait_for_log("Reload failed, the old workers go on serving")
        assert server.ask("/still").text == "hello from /still"
        write_options(directory, workers=2)
        server.signal(signal.SIGHUP)
        server.wait_for_workers(2)
        server.stop()
    else:
        assert server.wait_for_exit() == 1


def test_a_setting_that_is_wrong(program, directory):
    write_options(directory, workers=-1)
    server = program()
    assert server.wait_for_exit() == 1
    assert "\nError: Value must be positive: -1\n" in server.log.text


def test_an_application_with_flags(program, directory):
    (directory / "gunicorn.conf.py").write_text("threads = 1\nworkers = 4\nproc_name = 'file'\n")
    server = program("--bind", "127.0.0.1:0", "-w", "1", "--no-control-socket", "word")
    server.wait_until_serving()
    assert server.ask("/x").text == "hello from /x"
    server.stop()
    assert said(server) == ["master init 1 ['word']", "worker load 1 file 1"]


def test_the_flags_are_checked(program, directory):
    server = program("--workers", "x")
    assert server.wait_for_exit() == 2
    assert re.search(
        r"custom.py: error: argument -w/--workers: invalid int value: 'x'", server.log.text
    )


def test_a_subclass_of_the_arbiter(program, directory, differs):
    write_options(directory)
    server = program("arbiter")
    server.wait_until_serving()
    server.wait_for_log("SAY master started at 1$")
    assert server.ask("/x").text == "hello from /x"
    server.signal(signal.SIGTTIN)
    server.wait_for_log("SAY master more than 1$")
    server.wait_for_log("Booting worker", count=2)
    server.signal(signal.SIGWINCH)
    server.wait_for_log("SAY master no matter$")
    server.signal(signal.SIGHUP)
    server.wait_for_log("SAY master refused as asked$")
    assert server.ask("/y").text == "hello from /y"
    server.signal(signal.SIGUSR2)
    server.expect_clean_exit()
    text = server.log.text
    assert "SIGWINCH ignored" not in text
    assert text.count("SAY master cleaning up\n") == 1
    warning = "[WARNING] WatchingArbiter.manage_workers is not called: the workers are supervised"
    line = differs(
        "loop-methods-of-the-master", gunicorn="SAY master managing 0", swiftcorn=warning
    )
    assert line in text
