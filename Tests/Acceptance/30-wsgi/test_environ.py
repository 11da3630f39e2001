"""environ, complete: key by key, type by type, with nothing missing and nothing added."""

import json

import pytest

from support.client import Connection, request_bytes

ALWAYS = {
    "wsgi.version": ["tuple", [1, 0]],
    "wsgi.url_scheme": ["str", "http"],
    "wsgi.input_terminated": ["bool", True],
    "wsgi.multithread": ["bool", False],
    "wsgi.multiprocess": ["bool", False],
    "wsgi.run_once": ["bool", False],
    "SERVER_SOFTWARE": ["str", "gunicorn/27.0.1"],
    "REQUEST_METHOD": ["str", "GET"],
    "QUERY_STRING": ["str", ""],
    "RAW_URI": ["str", "/"],
    "SERVER_PROTOCOL": ["str", "HTTP/1.1"],
    "PATH_INFO": ["str", "/"],
    "SCRIPT_NAME": ["str", ""],
    "SERVER_NAME": ["str", "127.0.0.1"],
    "REMOTE_ADDR": ["str", "127.0.0.1"],
    "HTTP_HOST": ["str", "acceptance.test"],
}


@pytest.fixture
def environ(serving):
    """Asks and answers what the application was given."""

    def asked(raw=None, options=(), address=None):
        server = serving(*options, "environ:app")
        with Connection(address or server.address) as link:
            own = link.socket.getsockname()
            found = json.loads(link.send(raw or request_bytes(connection=None)).response().content)
        assert found["type"] and found["exact"]
        return found["environ"], own, server

    return asked


def strings(environ, *names):
    for name in names:
        assert environ[name][0] == "str"
    return [environ[name][1] for name in names]


def test_a_plain_request(environ, differs):
    found, own, server = environ()
    objects = {name: value for name, value in found.items() if value[0] == "object"}
    values = {name: value for name, value in found.items() if name not in objects}
    assert values == {
        **ALWAYS,
        "SERVER_PORT": ["str", str(server.port)],
        "REMOTE_PORT": ["str", str(own[1])],
        **differs("queue-time", gunicorn={}, swiftcorn={"swiftcorn.queue_time": ["float", 0.0]}),
    }
    assert sorted(objects) == sorted(
        [
            "wsgi.input",
            "wsgi.errors",
            "wsgi.file_wrapper",
            "wsgi.early_hints",
            *differs("gunicorn-socket", gunicorn=["gunicorn.socket"], swiftcorn=[]),
        ]
    )


def test_the_objects_have_the_methods_of_the_specification(environ):
    found, _, _ = environ()
    _, methods, _, iterable = found["wsgi.input"]
    assert {"read", "readline", "readlines"} <= set(methods) and iterable
    _, methods, _, _ = found["wsgi.errors"]
    assert {"write", "writelines", "flush"} <= set(methods)
    for name in ("wsgi.file_wrapper", "wsgi.early_hints"):
        _, _, is_callable, _ = found[name]
        assert is_callable


def test_the_socket_where_an_upgrade_is_asked_for(environ):
    found, _, _ = environ(request_bytes(connection="Upgrade", fields=[("Upgrade", "websocket")]))
    assert {"close", "fileno"} <= set(found["gunicorn.socket"][1])


def test_a_post(environ):
    found, _, _ = environ(
        request_bytes(
            "POST",
            "/a%20path/%E2%82%AC?q=%20&x",
            [("Content-Type", "text/x; charset=utf-8")],
            b"12345",
            connection=None,
        )
    )
    assert strings(found, "REQUEST_METHOD", "CONTENT_TYPE", "CONTENT_LENGTH") == [
        "POST",
        "text/x; charset=utf-8",
        "5",
    ]
    assert strings(found, "PATH_INFO", "RAW_URI", "QUERY_STRING") == [
        "/a path/\u00e2\u0082\u00ac",
        "/a%20path/%E2%82%AC?q=%20&x",
        "q=%20&x",
    ]
    assert "HTTP_CONTENT_TYPE" not in found and "HTTP_CONTENT_LENGTH" not in found


def test_chunked_content_has_no_length(environ):
    found, _, _ = environ(
        request_bytes("POST", "/", [("Transfer-Encoding", "chunked")], connection=None)
        + b"0\r\n\r\n"
    )
    assert "CONTENT_LENGTH" not in found
    assert strings(found, "HTTP_TRANSFER_ENCODING") == ["chunked"]


