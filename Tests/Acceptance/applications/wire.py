"""Each way to answer: the path says which. What stands on the wire is the server's part in it."""

import echo


def length(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "5")])
    return [b"hello"]


def pieces(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b"one"
    yield b""
    yield b"sixteen octets.."
    yield b"three"


def listed(environ, start_response):
    start_response("200 OK", [])
    return [b"a list ", b"of ", b"three"]


def nothing(environ, start_response):
    start_response("200 OK", [])
    return []


def empty(environ, start_response):
    start_response("200 OK", [("Content-Length", "0")])
    return []


def no_content(environ, start_response):
    start_response("204 No Content", [("X-Kept", "yes")])
    return []


def no_content_with_content(environ, start_response):
    start_response("204 No Content", [("Content-Length", "5")])
    return [b"hello"]


def not_modified(environ, start_response):
    start_response("304 Not Modified", [("ETag", '"x"'), ("Content-Length", "5")])
    return []


def not_modified_with_content(environ, start_response):
    start_response("304 Not Modified", [])
    return [b"hello"]


def fields(environ, start_response):
    start_response(
        "200 OK",
        [
            ("x-lower", "a"),
            ("X-UPPER", "b"),
            ("Set-Cookie", "one=1"),
            ("set-cookie", "two=2"),
            ("X-Empty", ""),
            ("X-Spaces", "  kept inside  "),
            ("X-Tab", "a\tb"),
            ("X-Latin", "caf\u00e9"),
            ("content-length", "0"),
        ],
    )
    return []


def connection_fields(environ, start_response):
    start_response(
        "200 OK",
        [
            ("Connection", "keep-alive, x"),
            ("Keep-Alive", "timeout=5"),
            ("TE", "x"),
            ("Trailers", "x"),
            ("Trailer", "x"),
            ("Transfer-Encoding", "gzip"),
            ("Upgrade", "h2c"),
            ("Proxy-Authenticate", "x"),
            ("Proxy-Authorization", "x"),
            ("Server", "mine"),
            ("Date", "yesterday"),
            ("Content-Length", "0"),
        ],
    )
    return []


def wants_close(environ, start_response):
    start_response("200 OK", [("Connection", "close"), ("Content-Length", "0")])
    return []


def upgrade(environ, start_response):
    start_response(
        "101 Switching Protocols",
        [("Connection", "upgrade"), ("Upgrade", "websocket"), ("X-More", "yes")],
    )
    return []


def upgrade_without_length(environ, start_response):
    start_response("200 OK", [("Connection", "Upgrade"), ("Upgrade", "WebSocket")])
    return [b"hello"]


def status(environ, start_response):
    start_response(
        environ["QUERY_STRING"].replace("+", " ").replace("%C3%A9", "\u00e9"),
        [("Content-Length", "0")],
    )
    return []


def longer(environ, start_response):
    start_response("200 OK", [("Content-Length", "5")])
    return [b"hel", b"lo and", b" more"]


def written(environ, start_response):
    write = start_response("200 OK", [("X-Way", "write")])
    write(b"written ")
    write(b"")
    write(b"twice ")
    return [b"then returned"]


def early_hints(environ, start_response):
    environ["wsgi.early_hints"]([("Link", "</style.css>; rel=preload")])
    environ["wsgi.early_hints"]([("Link", "</a.js>; rel=preload"), ("X-Second", "yes")])
    start_response("200 OK", [("Content-Length", "5")])
    return [b"hello"]


def unread(environ, start_response):
    start_response("200 OK", [("Content-Length", "6")])
    return [b"unread"]


ANSWERS = {
    name: value
    for name, value in list(globals().items())
    if callable(value) and not name.startswith("_")
}


def app(environ, start_response):
    chosen = ANSWERS.get(environ["PATH_INFO"].strip("/"), echo.app)
    return chosen(environ, start_response)
