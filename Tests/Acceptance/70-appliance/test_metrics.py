"""/metrics: what is counted, that nothing of it is ever lost, and that Prometheus reads it."""

import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

from support.client import Connection, request_bytes
from support.deadline import wait_until, wait_until_process_ends
from support.monitor import Monitor
from support.server import free_port

pytestmark = pytest.mark.only("swiftcorn")  # Gunicorn has no metrics of its own to read.

OPEN_METRICS = "application/openmetrics-text; version=1.0.0"
GOOD = 'swiftcorn_requests_total{method="GET",status="2xx"}'
COUNT = "swiftcorn_request_duration_seconds_count"


def needs(program: str):
    """Of Debian's package prometheus, which the Makefile installs."""
    return pytest.mark.skipif(not shutil.which(program), reason=f"{program} is not installed")


def test_requests_are_counted_by_method_and_class(monitored):
    """Over all workers, from the moment the answer is sent."""
    watched = monitored("-w", "2", "specimen:app").wait_until_ready()
    server = watched.server
    server.wait_until_serving()
    assert watched.metric(COUNT) == 0
    for _ in range(3):
        assert server.ask().status == 200
    server.ask("/", method="POST", content=b"x" * 1000)
    server.ask("/", method="BREW")
    with server.connect() as link:
        assert link.send(b"GET / HTTP/1.1\r\nbad field\r\n\r\n").response().status == 400
    watched.wait_for("six answers", lambda m: m.metric(COUNT) == 6)
    found = watched.metrics()
    assert found[GOOD] == 3
    assert found['swiftcorn_requests_total{method="POST",status="2xx"}'] == 1
    assert found['swiftcorn_requests_total{method="other",status="2xx"}'] == 1
    assert found['swiftcorn_requests_total{method="other",status="4xx"}'] == 1
    assert found['swiftcorn_refusals_total{reason="field"}'] == 1
    assert found['swiftcorn_request_duration_seconds_bucket{le="+Inf"}'] == 6
    assert found["swiftcorn_queue_wait_seconds_count"] == 6
    assert found["swiftcorn_received_bytes_total"] > 1000
    assert found["swiftcorn_sent_bytes_total"] > 0
    assert found["swiftcorn_connections_accepted_total"] >= 6
    assert found['swiftcorn_workers{state="ready"}'] == 2
    assert found["swiftcorn_workers_wanted"] == 2
    assert found["swiftcorn_live"] == found["swiftcorn_ready"] == 1
    assert found['swiftcorn_worker_resident_memory_bytes{worker="0"}'] > 1 << 20
    server.stop()


def test_bytes_are_those_on_the_wire(monitored, directory):
    """Heads and content, both ways, whole responses of a size that no socket takes at once."""
    (directory / "large.py").write_text(
        "def app(environ, start_response):\n"
        "    environ['wsgi.input'].read()\n"
        "    start_response('200 OK', [])\n"
        "    return [b'x' * 3_000_000, b'y' * 10]\n"
    )
    watched = monitored("large:app").wait_until_ready()
    request = request_bytes("POST", "/", content=b"z" * 500_000)
    with watched.server.connect() as link:
        answer = link.send(request).response()
    watched.wait_for("both are counted", lambda m: m.metric(COUNT) == 1)
    found = watched.metrics()
    assert found["swiftcorn_received_bytes_total"] == len(request)
    watched.wait_for(
        "all of it is sent",
        lambda m: m.metric("swiftcorn_sent_bytes_total") == len(answer.raw),
    )
    watched.server.stop()


def test_what_is_going_on_now(monitored, directory):
    """A call that lasts is in flight in its worker, with its age; the connection is answering."""
    watched = monitored("labour:app").wait_until_ready()
    with watched.server.connect() as link, watched.server.connect() as idle:
        idle.send(request_bytes("GET", "/", connection="keep-alive")).response()
        link.send(request_bytes("GET", f"/until?{directory}/go"))
        watched.server.wait_for_log("^NOTE begun")
        assert watched.metric("swiftcorn_requests_in_flight") == 1
        assert watched.metric('swiftcorn_worker_requests_in_flight{worker="0"}') == 1
        oldest = 'swiftcorn_worker_oldest_request_seconds{worker="0"}'
        first = watched.metric(oldest)
        watched.wait_for("it grows older", lambda m: m.metric(oldest) > first > 0)
        answering = 'swiftcorn_connections{state="answering"}'
        watched.wait_for("it is answered", lambda m: m.metric(answering) == 1)
        (worker,) = watched.status_document()["workers"]
        assert worker["in_flight"] == 1
        assert worker["state"] == "ready"
        (directory / "go").touch()
        assert link.response().status == 200
    watched.wait_for("nothing", lambda m: m.metric("swiftcorn_requests_in_flight") == 0)
    assert watched.metric(oldest) == 0
    watched.server.stop()


