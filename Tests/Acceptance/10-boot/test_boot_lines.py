"""What a start and a stop say, letter for letter: people's log rules match on these lines."""

import re
import signal

import pytest

CONTROL_SOCKET = r"\[TIME\] \[MASTER\] \[INFO\] Control socket listening at \S+"


@pytest.fixture
def said(differs):
    """The masked log without the control socket's line, which only one of them has."""

    def without_control_socket(server):
        lines = server.masked_log()
        control = [line for line in lines if re.fullmatch(CONTROL_SOCKET, line)]
        assert bool(control) == differs("control-socket-line", gunicorn=True, swiftcorn=False)
        return [line for line in lines if line not in control]

    return without_control_socket


def test_a_plain_start_and_stop(start, said):
    server = start("hello:app")
    server.wait_until_serving()
    server.ask()
    server.stop()
    assert said(server) == [
        "[TIME] [MASTER] [INFO] Starting gunicorn 27.0.1",
        "[TIME] [MASTER] [INFO] Listening at: http://127.0.0.1:PORT (MASTER)",
        "[TIME] [MASTER] [INFO] Using worker: sync",
        "[TIME] [WORKER] [INFO] Booting worker with pid: WORKER",
        "[TIME] [MASTER] [INFO] Handling signal: term",
        "[TIME] [WORKER] [INFO] Worker exiting (pid: WORKER)",
        "[TIME] [MASTER] [INFO] Shutting down: Master",
    ]
    assert server.out.text == ""


def test_three_workers(start, said):
    server = start("--workers", "3", "hello:app")
    server.wait_until_serving(workers=3)
    assert len(set(server.workers)) == 3
    server.ask()
    server.stop()
    assert sorted(said(server)) == sorted(
        [
            "[TIME] [MASTER] [INFO] Starting gunicorn 27.0.1",
            "[TIME] [MASTER] [INFO] Listening at: http://127.0.0.1:PORT (MASTER)",
            "[TIME] [MASTER] [INFO] Using worker: sync",
            *3 * ["[TIME] [WORKER] [INFO] Booting worker with pid: WORKER"],
            "[TIME] [MASTER] [INFO] Handling signal: term",
            *3 * ["[TIME] [WORKER] [INFO] Worker exiting (pid: WORKER)"],
            "[TIME] [MASTER] [INFO] Shutting down: Master",
        ]
    )


def test_several_binds_stand_in_one_line(start):
    server = start("-b", "[::1]:0", "-b", "unix:web.sock", "hello:app")
    server.wait_until_serving()
    (line,) = [line for line in server.masked_log() if "Listening" in line]
    assert line == (
        "[TIME] [MASTER] [INFO] Listening at: "
        "http://127.0.0.1:PORT,http://[::1]:PORT,unix:web.sock (MASTER)"
    )
    server.stop()


def test_preload_imports_the_application_before_the_first_line(start, directory):
    (directory / "speaking.py").write_text(
        "import os, sys\n"
        "print('imported in', os.getpid(), file=sys.stderr, flush=True)\n"
        "from specimen import app\n"
    )
    server = start("--preload", "--workers", "2", "speaking:app")
    server.wait_until_serving(workers=2)
    server.ask()
    server.stop()
    lines = server.masked_log()
    assert lines[:2] == [
        f"imported in {server.pid}",
        "[TIME] [MASTER] [INFO] Starting gunicorn 27.0.1",
    ]
    assert sum("imported in" in line for line in lines) == 1


