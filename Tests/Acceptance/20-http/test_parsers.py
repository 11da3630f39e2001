"""What we accept, other parsers read as we do: Gunicorn's own, and h11 for the strict reading.

A request that two parsers in a row read differently is how requests are smuggled. The streams are
the cases of this repository, spoiled at random; the randomness is the same in every run.
"""

import json
import random
import re
import shutil
import subprocess
from pathlib import Path

import h11
import pytest

from support.client import Connection, ConnectionEnded
from support.server import GUNICORN, SWIFTCORN, interpreter_of

STREAMS = 1000
CASES = Path(__file__).parents[2] / "HTTPTests" / "Requests"
CLOSED = "the connection ends behind this request"
ORACLE = Path(__file__).with_name("parser_oracle.py")
SPICE = [
    *(bytes([byte]) for byte in b'\r\n\t :;,="\\/?#%_-+.0123456789aAfFxXzZ*[]@\0'),
    *(bytes([byte]) for byte in b"\x7f\x80\x85\xa0\xff"),
    *(b"\r\n", b"\r\n\r\n", b"\r\n ", b"0\r\n\r\n", b"Host: b\r\n", b"Content-Length: 1\r\n"),
    *(b"Transfer-Encoding: chunked\r\n", b"http://a", b"HTTP/1.0", b"GET / HTTP/1.1\r\n"),
]


def decoded(source):
    """Bytes of the notation that those cases are written in; see ORIGIN.md beside them."""
    plain = {b"r": b"\r", b"n": b"\n", b"t": b"\t", b"0": b"\0"}

    def replaced(match):
        letter = match.group(1)
        return bytes([int(letter[1:], 16)]) if letter[:1] == b"x" else plain[letter]

    return re.sub(rb"\\(x[0-9A-Fa-f]{2}|[rnt0])", replaced, source.replace(b"\n", b""))


def seeds():
    """The cases that no setting and no PROXY header belongs to, with a Host where they have none:
    those that are read, and those that are refused."""
    found = ([], [])
    for path in sorted(CASES.glob("**/*.http")):
        case = json.loads(path.with_suffix(".expected").read_text("latin-1"))
        raw = decoded(path.read_bytes())
        if set(case["settings"]) - {"http_strict"} or len(raw) > 1500 or b"HEAD" in raw:
            continue
        cases = found["refusal" in case]
        cases.append(raw)
        line, end, rest = raw.partition(b"\r\n")
        if b"host:" not in raw.lower() and b"\r\n" in rest:
            cases.append(line + end + b"Host: a\r\n" + rest)
    return found


def streams(seed):
    chance = random.Random(seed)
    read, refused = seeds()
    assert len(read) > 100 and len(refused) > 200
    yield from read + refused
    for _ in range(STREAMS):
        raw = chance.choice(read if chance.random() < 0.8 else refused)
        if chance.random() < 0.3:
            raw += chance.choice(read)
        for _ in range(chance.randint(1, 2)):
            place = chance.randint(0, len(raw))
            removed = chance.choice([0, 0, 1, 1, 2, 8])
            inserted = chance.choice([b"", *SPICE])
            raw = raw[:place] + inserted + raw[place + removed :]
        if b"HEAD" not in raw:
            yield raw


def environ_of(fields):
    """The variables that WSGI makes of fields, which may stand several times."""
    found = {}
    for name, value in fields:
        key = name.upper().replace("-", "_")
        if key in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            found[key] = value
            continue
        key = "HTTP_" + key
        found[key] = f"{found[key]},{value}" if key in found else value
    return found


def heard(address, raw):
    """What our server had its application read, request by request."""
    found = []
    with Connection(address) as link:
        link.send(raw).finish_sending()
        while True:
            try:
                response = link.response()
            except ConnectionEnded:
                return found
            if response.status == 200:
                found.append(json.loads(response.content))
            elif response.status != 100:
                return found


@pytest.fixture(scope="module")
def gunicorn_reads():
    python = shutil.which(interpreter_of(GUNICORN))
    assert python, "the real Gunicorn is not installed"
    process = subprocess.Popen([python, str(ORACLE)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def reads(raw):
        process.stdin.write(b"%d\n%s" % (len(raw), raw))
        process.stdin.flush()
        requests, fault = json.loads(process.stdout.readline())
        for request in requests:
            request["version"] = "HTTP/{}.{}".format(*request["version"])
            request["fields"] = environ_of(request["fields"])
        return requests, fault or CLOSED

    yield reads
    process.communicate()


def agree(ours, theirs, fault):
    """Whether all that we accepted was read alike; who keeps the connection is another matter."""
    common = min(len(ours), len(theirs)) if fault == CLOSED else len(ours)
    return ours[:common] == theirs[:common]


def has_what_h11_does_not_take(raw, fault):
    """Blanks before a chunk's extension and an empty line before a request: RFC 9112, 7.1.1 and
    2.2, have recipients take both."""
    is_blank = fault.startswith("illegal chunk header") and re.search(rb"[0-9A-Fa-f][ \t]+;", raw)
    return is_blank or fault == "no request line received"


def h11_reads(raw):
    """What h11 reads, up to what ends the connection for it."""
    found = []
    link = h11.Connection(h11.SERVER, max_incomplete_event_size=1 << 20)
    try:
        link.receive_data(raw)
        while link.their_state is h11.IDLE:
            request = link.next_event()
            if not isinstance(request, h11.Request):
                return found, "incomplete"
            content = b""
            while not isinstance(event := link.next_event(), h11.EndOfMessage):
                if not isinstance(event, h11.Data):
                    return found, "incomplete"
                content += event.data
            found.append(
                {
                    "method": request.method.decode("latin-1"),
                    "target": request.target.decode("latin-1"),
                    # The strict reading takes a later 1.x for 1.1, as RFC 9110, 2.5 has it.
                    "version": "HTTP/" + min(request.http_version.decode("latin-1"), "1.1"),
                    "fields": environ_of(
                        (name.decode("latin-1"), value.decode("latin-1"))
                        for name, value in request.headers
                        if b"_" not in name
                    ),
                    "content": content.decode("latin-1"),
                }
            )
            link.send(h11.Response(status_code=200, headers=[("Content-Length", "0")]))
            if link.our_state is h11.SWITCHED_PROTOCOL:
                return found, CLOSED
            link.send(h11.EndOfMessage())
            if link.our_state is not h11.DONE or link.their_state is not h11.DONE:
                return found, CLOSED
            link.start_next_cycle()
    except h11.RemoteProtocolError as error:
        return found, str(error)
    return found, ""


@pytest.mark.only(SWIFTCORN)
def test_gunicorn_reads_what_we_accept_as_we_do(serving, gunicorn_reads):
    address = serving("heard:app").address
    accepted = 0
    for raw in streams(27):
        ours = heard(address, raw)
        theirs, fault = gunicorn_reads(raw)
        assert agree(ours, theirs, fault), (raw, ours, theirs, fault)
        accepted += len(ours)
    assert accepted > STREAMS / 10


@pytest.mark.only(SWIFTCORN)
def test_h11_reads_what_the_strict_reading_accepts_as_we_do(serving):
    address = serving("--http-strict", "heard:app").address
    accepted = 0
    for raw in streams(11):
        ours = heard(address, raw)
        theirs, fault = h11_reads(raw)
        if has_what_h11_does_not_take(raw, fault):
            continue
        assert agree(ours, theirs, fault), (raw, ours, theirs, fault)
        accepted += len(ours)
    assert accepted > STREAMS / 10
