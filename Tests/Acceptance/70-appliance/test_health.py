"""--health-bind: /livez and /readyz, answered apart from the workers (ours only)."""

import signal

import pytest

from support.client import Connection, ConnectionEnded, request_bytes
from support.deadline import wait_until, wait_until_process_ends
from support.server import free_port


def probe(port, path="/readyz", method="GET"):
    """The status of a probe, or None while nobody listens."""
    try:
        with Connection(("127.0.0.1", port)) as link:
            return link.send(request_bytes(method, path)).response(to=method).status
    except (ConnectionRefusedError, ConnectionEnded):
        return None


@pytest.fixture
def healthy(start, differs):
    """Starts with a health address; None where there is no such option."""

    def starter(*arguments):
        port = free_port()
        server = start("--health-bind", f"127.0.0.1:{port}", *arguments)
        if differs("health-bind", gunicorn=True, swiftcorn=False):
            server.expect_clean_exit(status=2)
            assert "unrecognized arguments: --health-bind" in server.log.text
            return None, port
        return server, port

    return starter


@pytest.mark.only("gunicorn")
def test_gunicorn_has_no_such_option(healthy):
    """The other side of the row."""
    assert healthy("hello:app")[0] is None


@pytest.mark.only("swiftcorn")
def test_alive_and_ready(healthy):
    """Both answer 200 once the application is there; nothing else is found."""
    server, port = healthy("-w", "2", "hello:app")
    wait_until(lambda: probe(port) == 200, "ready")
    assert probe(port, "/livez") == 200
    assert probe(port, "/livez", "HEAD") == 200
    assert probe(port, "/nowhere") == 404
    assert server.ask().text == "hello\n"
    server.stop()
    assert probe(port) is None


@pytest.mark.only("swiftcorn")
def test_alive_but_not_ready_while_the_application_is_imported(healthy, directory):
    """What a rolling update waits for."""
    (directory / "slow.py").write_text(
        "import os, time\nwhile not os.path.exists('go'):\n    time.sleep(0.005)\n"
        "from hello import app\n"
    )
    server, port = healthy("slow:app")
    server.wait_for_log("Booting worker with pid")
    wait_until(lambda: probe(port, "/livez") == 200, "alive")
    assert probe(port) == 503
    (directory / "go").touch()
    wait_until(lambda: probe(port) == 200, "ready")
    server.stop()


@pytest.mark.only("swiftcorn")
def test_answered_while_every_worker_is_busy(healthy, directory):
    """Probes do not queue behind requests."""
    server, port = healthy("labour:app")
    wait_until(lambda: probe(port) == 200, "ready")
    with server.connect() as link:
        link.send(request_bytes("GET", f"/until?{directory}/go"))
        server.wait_for_log("^NOTE begun")
        assert probe(port, "/livez") == 200
        assert probe(port) == 200
        (directory / "go").touch()
        assert link.response().status == 200
    server.stop()


@pytest.mark.only("swiftcorn")
def test_not_ready_while_it_stops(healthy, directory):
    """Alive until the last request is done, but no longer ready."""
    server, port = healthy("labour:app")
    wait_until(lambda: probe(port) == 200, "ready")
    with server.connect() as link:
        link.send(request_bytes("GET", f"/until?{directory}/go"))
        server.wait_for_log("^NOTE begun")
        server.signal(signal.SIGTERM)
        server.wait_for_log("Handling signal: term")
        wait_until(lambda: probe(port) in (503, None), "not ready")
        (directory / "go").touch()
        assert link.response().status == 200
    server.expect_clean_exit()


@pytest.mark.only("swiftcorn")
def test_ready_again_after_a_worker_died(healthy):
    """The only worker is killed and replaced."""
    server, port = healthy("labour:app")
    wait_until(lambda: probe(port) == 200, "ready")
    before = int(server.ask("/pid").text)
    with server.connect() as link:
        link.send(request_bytes("GET", "/signalled?SIGKILL")).read_to_end()
    wait_until_process_ends(before)
    wait_until(lambda: probe(port) == 200, "ready again")
    assert server.ask("/pid").text != str(before)
    server.stop()


@pytest.mark.only("swiftcorn")
def test_an_address_in_use_is_refused(start):
    """One sentence and status 1, as for --bind."""
    server = start("hello:app")
    address = server.wait_until_serving()
    second = start("--health-bind", f"127.0.0.1:{address[1]}", "hello:app")
    assert second.wait_for_exit() == 1
    second.expect_no_process_left()
    assert "Traceback" not in second.log.text
    server.ask()
    server.stop()
