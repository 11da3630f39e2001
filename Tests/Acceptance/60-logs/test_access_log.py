"""The access log, byte for byte: the formats, every atom, and what clients may not do to it."""

import base64
import re
import signal

import pytest

from support.client import Connection, request_bytes
from support.masks import mask_access_time


@pytest.fixture
def logged(serving):
    """Sends requests to a server with this format and answers the lines they left (masked)."""

    def asked(format_, *raws, app="wire:app", options=()):
        formats = () if format_ is None else ("--access-logformat", format_)
        server = serving("--access-logfile", "-", *formats, *options, app)
        mark = server.out.mark()
        for count, raw in enumerate(raws, 1):
            with server.connect() as link:
                link.send(raw).finish_sending().read_to_end()
            server.out.wait_for("", count=count, since=mark)
        return [mask_access_time(line) for line in server.out.texts(mark)]

    return asked


def test_the_default_format(logged):
    found = logged(
        None,
        request_bytes("GET", "/length?a=1"),
        request_bytes(
            "POST",
            "/echo/x%20y",
            [("Referer", 'http://r/?"q"'), ("User-Agent", 'a "quoted" agent')],
            b"abc",
        ),
        request_bytes("HEAD", "/length"),
        request_bytes("GET", "/no_content"),
        request_bytes("GET", "/pieces"),
        request_bytes("GET", "/pieces", version="HTTP/1.0"),
        request_bytes(
            "GET",
            "/length",
            [("Authorization", "Basic " + base64.b64encode(b"us er:secret:x").decode())],
        ),
    )
    length = re.search(r'200 (\d+) "http', found[1]).group(1)
    assert found == [
        '127.0.0.1 - - [TIME] "GET /length?a=1 HTTP/1.1" 200 5 "-" "-"',
        '127.0.0.1 - - [TIME] "POST /echo/x%20y HTTP/1.1" 200 '
        + length
        + r' "http://r/?\"q\"" "a \"quoted\" agent"',
        '127.0.0.1 - - [TIME] "HEAD /length HTTP/1.1" 200 0 "-" "-"',
        '127.0.0.1 - - [TIME] "GET /no_content HTTP/1.1" 204 0 "-" "-"',
        '127.0.0.1 - - [TIME] "GET /pieces HTTP/1.1" 200 24 "-" "-"',
        '127.0.0.1 - - [TIME] "GET /pieces HTTP/1.0" 200 24 "-" "-"',
        '127.0.0.1 - us er [TIME] "GET /length HTTP/1.1" 200 5 "-" "-"',
    ]


ATOMS = {
    "%(h)s": "127.0.0.1",
    "%(l)s": "-",
    "%(u)s": "-",
    "%(t)s": "[TIME]",
    "%(r)s": "POST /echo/a%20b?q=1&r HTTP/1.1",
    "%(m)s": "POST",
    "%(U)s": "/echo/a b",
    "%(q)s": "q=1&r",
    "%(H)s": "HTTP/1.1",
    "%(s)s": "200",
    "%(f)s": "from",
    "%(a)s": "agent",
    "%({x-field}i)s": "two",
    "%({X-Field}i)s": "two",
    "%({absent}i)s": "-",
    "%({user-agent}i)s": "agent",
    "%({cookie}i)s": "b=2",
    "%({content-type}o)s": "text/plain",
    "%({Server}o)s": "-",
    "%({absent}o)s": "-",
    "%({request_method}e)s": "POST",
    "%({REQUEST_METHOD}e)s": "POST",
    "%({raw_uri}e)s": "/echo/a%20b?q=1&r",
    "%({wsgi.url_scheme}e)s": "http",
    "%({absent}e)s": "-",
    "%(unknown)s": "-",
    "%%": "%",
    "plain [text]": "plain [text]",
}


def test_each_atom(logged):
    """All of them in one line, since each format wants a server of its own."""
    raw = request_bytes(
        "POST",
        "/echo/a%20b?q=1&r",
        [
            ("X-Field", "one"),
            ("X-Field", "two"),
            ("Referer", "from"),
            ("User-Agent", "agent"),
            ("Cookie", "a=1"),
            ("Cookie", "b=2"),
        ],
        b"abc",
    )
    (line,) = logged("|".join(ATOMS), raw)
    assert dict(zip(ATOMS, line.split("|"), strict=True)) == ATOMS


def test_sizes_and_durations(logged):
    (line,) = logged("%(B)s|%(b)s|%(T)s|%(M)s|%(D)s|%(L)s|%(p)s", request_bytes("GET", "/length"))
    assert re.fullmatch(r"5\|5\|0\|\d+\|\d+\|0\.\d{6}\|<\d+>", line), line


