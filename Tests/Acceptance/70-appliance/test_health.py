"""--health-bind: probes that are answered apart from the workers (ours only)."""

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


@pytest.mark.only("swiftcorn")
def test_verbose_lists_what_was_looked_at(monitored, directory):
    """In the form in which Kubernetes lists its own checks; started while it starts is 503."""
    (directory / "slow.py").write_text(
        "import os, time\nwhile not os.path.exists('go'):\n    time.sleep(0.005)\n"
        "from hello import app\n"
    )
    watched = monitored("-w", "2", "slow:app")
    wait_until(lambda: watched.status("/livez") == 200, "alive")
    assert watched.ask("/startupz").status == 503
    found = watched.ask("/readyz?verbose")
    assert found.status == 503
    assert found.text == (
        "[-]accepting failed: starting\n[-]workers failed: 0 of 2 workers booted\n"
        "[+]capacity ok\nreadyz check failed\n"
    )
    (directory / "go").touch()
    watched.wait_until_ready()
    assert watched.ask("/startupz").text == "ok\n"
    found = watched.ask("/livez?verbose")
    assert (found.status, found.text) == (200, "[+]arbiter ok\n[+]workers ok\nlivez check passed\n")
    assert watched.ask("/readyz").text == "ok\n"
    watched.server.stop()


@pytest.mark.only("swiftcorn")
@pytest.mark.parametrize("threads", [(), ("--threads", "2")], ids=["sync", "gthread"])
def test_not_ready_when_no_worker_has_been_free_for_long(monitored, directory, threads):
    """`ready_grace`: alive all the time, ready again as soon as one is free."""
    watched = monitored("-w", "2", "--ready-grace", "1", *threads, "labour:app").wait_until_ready()
    count = 4 if threads else 2
    links = [watched.server.connect() for _ in range(count)]
    try:
        for link in links:
            link.send(request_bytes("GET", f"/until?{directory}/go"))
        wait_until(lambda: watched.status("/readyz") == 503, "not ready")
        assert watched.ask("/readyz").text == "no worker has been free for 1 s\n"
        assert watched.status("/livez") == 200
        assert watched.metric("swiftcorn_ready") == 0
        (directory / "go").touch()
        for link in links:
            assert link.response().status == 200
        watched.wait_until_ready()
    finally:
        for link in links:
            link.close()
    watched.server.stop()


CHECKED = """
import os
def check():
    if os.path.exists("slow"):
        while os.path.exists("slow"):
            __import__("time").sleep(0.01)
    if os.path.exists("broken"):
        raise RuntimeError("no database")
    return not os.path.exists("false")
from labour import app
"""


@pytest.mark.only("swiftcorn")
def test_the_application_has_a_say(monitored, directory):
    """`health_check`: not ready while it raises, returns False or takes too long."""
    (directory / "checked.py").write_text(CHECKED)
    (directory / "broken").touch()
    arguments = ("-w", "2", "--health-check", "checked:check", "--health-check-timeout", "1")
    watched = monitored(*arguments, "checked:app")

    def says(text: str) -> bool:
        return watched.status("/readyz") is not None and watched.ask("/readyz").text == text

    wait_until(lambda: says("the check has failed\n"), "it has failed", 40)
    watched.server.wait_for_log("Health check checked:check failed: Traceback")
    watched.server.wait_for_log("RuntimeError: no database")
    assert watched.server.ask("/pid").status == 200
    assert watched.status("/livez") == 200
    (directory / "broken").unlink()
    wait_until(lambda: says("ok\n"), "it passes", 40)
    watched.server.wait_for_log("Health check checked:check passes again")
    (directory / "slow").touch()
    wait_until(lambda: says("the check takes longer than 1 s\n"), "it hangs", 40)
    # It hangs beside the requests.
    assert watched.server.ask("/pid").status == 200
    (directory / "false").touch()
    (directory / "slow").unlink()
    wait_until(lambda: says("the check has failed\n"), "it returned False", 40)
    watched.server.stop()


@pytest.mark.only("swiftcorn")
def test_a_check_that_is_not_there(monitored):
    """The server serves, and is never ready."""
    watched = monitored("--health-check", "hello:missing", "hello:app")
    watched.server.wait_for_log("Health check hello:missing failed: Traceback")
    assert watched.ask("/readyz").status == 503
    assert watched.server.ask().text == "hello\n"
    watched.server.stop()


@pytest.mark.only("swiftcorn")
def test_probes_in_front_of_the_application(start, directory):
    """`health_path_prefix`: no request of the application's, also while it is busy."""
    server = start("--health-path-prefix", "/-", "labour:app")
    server.wait_until_serving()
    # The worker may serve before the arbiter has heard of it.
    wait_until(lambda: server.ask("/-/readyz").text == "ok\n", "ready")
    assert server.ask("/-/livez", method="HEAD").content == b""
    assert server.ask("/-/startupz?verbose").text == "[+]started ok\nstartupz check passed\n"
    worker = server.ask("/pid").text
    for path in ("/-/metrics", "/-/", "/-/livez/", "/livez"):
        assert server.ask(path).text == worker
    assert server.ask("/-/livez", method="POST").text == worker
    with server.connect() as link:
        link.send(request_bytes("GET", f"/until?{directory}/go"))
        server.wait_for_log("^NOTE begun")
        assert server.ask("/-/livez").status == 200
        with server.connect() as other:
            # Kept and pipelined, and one for the application behind them.
            other.send(request_bytes("GET", "/-/livez", connection="keep-alive") * 2)
            assert [other.response().text for _ in range(2)] == ["ok\n"] * 2
            other.send(request_bytes("GET", "/pid"))
            (directory / "go").touch()
            assert other.response().text == worker
        assert link.response().status == 200
    server.stop()


@pytest.mark.only("swiftcorn")
@pytest.mark.parametrize("path", ["-", "/", "/a/", "/a?b", "/a b"])
def test_a_prefix_that_could_never_be_asked_for(command, path):
    """One sentence, status 1."""
    done = command("--health-path-prefix", path, "hello:app")
    assert done.status == 1
    assert "health_path_prefix must begin with / and not end with it" in done.err


@pytest.mark.only("swiftcorn")
def test_on_a_unix_socket(start, directory):
    """Nothing of it is left behind."""
    path = f"{directory}/health.sock"
    server = start("--health-bind", f"unix:{path}", "hello:app")
    server.wait_until_serving()

    def is_ready() -> bool:
        try:
            with Connection(path) as link:
                return link.send(request_bytes("GET", "/readyz")).response().status == 200
        except (ConnectionRefusedError, ConnectionEnded, FileNotFoundError):
            return False

    wait_until(is_ready, "ready")
    server.stop()
