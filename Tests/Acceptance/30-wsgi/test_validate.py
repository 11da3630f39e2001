"""wsgiref.validate, the specification's own judge, has nothing to say against the server."""

import pytest

from support.client import request_bytes

APPLICATION = """
from wsgiref.validate import validator

def inner(environ, start_response):
    data = environ["wsgi.input"]
    content = b"".join([data.read(3), data.readline(), *data.readlines(5), *data, data.read(1)])
    environ["wsgi.errors"].write("judged\\n")
    environ["wsgi.errors"].writelines(["judged ", "too\\n"])
    environ["wsgi.errors"].flush()
    if environ["PATH_INFO"] == "/write":
        start_response("200 OK", [("Content-Type", "text/plain")])(content)
        return [b""]
    length = ("Content-Length", str(len(content)))
    start_response("200 OK", [("Content-Type", "text/plain"), length])
    return [content]

app = validator(inner)
"""


@pytest.mark.parametrize(
    "request_",
    [
        ("GET", "/", [], None),
        ("GET", "/a%20b?q=1", [("Cookie", "a=1"), ("Content-Type", "text/plain")], None),
        ("POST", "/", [("Content-Type", "text/plain")], b"one\ntwo\nthree\nfour\n"),
        ("POST", "/write", [("Content-Type", "text/plain")], b"one\ntwo\nthree\nfour\n"),
        ("OPTIONS", "/", [], None),
        ("DELETE", "/x", [], b"content"),
    ],
    ids=lambda request_: f"{request_[0]} {request_[1]}",
)
def test_the_server_is_content(start, directory, request_):
    (directory / "judged.py").write_text(APPLICATION)
    server = start("judged:app")
    method, target, fields, content = request_
    with server.connect() as link:
        link.send(request_bytes(method, target, fields, content))
        response = link.response(to=method)
    assert response.status == 200, server.log.text
    assert response.content == (content or b"")
    server.stop()
    assert "Error" not in server.log.text and "Warning" not in server.log.text