def test_the_durations_agree(serving, directory):
    server = serving(
        "--access-logfile", "-", "--access-logformat", "%(T)s %(M)s %(D)s %(L)s", "labour:app"
    )
    mark = server.out.mark()
    with server.connect() as link:
        link.send(request_bytes("GET", f"/until?{directory}/go"))
        server.wait_for_log("^NOTE begun")
        (directory / "go").touch()
        link.response()
    line = server.out.wait_for(r"^(\d+) (\d+) (\d+) (\d+\.\d{6})$", since=mark)
    seconds, milliseconds, microseconds, decimal = (float(one) for one in line.groups())
    assert milliseconds == microseconds // 1000
    assert seconds == milliseconds // 1000
    assert abs(decimal - microseconds / 1_000_000) < 0.000_002


@pytest.mark.parametrize(
    ("target", "line"),
    [
        ("/nothing", "200 0"),
        ("/empty", "200 0"),
        ("/not_modified", "304 0"),
        ("/no_content_with_content", "204 0"),
        ("/longer", "200 5"),
        ("/written", "200 27"),
        ("/status?299+Very+Fine", "299 0"),
        ("/early_hints", "200 5"),
    ],
)
def test_status_and_size(logged, target, line):
    assert logged("%(s)s %(b)s", request_bytes("GET", target)) == [line]


def test_an_exception(logged):
    found = logged(
        "%(s)s %(b)s %(r)s",
        request_bytes("GET", "/raised?value"),
        request_bytes("GET", "/counted"),
        app="scenes:app",
    )
    assert found[-1] == "200 6 GET /counted HTTP/1.1"
    assert found[:-1] == ["500 0 GET /raised?value HTTP/1.1"]


def test_a_refused_request(serving, differs):
    """Gunicorn writes a line only where it has understood the request's head."""
    server = serving("--access-logfile", "-", "--access-logformat", "%(s)s %(r)s", "wire:app")
    mark = server.out.mark()
    with server.connect() as link:
        link.send(b"nonsense\r\n\r\n").read_to_end()
    server.ask("/length")
    server.out.wait_for("200 GET /length", since=mark)
    found = server.out.texts(mark)[:-1]
    assert len(found) == differs("refused-request-line", gunicorn=0, swiftcorn=1)


def test_a_unix_socket(start, directory):
    server = start("-b", "unix:web.sock", "--access-logfile", "-", "hello:app", bind=False)
    server.wait_until_serving()
    with Connection(str(directory / "web.sock")) as link:
        link.send(request_bytes()).response()
    line = server.out.wait_for("GET")
    assert mask_access_time(line.string) == ' - - [TIME] "GET / HTTP/1.1" 200 6 "-" "-"'
    server.stop()


def test_to_a_file(start, directory):
    server = start("--access-logfile", "access.log", "-w", "2", "hello:app")
    for number in range(10):
        server.ask(f"/{number}")
    server.stop()
    lines = (directory / "access.log").read_text().splitlines()
    assert sorted(mask_access_time(line) for line in lines) == [
        f'127.0.0.1 - - [TIME] "GET /{number} HTTP/1.1" 200 6 "-" "-"' for number in range(10)
    ]
    assert server.out.text == ""


def test_off_by_default(start):
    server = start("hello:app")
    server.ask()
    server.stop()
    assert server.out.text == ""
    assert "GET / HTTP" not in server.log.text


def test_the_time_has_the_local_zone(start):
    server = start("--access-logfile", "-", "hello:app", environment={"TZ": "Asia/Kolkata"})
    server.ask()
    assert server.out.wait_for(r"\[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0530\]")
    assert re.match(r"\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0530\]", server.log.text)
    server.stop()


def test_nobody_writes_lines_of_their_own(serving, differs):
    """A tab and octets of control ranges that a value may hold must not shape the log."""
    server = serving(
        "--access-logfile", "-", "--access-logformat", "%({x-field}i)s|%(a)s|%(u)s", "wire:app"
    )
    mark = server.out.mark()
    user = base64.b64encode(b"a\nb\x1b[31m:secret").decode()
    server.ask(
        "/length",
        fields=[
            ("X-Field", "a\tb\u0085c\u009bd"),
            ("User-Agent", "\u00e9"),
            ("Authorization", f"Basic {user}"),
        ],
    )
    server.ask("/length", fields=[("X-Field", "end")])
    server.out.wait_for("^end", since=mark)
    found = server.out.texts(mark)[:-1]
    assert len(found) == differs("control-bytes-in-the-log", gunicorn=2, swiftcorn=1)
    escaped = not re.search("[\x00-\x1f\x7f-\x9f]", "".join(found))
    assert escaped == differs("control-bytes-in-the-log", gunicorn=False, swiftcorn=True)


def test_the_worker_writes_all_of_it_before_it_ends(start):
    server = start("--access-logfile", "-", "hello:app")
    for number in range(50):
        server.ask(f"/{number}")
    server.signal(signal.SIGTERM)
    server.expect_clean_exit()
    assert len(server.out.lines) == 50