def test_threads_have_several_in_flight(monitored, directory):
    """The oldest of them counts."""
    watched = monitored("--threads", "3", "labour:app").wait_until_ready()
    with watched.server.connect() as first, watched.server.connect() as second:
        for number, link in enumerate((first, second)):
            link.send(request_bytes("GET", f"/until?{directory}/go{number}"))
            watched.wait_for(
                "it is in flight",
                lambda m, n=number: m.metric("swiftcorn_requests_in_flight") == n + 1,
            )
        (directory / "go0").touch()
        assert first.response().status == 200
        watched.wait_for("one is left", lambda m: m.metric("swiftcorn_requests_in_flight") == 1)
        (directory / "go1").touch()
        assert second.response().status == 200
    watched.server.stop()


def test_counters_outlive_workers(monitored):
    """Killed, retired and reloaded: sums only grow, and each end has its cause."""
    watched = monitored("--max-requests", "3", "labour:app").wait_until_ready()
    server = watched.server
    before = watched.metrics()

    def expect_no_counter_back():
        nonlocal before
        now = watched.metrics()
        for name, value in before.items():
            if "_total" in name or name.endswith("_count") or "_bucket" in name:
                assert now.get(name, 0) >= value, name
        before = now

    def restarts(cause):
        return watched.metric(f'swiftcorn_worker_restarts_total{{cause="{cause}"}}')

    for _ in range(4):
        assert server.ask("/pid").status == 200
        expect_no_counter_back()
    watched.wait_for("the budget was spent", lambda _: restarts("max_requests") == 1)
    watched.wait_until_ready()
    with server.connect() as link:
        link.send(request_bytes("GET", "/signalled?SIGKILL")).read_to_end()
    watched.wait_for("the kill is counted", lambda _: restarts("signal") == 1)
    expect_no_counter_back()
    watched.wait_until_ready()
    # One that has answered nobody yet would count as not having booted.
    assert server.ask("/pid").status == 200
    with server.connect() as link:
        link.send(request_bytes("GET", "/leave?7")).read_to_end()
    watched.wait_for("the exit is counted", lambda _: restarts("exit") == 1)
    expect_no_counter_back()
    watched.wait_until_ready()
    server.signal(signal.SIGHUP)
    watched.wait_for("the reload is counted", lambda _: restarts("reload") >= 1)
    expect_no_counter_back()
    assert watched.metric("swiftcorn_reloads_total") == 1
    watched.wait_for("what was killed is used up", lambda m: m.metric(GOOD) >= 4)
    server.stop()


def test_a_timeout_is_a_cause(monitored):
    """Readiness and liveness are judged meanwhile; see test_health."""
    watched = monitored("--timeout", "1", "labour:app").wait_until_ready()
    with watched.server.connect() as link:
        link.send(request_bytes("GET", "/stuck")).read_to_end()
    name = 'swiftcorn_worker_restarts_total{cause="timeout"}'
    watched.wait_for("the timeout is counted", lambda m: m.metric(name) == 1)
    watched.server.stop()


def test_clients_that_take_too_long(monitored):
    """By phase, and the answer as a refusal."""
    watched = monitored("--request-head-timeout", "1", "hello:app").wait_until_ready()
    with watched.server.connect() as link:
        assert link.send(b"GET / HTTP/1.1\r\nHost:").response().status == 408
    name = 'swiftcorn_client_timeouts_total{phase="head"}'
    watched.wait_for("it is counted", lambda m: m.metric(name) == 1)
    assert watched.metric('swiftcorn_refusals_total{reason="late"}') == 1
    watched.server.stop()


def test_the_monitor_dies_and_remembers(monitored):
    """It is born again; what was counted is not its own."""
    watched = monitored("hello:app").wait_until_ready()
    watched.server.ask()
    watched.wait_for("it is counted", lambda m: m.metric(GOOD) == 1)
    monitor = next(iter(children_with_title(watched.server.pid, "monitor")))
    os.kill(monitor, signal.SIGKILL)
    wait_until_process_ends(monitor)
    wait_until(lambda: watched.status("/livez") == 200, "there is another")
    assert watched.metric(GOOD) == 1
    watched.server.stop()