def test_a_worker_that_cannot_import_its_application(start, said):
    server = start("nosuch:app")
    server.expect_clean_exit(status=3)
    lines = [line for line in said(server) if line.startswith("[TIME]")]
    assert lines == [
        "[TIME] [MASTER] [INFO] Starting gunicorn 27.0.1",
        "[TIME] [MASTER] [INFO] Listening at: http://127.0.0.1:PORT (MASTER)",
        "[TIME] [MASTER] [INFO] Using worker: sync",
        "[TIME] [WORKER] [INFO] Booting worker with pid: WORKER",
        "[TIME] [WORKER] [ERROR] Exception in worker process",
        "[TIME] [WORKER] [INFO] Worker exiting (pid: WORKER)",
        "[TIME] [MASTER] [ERROR] Worker (pid:WORKER) exited with code 3.",
        "[TIME] [MASTER] [ERROR] Shutting down: Master",
        "[TIME] [MASTER] [ERROR] Reason: Worker failed to boot.",
    ]


def test_a_worker_whose_application_is_not_there(start, said):
    server = start("hello:missing")
    server.expect_clean_exit(status=4)
    assert said(server) == [
        "[TIME] [MASTER] [INFO] Starting gunicorn 27.0.1",
        "[TIME] [MASTER] [INFO] Listening at: http://127.0.0.1:PORT (MASTER)",
        "[TIME] [MASTER] [INFO] Using worker: sync",
        "[TIME] [WORKER] [INFO] Booting worker with pid: WORKER",
        "Failed to find attribute 'missing' in 'hello'.",
        "[TIME] [WORKER] [INFO] Worker exiting (pid: WORKER)",
        "[TIME] [MASTER] [ERROR] Worker (pid:WORKER) exited with code 4.",
        "[TIME] [MASTER] [ERROR] Shutting down: Master",
        "[TIME] [MASTER] [ERROR] Reason: App failed to load.",
    ]


def test_several_workers_that_cannot_boot(start, differs):
    """Gunicorn raises a second time while it stops: traceback and status 1 (or, by luck, 3)."""
    server = start("--workers", "3", "nosuch:app")
    status = server.wait_for_exit()
    server.expect_no_process_left()
    assert status in differs("several-failing-workers", gunicorn=(1, 3), swiftcorn=(3,))
    if status == 3:
        assert server.masked_log()[-2:] == [
            "[TIME] [MASTER] [ERROR] Shutting down: Master",
            "[TIME] [MASTER] [ERROR] Reason: Worker failed to boot.",
        ]


def test_the_pause_between_forks(start, differs):
    """Gunicorn pauses up to 0.1 s after each fork; twenty workers tell the two apart."""
    attempts = differs("pause-between-forks", gunicorn=1, swiftcorn=3)
    spreads = []
    for _ in range(attempts):
        server = start("--workers", "20", "hello:app")
        server.wait_until_serving(workers=20)
        born = [line.arrived for line in server.log.lines if "Booting worker" in line.text]
        spreads.append(born[-1] - born[0])
        server.signal(signal.SIGQUIT)
        server.expect_clean_exit()
    pauses = min(spreads) > 0.4
    assert pauses == differs("pause-between-forks", gunicorn=True, swiftcorn=False)


def test_debug_shows_the_configuration_and_the_steps(start):
    server = start("--log-level", "debug", "hello:app")
    server.wait_until_serving()
    server.wait_for_log(r"\[DEBUG\] 1 workers")
    server.ask("/seen?by=debug")
    server.wait_for_log(r"\[DEBUG\] GET /seen")
    server.stop()
    text = "\n".join(server.masked_log())
    assert text.startswith(
        "[TIME] [MASTER] [DEBUG] Current configuration:\n  config: ./gunicorn.conf.py\n"
    )
    assert "\n  workers: 1\n" in text
    assert "[TIME] [MASTER] [DEBUG] Arbiter booted\n" in text
    assert "[TIME] [MASTER] [DEBUG] 1 workers\n" in text
    assert "[TIME] [WORKER] [DEBUG] GET /seen\n" in text


def test_a_log_level_silences_what_is_below_it(start):
    server = start("--log-level", "critical", "nosuch:app")
    server.wait_for_exit()
    assert not [line for line in server.masked_log() if line.startswith("[TIME]")]
