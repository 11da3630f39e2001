"""Exceptions in the application: the fixed page, the traceback in the log, the worker lives."""

import pytest

from support.client import request_bytes

HEAD = b"HTTP/1.1 500 Internal Server Error\r\nConnection: close\r\nContent-Type: text/html\r\n"


def ask_raw(server, target):
    with server.connect() as link:
        return link.send(request_bytes("GET", target)).read_to_end()


def test_before_the_response(scenes, same_worker):
    mark = scenes.log.mark()
    assert ask_raw(scenes, "/raised?value").startswith(HEAD)
    scenes.wait_for_log("^ValueError: raised at once$", since=mark)
    lines = scenes.log.texts(mark)
    assert lines[0].endswith("[ERROR] Error handling request GET /raised?value")
    assert lines[1] == "Traceback (most recent call last):"
    assert any("applications/scenes.py" in line for line in lines)


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("os", r"^OSError: \[Errno 5\] made up$"),
        ("pipe", r"^BrokenPipeError: \[Errno 32\] made up$"),
    ],
)
def test_an_error_of_the_systems_in_the_application(scenes, same_worker, differs, what, said):
    """Gunicorn takes it for an error of its own socket."""
    mark = scenes.log.mark()
    raw = ask_raw(scenes, f"/raised?{what}")
    assert raw.startswith(differs("mistaken-exceptions", gunicorn=b"", swiftcorn=HEAD))
    assert bool(raw) == differs("mistaken-exceptions", gunicorn=False, swiftcorn=True)
    if raw or what == "os":
        scenes.wait_for_log(said, since=mark)


def test_the_page_byte_for_byte(scenes):
    assert ask_raw(scenes, "/raised?value") == HEAD + (
        b"Content-Length: 141\r\n\r\n"
        b"<html>\n  <head>\n    <title>Internal Server Error</title>\n  </head>\n  <body>\n"
        b"    <h1><p>Internal Server Error</p></h1>\n    \n  </body>\n</html>\n"
    )


def test_after_start_response_but_before_content(scenes, same_worker):
    """Nothing is sent before there is content, so a 500 is still possible."""
    raw = ask_raw(scenes, "/raised_after_start?value")
    assert raw.startswith(HEAD) and b"X-Never" not in raw


def test_after_the_first_content(scenes, same_worker):
    """The response cannot be taken back: the missing last chunk tells the client."""
    mark = scenes.log.mark()
    raw = ask_raw(scenes, "/raised_in_iteration?value")
    assert raw.startswith(b"HTTP/1.1 200 OK\r\n")
    assert raw.endswith(b"\r\n\r\n4\r\nsent\r\n")
    scenes.wait_for_log("^ValueError: raised at once$", since=mark)
    scenes.wait_for_log("^NOTE closed raised_in_iteration 1$", since=mark)


def test_stop_iteration_outside_of_an_iteration(scenes, same_worker, differs):
    """Gunicorn takes it for its own way to say that there is no further request."""
    raw = ask_raw(scenes, "/raised?stop")
    assert raw.startswith(differs("mistaken-exceptions", gunicorn=b"", swiftcorn=HEAD))
    assert bool(raw) == differs("mistaken-exceptions", gunicorn=False, swiftcorn=True)


def test_text_that_cannot_be_encoded(scenes, same_worker):
    mark = scenes.log.mark()
    assert ask_raw(scenes, "/raised?unicode").startswith(HEAD)
    scenes.wait_for_log("ValueError: caf", since=mark)


BASE = {
    "exit": "SystemExit: 5",
    "exit-zero": "SystemExit: 0",
    "interrupt": "KeyboardInterrupt",
    "base": "scenes.NotAnException: neither",
    "generator-exit": "GeneratorExit",
}


@pytest.mark.parametrize("what", BASE)
def test_what_is_no_exception_before_the_response(scenes, same_worker, what):
    """SystemExit and its like end the request as any other exception does, not the worker."""
    mark = scenes.log.mark()
    assert ask_raw(scenes, f"/raised?{what}").startswith(HEAD)
    scenes.wait_for_log(f"^{BASE[what]}$", since=mark)
    assert scenes.log.texts(mark)[0].endswith(f"[ERROR] Error handling request GET /raised?{what}")


@pytest.mark.parametrize("what", BASE)
def test_what_is_no_exception_after_the_first_content(scenes, same_worker, differs, what):
    mark = scenes.log.mark()
    raw = ask_raw(scenes, f"/raised_in_iteration?{what}")
    assert raw.startswith(b"HTTP/1.1 200 OK\r\n")
    spoiled = b"4\r\nsent\r\nHTTP/1.1 500 Internal Server Error\r\n" in raw
    assert spoiled == differs(
        "second-head", gunicorn=what not in ("exit", "exit-zero"), swiftcorn=False
    )
    assert spoiled or raw.endswith(b"\r\n\r\n4\r\nsent\r\n")
    scenes.wait_for_log(f"^{BASE[what]}$", since=mark)
    scenes.wait_for_log("^NOTE closed raised_in_iteration 1$", since=mark)


def test_the_errors_stream(scenes, same_worker):
    mark = scenes.log.mark()
    assert scenes.ask("/errors").text == "ok"
    scenes.wait_for_log("^printed there$", since=mark)
    lines = scenes.log.texts(mark)
    place = lines.index("one line")
    assert lines[place : place + 4] == [
        "one line",
        "caf\u00e9 \u20ac",
        "two pieces",
        "printed there",
    ]


def test_kept_objects_after_their_request(start):
    """Each answers or raises; nothing of a later request can be reached or broken through them."""
    server = start("scenes:app")
    worker = server.ask("/pid").text
    for _ in range(3):
        assert server.ask("/keep", method="POST", content=b"kept content").text == "ok"
        told = dict(line.split(": ", 1) for line in server.ask("/use_kept").text.split("\n"))
        assert told["environ"] == "'/keep'"
        assert told["repr"] == repr([""] * 8)
        assert told["delete"] == "None"
        assert server.ask("/counted").content == b"onetwo"
    assert server.ask("/pid").text == worker
    server.stop()
