"""What one client may cost: time, memory, disk, descriptors and connections (ours only)."""

import os
import re
import resource
import time

import pytest

from support import processes
from support.client import Connection, chunked, request_bytes
from support.deadline import wait_until
from support.processes import cpu_ticks, open_descriptors, resident_bytes

pytestmark = pytest.mark.only("swiftcorn")

HASTY = (
    *("--request-head-timeout", "1", "--request-body-timeout", "1"),
    *("--response-write-timeout", "1", "--request-body-min-rate", "1000"),
    *("--limit-request-body", "100000", "scenes:app"),
)
POST = b"POST /pid HTTP/1.1\r\nHost: x\r\nContent-Length: 50000\r\n\r\n"


@pytest.fixture
def hasty(serving):
    return serving(*HASTY)


def trickle(link, data=b"x"):
    """One piece after another until the server says something; answers what it says."""
    link.socket.settimeout(0.02)
    while True:
        link.send(data)
        try:
            piece = link.socket.recv(65536)
        except TimeoutError:
            continue
        link._buffer += piece
        return link.response()


# Deadlines


@pytest.mark.parametrize("begun", [b"G", b"GET / HTTP/1.1\r\nHost: x\r\n"])
def test_a_head_that_stops(hasty, begun):
    with hasty.connect() as link:
        assert link.send(begun).response().status == 408
        assert link.is_closed_by_server()


def test_a_head_that_trickles(hasty):
    with hasty.connect() as link:
        assert trickle(link.send(b"GET / HTTP/1.1\r\nA: ")).status == 408


def test_silence(hasty):
    with hasty.connect() as link:
        assert link.is_closed_by_server()


def test_a_body_that_stops(hasty):
    with hasty.connect() as link:
        response = link.send(POST + b"some").response()
        assert (response.status, response["Connection"]) == (408, "close")
        assert link.is_closed_by_server()


def test_a_body_that_trickles(hasty):
    with hasty.connect() as link:
        assert trickle(link.send(POST)).status == 408


@pytest.mark.parametrize("taken", [1, 1000])
def test_a_reader_that_stops(hasty, taken):
    """It is reset, so that it cannot take what it has for the whole."""
    with hasty.connect() as link:
        link.send(request_bytes("GET", "/large?20000000,50000", version="HTTP/1.0"))
        link.read_exactly(taken)
        wait_until(lambda: not connections(hasty), "the connection is given up")
        assert len(link.read_to_end()) < 20_000_000
    assert not spooled(hasty)


def connections(server):
    return processes.connections(server.worker)


def spooled(server):
    return [one for one in open_descriptors(server.worker) if "(deleted)" in one]


# Slow readers cost no worker


def test_a_slow_reader_does_not_hold_the_worker(serving):
    """The application has returned, and others are served, while the response waits in a file."""
    server = serving("--response-buffer-memory", "100000", "scenes:app")
    with server.connect() as slow:
        slow.send(request_bytes("GET", "/large?50000000,65536,length"))
        slow.read_until(b"\r\n\r\n")
        assert server.ask("/pid").status == 200
        assert len(spooled(server)) == 1
        content = slow.read_exactly(50_000_000)
        assert slow.is_closed_by_server()
    pattern = bytes(range(251)) * 400
    for offset in range(0, len(content), 65536):
        piece = content[offset : offset + 65536]
        start = offset % 251
        assert piece == pattern[start : start + len(piece)], offset
    wait_until(lambda: not spooled(server), "the file is gone")


def test_many_slow_readers_take_little_memory(serving):
    server = serving("--response-buffer-memory", "100000", "scenes:app")
    server.ask("/pid")
    before = resident_bytes(server.worker)
    links = []
    for _ in range(30):
        link = server.connect()
        links.append(link.send(request_bytes("GET", "/large?10000000,10000000,length")))
        link.read_until(b"\r\n\r\n")
    assert server.ask("/pid").status == 200
    assert resident_bytes(server.worker) - before < 60_000_000
    for link in links:
        link.reset()
    wait_until(lambda: not connections(server) and not spooled(server), "nothing is left open")


# Bodies


@pytest.mark.parametrize("expects", ["", "Expect: 100-continue\r\n"])
def test_a_body_announced_too_large(hasty, expects):
    """It is refused before a byte of it is sent, and nobody is told to go on."""
    with hasty.connect() as link:
        head = f"POST /pid HTTP/1.1\r\nHost: x\r\n{expects}Content-Length: 100001\r\n\r\n"
        assert link.send(head.encode()).response().status == 413
        link.finish_sending()
        assert link.is_closed_by_server()