def test_fields(environ):
    found, _, _ = environ(
        request_bytes(
            fields=[
                ("X-One", " padded "),
                ("x-two-words", "a"),
                ("X-TWO-WORDS", "b"),
                ("X-Latin", "caf\u00e9"),
                ("Cookie", "a=1"),
                ("Cookie", "b=2"),
                ("X_Under", "dropped"),
                ("X-Empty", ""),
            ]
        )
    )
    assert strings(
        found,
        "HTTP_X_ONE",
        "HTTP_X_TWO_WORDS",
        "HTTP_X_LATIN",
        "HTTP_COOKIE",
        "HTTP_X_EMPTY",
        "HTTP_CONNECTION",
    ) == ["padded", "a,b", "caf\u00e9", "a=1,b=2", "", "close"]
    assert "HTTP_X_UNDER" not in found


def test_version_1_0(environ):
    found, _, _ = environ(request_bytes(version="HTTP/1.0", connection=None))
    assert strings(found, "SERVER_PROTOCOL") == ["HTTP/1.0"]


def test_several_processes(environ):
    found, _, _ = environ(options=("--workers", "2"))
    assert found["wsgi.multiprocess"] == ["bool", True]


def test_threads(environ):
    found, _, _ = environ(options=("-k", "gthread", "--threads", "2"))
    assert found["wsgi.multithread"] == ["bool", True]
    assert found["wsgi.multiprocess"] == ["bool", False]


def test_a_trusted_proxy(environ):
    found, _, _ = environ(
        request_bytes(
            "GET",
            "/app/x",
            [
                ("X-Forwarded-Proto", "https"),
                ("SCRIPT_NAME", "/app"),
                ("X-Forwarded-For", "192.0.2.7"),
            ],
        )
    )
    assert strings(
        found, "wsgi.url_scheme", "SCRIPT_NAME", "PATH_INFO", "REMOTE_ADDR", "HTTP_X_FORWARDED_FOR"
    ) == ["https", "/app", "/x", "127.0.0.1", "192.0.2.7"]


def test_a_mount_point_in_the_environment(environ):
    found, _, _ = environ(request_bytes("GET", "/app/x"), options=("-e", "SCRIPT_NAME=/app"))
    assert strings(found, "SCRIPT_NAME", "PATH_INFO") == ["/app", "/x"]


def test_a_mount_point_that_is_the_whole_path(environ):
    found, _, _ = environ(request_bytes("GET", "/app"), options=("-e", "SCRIPT_NAME=/app"))
    assert strings(found, "SCRIPT_NAME", "PATH_INFO") == ["/app", ""]


def test_a_path_outside_the_mount_point(serving):
    server = serving("-e", "SCRIPT_NAME=/app", "environ:app")
    response = server.ask("/other")
    assert (response.status, response.reason) == (500, "Bad Request")


@pytest.mark.parametrize(
    ("field", "name", "port"),
    [
        ("example.com", "example.com", "80"),
        ("example.com:8080", "example.com", "8080"),
    ],
)
def test_a_unix_socket(start, directory, field, name, port):
    server = start("-b", f"unix:{directory}/web.sock", "environ:app", bind=False)
    with server.connect() as link:
        link.send(f"GET /p HTTP/1.1\r\nHost: {field}\r\nConnection: close\r\n\r\n".encode())
        found = json.loads(link.response().content)["environ"]
    assert strings(found, "REMOTE_ADDR", "SERVER_NAME", "SERVER_PORT") == ["", name, port]
    assert "REMOTE_PORT" not in found
    server.stop()


def test_a_unix_socket_and_no_host(start, directory):
    server = start("-b", f"unix:{directory}/web.sock", "environ:app", bind=False)
    with server.connect() as link:
        link.send(b"GET /p HTTP/1.0\r\n\r\n")
        found = json.loads(link.response().content)["environ"]
    assert strings(found, "REMOTE_ADDR", "SERVER_NAME", "SERVER_PORT") == [
        "",
        f"{directory}/web.sock",
        "",
    ]
    server.stop()


def test_ipv6(start):
    server = start("-b", "[::1]:0", "environ:app", bind=False)
    found = json.loads(server.ask().content)["environ"]
    assert strings(found, "REMOTE_ADDR", "SERVER_NAME", "SERVER_PORT") == [
        "::1",
        "::1",
        str(server.port),
    ]
    server.stop()


def test_each_request_has_an_environ_of_its_own(start, directory):
    """What an application leaves in environ is not there in the next request."""
    (directory / "dirty.py").write_text(
        "def app(environ, start_response):\n"
        "    left = sorted(n for n in environ if n.startswith('left'))\n"
        "    environ['left'] = 'behind'\n"
        "    environ['wsgi.version'] = None\n"
        "    environ['HTTP_HOST'] = 'changed'\n"
        "    content = repr(left).encode()\n"
        "    start_response('200 OK', [('Content-Length', str(len(content)))])\n"
        "    return [content]\n"
    )
    server = start("dirty:app")
    assert [server.ask().text for _ in range(3)] == ["[]"] * 3
    server.stop()
