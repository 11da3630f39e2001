"""The pid file: written whole, one line, mode 0644, refused while its owner lives, then removed."""

import os
import stat
import subprocess


def test_written_and_removed(start, directory):
    path = directory / "server.pid"
    server = start("--pid", str(path), "hello:app")
    server.wait_until_serving()
    assert path.read_text() == f"{server.pid}\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    server.stop()
    assert not path.exists()


def test_a_relative_path_is_taken_from_the_directory_changed_to(start, directory):
    (directory / "inner").mkdir()
    server = start("--chdir", "inner", "-p", "server.pid", "hello:app")
    server.wait_until_serving()
    assert (directory / "inner" / "server.pid").read_text() == f"{server.pid}\n"
    server.stop()
    assert not (directory / "inner" / "server.pid").exists()


def test_a_stale_file_is_taken_over(start, directory):
    gone = subprocess.Popen(["true"])
    gone.wait()
    path = directory / "server.pid"
    path.write_text(f"{gone.pid}\n")
    server = start("-p", "server.pid", "hello:app")
    server.wait_until_serving()
    assert path.read_text() == f"{server.pid}\n"
    server.stop()


def test_a_file_that_holds_no_number_is_taken_over(start, directory):
    path = directory / "server.pid"
    path.write_text("not a number\n")
    server = start("-p", "server.pid", "hello:app")
    server.wait_until_serving()
    assert path.read_text() == f"{server.pid}\n"
    server.stop()


def test_two_servers_on_one_file(start, directory):
    path = directory / "server.pid"
    first = start("-p", "server.pid", "hello:app")
    first.wait_until_serving()
    second = start("-p", "server.pid", "hello:app")
    assert second.wait_for_exit() == 1
    second.expect_no_process_left()
    assert (
        f"\nError: Already running on PID {first.pid} (or pid file 'server.pid' is stale)\n"
    ) in second.log.text
    assert path.read_text() == f"{first.pid}\n"
    assert first.ask().text == "hello\n"
    first.stop()


def test_a_file_somebody_else_took_meanwhile_is_left_alone(start, directory):
    path = directory / "server.pid"
    server = start("-p", "server.pid", "hello:app")
    server.wait_until_serving()
    path.write_text(f"{os.getpid()}\n")
    server.signal(15)
    assert server.wait_for_exit() == 0
    server.expect_no_process_left()
    assert path.read_text() == f"{os.getpid()}\n"


def test_removed_when_the_workers_cannot_boot(start, directory):
    server = start("-p", "server.pid", "nosuch:app")
    server.expect_clean_exit(status=3)
    assert not (directory / "server.pid").exists()