def test_a_chunked_body_that_grows_too_large(hasty):
    with hasty.connect() as link:
        link.send(b"POST /pid HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        link.send(chunked(b"x" * 60_000)[:-5], b"c350\r\n", b"y" * 50_000)
        assert link.response().status == 413
    hasty.wait_for_log("content beyond limit_request_body")


@pytest.mark.parametrize("size", [0, 100_000])
def test_a_body_as_large_as_may_be(hasty, size):
    assert hasty.ask("/pid", method="POST", content=b"x" * size).status == 200


def test_a_full_disk_under_the_body(start, directory):
    """507, a line in the log, and nothing leaks; small bodies still work."""
    server = start("reading:app", environment={"TMPDIR": str(directory / "tmp")})
    server.wait_until_serving()
    assert server.ask("/?hash", method="POST", content=b"x" * 3_000_000).status == 200
    before = open_descriptors(server.worker)
    # Nothing can be written to any file beyond a million bytes: EFBIG instead of ENOSPC.
    resource.prlimit(server.worker, resource.RLIMIT_FSIZE, (1_000_000, resource.RLIM_INFINITY))
    for _ in range(5):
        assert server.ask("/?hash", method="POST", content=b"x" * 3_000_000).status == 507
    server.wait_for_log(r"Request body could not be stored: \[Errno 27\]", count=5)
    assert server.ask("/?hash", method="POST", content=b"x" * 10_000).status == 200
    wait_until(lambda: len(open_descriptors(server.worker)) <= len(before), "nothing leaked")
    server.stop()


@pytest.mark.parametrize("piece", [65_536, 10_000_000])
def test_a_full_disk_under_the_response(start, piece):
    """The application waits for its reader instead, who gets all."""
    server = start("--response-buffer-memory", "100000", "scenes:app")
    server.wait_until_serving()
    resource.prlimit(server.worker, resource.RLIMIT_FSIZE, (1_000_000, resource.RLIM_INFINITY))
    with server.connect() as link:
        link.send(request_bytes("GET", f"/large?30000000,{piece},length"))
        server.wait_for_log(r"Response could not be stored: \[Errno 27\]")
        assert len(link.response().content) == 30_000_000
    server.stop()


# Connections


def test_connections_of_one_address(start):
    server = start("--limit-connections-per-ip", "2", "hello:app")
    server.wait_until_serving()
    request = request_bytes(connection=None)
    with server.connect() as one, server.connect() as two:
        assert one.send(request).response().status == 200
        assert two.send(request).response().status == 200
        for _ in range(3):
            with server.connect() as three:
                assert three.response().status == 503
                assert three.is_closed_by_server()
        assert two.send(request).response().status == 200
    server.wait_for_log("Too many connections from ip=127.0.0.1")
    wait_until(lambda: server.ask().status == 200, "there is room again")
    server.stop()


def test_no_descriptor_is_left(start):
    """Who comes is told so; when there are descriptors again the server serves, by itself."""
    server = start("hello:app", "--keep-alive", "60")
    server.wait_until_serving()
    assert server.ask().status == 200
    used = max(int(one) for one in os.listdir(f"/proc/{server.worker}/fd")) + 1
    before = resource.prlimit(server.worker, resource.RLIMIT_NOFILE)
    resource.prlimit(server.worker, resource.RLIMIT_NOFILE, (used + 5, before[1]))
    links = [server.connect() for _ in range(30)]
    for link in links:
        link.send(request_bytes(connection=None))
    answers = [link.response().status for link in links]
    assert set(answers) == {200, 503}, answers
    assert answers.count(200) < 15
    server.wait_for_log(r"Connections are refused: \[Errno 24\]")
    lines = re.findall("Connections are refused", server.log.text)
    assert len(lines) < answers.count(503)
    for link in links:
        link.close()
    wait_until(lambda: server.ask().status == 200, "it serves again")
    resource.prlimit(server.worker, resource.RLIMIT_NOFILE, before)
    server.stop()


# Nothing is left, nothing is spent


def test_a_reset_at_any_byte_leaves_nothing(serving):
    server = serving("--response-buffer-memory", "10000", "scenes:app")
    server.ask("/pid")
    before = len(open_descriptors(server.worker))
    upload = request_bytes("POST", "/pid", content=b"x" * 20, connection=None)
    stream = upload + request_bytes("GET", "/large?3000000,65536", connection=None)
    for cut in range(0, len(stream) + 1):
        link = server.connect().send(stream[:cut])
        if cut == len(stream):
            link.read_exactly(1000)
        link.reset()
    for _ in range(10):
        link = server.connect().send(stream).finish_sending()
        link.read_exactly(1000)
        link.reset()
    assert server.ask("/pid").status == 200
    wait_until(lambda: len(open_descriptors(server.worker)) <= before, "nothing is left open")
    assert "Traceback" not in server.log.text


def test_idle_connections_take_no_time_and_little_memory(start):
    """CPU time is counted, not measured by a clock: a busy machine does not change it."""
    server = start("--keep-alive", "300", "--worker-connections", "2000", "hello:app")
    server.wait_until_serving()
    server.ask()
    request = request_bytes(connection=None)
    links = []

    def more(count):
        for _ in range(count):
            links.append(server.connect().send(request))
            assert links[-1].response().status == 200

    more(200)
    before = resident_bytes(server.worker)
    more(800)
    # The memory is taken in pages and in steps that double; 1 KiB is the promise.
    assert (resident_bytes(server.worker) - before) / 800 < 1024
    ticks = cpu_ticks(server.worker)
    begun = time.monotonic()
    while time.monotonic() < begun + 4:
        # Waits for the end of a connection that does not end.
        links[0].socket.settimeout(1)
        with pytest.raises(TimeoutError):
            links[0].socket.recv(1)
    # 0.1 % of a core would be less than one tick in that time; a loop that spins takes hundreds.
    assert cpu_ticks(server.worker) - ticks <= 1
    for link in links:
        link.close()
    server.stop()


def test_closed_half_connections_do_not_spin(hasty):
    """A peer that has ended its side, with a response on its way, is not read again and again."""
    with hasty.connect() as link:
        link.send(request_bytes("GET", "/large?3000000,65536,length")).finish_sending()
        link.read_exactly(10)
        ticks = cpu_ticks(hasty.worker)
        with pytest.raises(TimeoutError):
            silent = Connection(hasty.address)
            silent.socket.settimeout(0.5)
            silent.socket.recv(1)
        silent.close()
        assert cpu_ticks(hasty.worker) - ticks <= 5
    assert hasty.ask("/pid").status == 200
