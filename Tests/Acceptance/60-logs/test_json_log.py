"""`log_format = json`: both logs as objects with the same fields, whatever comes in."""

import json
import re

import pytest

from support.client import request_bytes

pytestmark = pytest.mark.only("swiftcorn")

ALWAYS = {
    "timestamp",
    "severity_text",
    "severity_number",
    "otel.scope.name",
    "process.pid",
    "body",
}
APPLICATION = """
import logging, sys

def boom(environ, start_response):
    try:
        {}["k"]
    except KeyError:
        raise ValueError("first\\nsecond: \\"q\\" \\u2028")

def app(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/boom":
        return boom(environ, start_response)
    if path == "/errors":
        environ["wsgi.errors"].write("half ")
        print("a line", file=environ["wsgi.errors"])
        environ["wsgi.errors"].write("no end")
        environ["wsgi.errors"].flush()
    if path == "/logging":
        try:
            1 / 0
        except ZeroDivisionError:
            logging.getLogger("gunicorn.error").exception("it %s", "broke")
    start_response("200 OK", [("Content-Length", "2"), ("X-Out", "o\\xe9")])
    return [b"ok"]
"""


@pytest.fixture
def server(start, directory):
    (directory / "talking.py").write_text(APPLICATION)
    server = start(
        "--log-format=json", "--access-logfile=access.log",
        "--access-logformat=%({x-in}i)s %({x-out}o)s %({x-absent}i)s", "talking:app",
    )
    server.wait_for_log('"body":"Listening at')
    server.wait_for_log('"body":"Booting worker')
    return server


def asked(server, target="/", fields=()):
    with server.connect() as link:
        link.send(request_bytes("GET", target, fields)).finish_sending().read_to_end()


def records(server):
    return [json.loads(line) for line in server.log.texts()]


def access(directory):
    text = (directory / "access.log").read_bytes()
    return [json.loads(line) for line in text.splitlines()]


def test_every_line_of_both_logs_is_an_object(server, directory):
    asked(server, "/a%20b?x=%22", [("User-Agent", "t\\\"\xe9"), ("X-In", "i"), ("Referer", "r")])
    asked(server, "/boom")
    with server.connect() as link:
        link.send(b"nonsense\r\n\r\n").read_to_end()
    server.stop()
    for record in records(server):
        assert record.keys() >= ALWAYS
        assert record["otel.scope.name"] == "gunicorn.error"
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", record["timestamp"])
    bodies = [record["body"] for record in records(server)]
    assert "Using worker: sync" in bodies and "Shutting down: Master" in bodies
    first, failed, refused = access(directory)
    for name in ("timestamp", "http.server.request.duration"):
        assert first.pop(name)
    assert first.pop("process.pid") != server.pid
    assert first == {
        "severity_text": "INFO",
        "severity_number": 9,
        "otel.scope.name": "gunicorn.access",
        "body": "GET /a%20b?x=%22 HTTP/1.1",
        "http.request.method": "GET",
        "url.path": "/a%20b",
        "url.query": "x=%22",
        "network.protocol.version": "1.1",
        "http.response.status_code": 200,
        "http.response.body.size": 2,
        "client.address": "127.0.0.1",
        # Bytes of Latin-1 are no UTF-8.
        "user_agent.original": 't\\"\ufffd',
        "http.request.header.referer": ["r"],
        "http.request.header.x-in": ["i"],
        "http.response.header.x-out": ["o\ufffd"],
    }
    assert failed["http.response.status_code"] == 500
    assert refused["http.response.status_code"] == 400


def test_an_exception_is_one_record(server):
    asked(server, "/boom?q")
    server.wait_for_log('"exception.type":"ValueError"')
    server.stop()
    (record,) = [one for one in records(server) if "exception.type" in one]
    assert record["severity_text"] == "ERROR" and record["severity_number"] == 17
    assert record["body"] == "Error handling request GET /boom?q"
    assert record["exception.type"] == "ValueError"
    assert record["exception.message"] == 'first\nsecond: "q" \u2028'
    stack = record["exception.stacktrace"]
    assert stack.startswith("Traceback (most recent call last):\n")
    assert "KeyError: 'k'" in stack and stack.endswith('second: "q" \u2028')


def test_what_the_application_says_to_the_log_is_in_it(server):
    asked(server, "/errors")
    asked(server, "/logging")
    server.wait_for_log('"body":"it broke"')
    server.stop()
    found = {one["body"]: one for one in records(server)}
    assert found["half a line"]["severity_text"] == "ERROR"
    assert found["no end"]["severity_text"] == "ERROR"
    assert found["it broke"]["exception.type"] == "ZeroDivisionError"
    assert found["it broke"]["exception.message"] == "division by zero"


def test_what_fails_while_it_is_imported_is_told_in_fields(start, directory):
    (directory / "broken.py").write_text("raise LookupError('no such thing')\n")
    server = start("--log-format=json", "broken:app")
    server.expect_clean_exit(status=3)
    found = [json.loads(line) for line in server.log.texts() if line.startswith("{")]
    (record,) = [one for one in found if one.get("exception.type") == "LookupError"]
    assert record["body"] == "Exception in worker process"
    assert record["exception.message"] == "no such thing"


def test_a_client_cannot_forge_a_record(server, directory):
    hostile = '","severity_text":"CRITICAL"}\\u000a{"x":"\xff\x85\x1b'
    # What the parser lets through, and what it refuses.
    for value in (hostile.replace("\x1b", "").replace("\x85", ""), hostile):
        asked(server, '/%0d%0a"\\%00\xff', [("User-Agent", value), ("Referer", value)])
    server.stop()
    found = access(directory)
    assert len(found) == 2
    assert {one["severity_text"] for one in found} == {"INFO"}
    assert all(one.keys() >= ALWAYS for one in records(server))


def test_another_word_is_refused(command):
    done = command("--log-format", "xml", "hello:app")
    assert done.status != 0
    assert "log_format must be text or json, not 'xml'" in done.err