def children_with_title(parent: int, word: str) -> list[int]:
    found = []
    for task in Path(f"/proc/{parent}/task/{parent}/children").read_text().split():
        title = Path(f"/proc/{task}/cmdline").read_bytes()
        if word.encode() in title:
            found.append(int(task))
    return found


def test_both_forms(monitored):
    """The form is the client's choice; the samples are the same."""
    watched = monitored("hello:app").wait_until_ready()
    plain = watched.ask("/metrics")
    chosen = watched.ask("/metrics", fields=[("Accept", OPEN_METRICS)])
    assert plain["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert chosen["Content-Type"] == f"{OPEN_METRICS}; charset=utf-8"
    assert plain["Vary"] == chosen["Vary"] == "Accept"
    assert chosen.text.endswith("\n# EOF\n")
    assert watched.metrics().keys() == watched.metrics(OPEN_METRICS).keys()
    assert watched.ask("/metrics", "HEAD").content == b""
    watched.server.stop()


@needs("promtool")
def test_promtool_has_nothing_to_complain_of(monitored):
    """Names, units, help texts, and the form itself."""
    watched = monitored("-w", "2", "hello:app").wait_until_ready()
    watched.server.ask()
    text = watched.ask("/metrics").content
    done = subprocess.run(
        ["promtool", "check", "metrics"], input=text, capture_output=True, check=False
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, b"")
    watched.server.stop()


@needs("prometheus")
def test_prometheus_scrapes_it(monitored, directory):
    """A real one, which prefers OpenMetrics and refuses what is not well formed."""
    watched = monitored("hello:app").wait_until_ready()
    for _ in range(5):
        watched.server.ask()
    port = free_port()
    (directory / "prometheus.json").write_text(
        json.dumps(
            {
                "global": {"scrape_interval": "1s"},
                "scrape_configs": [
                    {
                        "job_name": "swiftcorn",
                        "static_configs": [{"targets": [f"127.0.0.1:{watched.port}"]}],
                    }
                ],
            }
        )
    )
    with (directory / "prometheus.log").open("w") as log:
        process = subprocess.Popen(
            [
                "prometheus",
                f"--config.file={directory}/prometheus.json",
                f"--storage.tsdb.path={directory}/data",
                f"--web.listen-address=127.0.0.1:{port}",
            ],
            stdout=log,
            stderr=log,
        )
    try:
        base = f"http://127.0.0.1:{port}/api/v1"
        wait_until(lambda: value_of(base, "up") == 1, "a scrape has succeeded", 60)
        assert value_of(base, f"sum({GOOD})") == 5
        assert value_of(base, "sum(swiftcorn_request_duration_seconds_count)") == 5
        quantile = "histogram_quantile(0.5, swiftcorn_request_duration_seconds_bucket)"
        assert 0 < value_of(base, quantile) < 60
    finally:
        process.terminate()
        process.wait(30)
    watched.server.stop()


def value_of(base: str, query: str) -> float | None:
    """What Prometheus answers to a query with one result; None while it does not."""
    where = f"{base}/query?{urllib.parse.urlencode({'query': query})}"
    try:
        with urllib.request.urlopen(where, timeout=10) as answer:
            found = json.load(answer)["data"]["result"]
    except OSError:
        return None
    return float(found[0]["value"][1]) if found else None


def test_hostile_input_harms_nothing(monitored):
    """Methods, heads and contents that have no place there; it answers as before."""
    watched = monitored("hello:app").wait_until_ready()
    answers = {
        b"POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx": 405,
        b"DELETE / HTTP/1.1\r\nHost: x\r\n\r\n": 405,
        b"GET /status.json HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999\r\n\r\n": 413,
        b"GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n": 404,
        b"GET /%00%ff HTTP/1.1\r\nHost: x\r\n\r\n": 404,
        b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n": 400,
        b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 200 + b"\r\n": 431,
        b"GET /" + b"a" * 10_000 + b" HTTP/1.1\r\n\r\n": 414,
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n": 400,
    }
    for sent, status in answers.items():
        with Connection(("127.0.0.1", watched.port)) as link:
            assert link.send(sent).response().status == status, sent
    assert watched.ask("/", "PUT")["Allow"] == "GET, HEAD"
    with Connection(("127.0.0.1", watched.port)) as link:
        link.send(request_bytes("GET", "/readyz", connection="keep-alive") * 500)
        for _ in range(500):
            assert link.response().status == 200
    assert watched.status("/livez") == 200
    watched.server.stop()


def test_connections_that_say_nothing_keep_nobody_out(monitored):
    """One address cannot take all there are."""
    watched = monitored("hello:app").wait_until_ready()
    silent = [Connection(("127.0.0.1", watched.port)) for _ in range(140)]
    try:
        watched.wait_for("there is room for another address", unix_or_other_is_answered)
        wait_until(lambda: watched.status("/livez") == 200, "the silent ones are dropped", 30)
    finally:
        for link in silent:
            link.close()
    watched.server.stop()


def unix_or_other_is_answered(watched: Monitor) -> bool:
    """Another address of loopback asks."""
    with socket.socket() as link:
        link.settimeout(10)
        link.bind(("127.0.0.2", 0))
        link.connect(("127.0.0.1", watched.port))
        link.sendall(request_bytes("GET", "/livez"))
        return link.recv(100).startswith(b"HTTP/1.1 200")


COUNTING = """
import os
from prometheus_client import Counter, Gauge, Histogram
HITS = Counter("shop_hits", "Requests of the shop.")
OPEN = Gauge("shop_open", "Workers that are open.", multiprocess_mode="livesum")
SIZES = Histogram("shop_sizes", "Sizes of what was bought.", buckets=[1, 10])
OPEN.set(1)

def app(environ, start_response):
    if environ["PATH_INFO"] == "/die":
        os._exit(9)
    HITS.inc()
    SIZES.observe(5)
    start_response("200 OK", [])
    return [os.environ["PROMETHEUS_MULTIPROC_DIR"].encode()]
"""


def test_the_metrics_of_the_application(monitored, directory):
    """prometheus_client with nothing to configure: of all workers, the dead as it defines."""
    (directory / "counting.py").write_text(COUNTING)
    watched = monitored("-w", "2", "counting:app").wait_until_ready()
    server = watched.server
    place = Path(server.ask().text)
    for _ in range(3):
        server.ask()
    assert place.is_dir()
    watched.wait_for("both are open", lambda m: m.metric("shop_open") == 2)
    found = watched.metrics()
    assert found["shop_hits_total"] == 4
    assert found['shop_sizes_bucket{le="1.0"}'] == 0
    assert found['shop_sizes_bucket{le="10.0"}'] == 4
    assert found["swiftcorn_requests_in_flight"] == 0
    chosen = watched.ask("/metrics", fields=[("Accept", OPEN_METRICS)]).text
    assert chosen.endswith("# EOF\n")
    assert chosen.count("# EOF") == 1
    assert "# TYPE shop_hits counter" in chosen
    before = server.workers
    with server.connect() as link:
        link.send(request_bytes("GET", "/die")).read_to_end()
    wait_until(lambda: len(server.workers) == 2 and server.workers != before, "another worker")
    watched.wait_for("it has opened", lambda m: m.metric("shop_open") == 2)
    assert watched.metric("shop_hits_total") == 4
    if shutil.which("promtool"):
        text = watched.ask("/metrics").content
        done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True)
        assert (done.returncode, done.stderr) == (0, b"")
    server.stop()
    assert not place.exists()


def test_a_directory_that_the_operator_names_stays_theirs(monitored, directory):
    """It is used, and what is in it is left alone."""
    (directory / "counting.py").write_text(COUNTING)
    mine = directory / "mine"
    watched = monitored(
        "counting:app", environment={"PROMETHEUS_MULTIPROC_DIR": str(mine)}
    ).wait_until_ready()
    assert watched.server.ask().text == str(mine)
    assert watched.metric("shop_hits_total") == 1
    watched.server.stop()
    assert list(mine.glob("counter_*.db"))


def test_metrics_of_the_application_that_cannot_be_read(monitored, directory):
    """Ours are answered all the same, and the log says once why the others are not there."""
    (directory / "counting.py").write_text(COUNTING)
    mine = directory / "mine"
    mine.mkdir()
    # As the library writes it: how much is used, then an entry; its key is no JSON.
    entry = struct.pack("<i20sdd", 20, b"{broken".ljust(20), 1.0, 0.0)
    (mine / "counter_1.db").write_bytes((struct.pack("<ii", 48, 0) + entry).ljust(128, b"\0"))
    watched = monitored(
        "counting:app", environment={"PROMETHEUS_MULTIPROC_DIR": str(mine)}
    ).wait_until_ready()
    watched.server.ask()
    for _ in range(3):
        watched.wait_for("ours are there", lambda m: m.metric(COUNT) == 1)
    assert watched.server.log.text.count("The application's metrics cannot be read") == 1
    watched.server.stop()
