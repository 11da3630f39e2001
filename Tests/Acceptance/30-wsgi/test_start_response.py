"""start_response: called in time, too late, twice, never, and with the wrong things."""

import re

import pytest

from support.client import ConnectionEnded, request_bytes

REFUSED_PAGE = (
    b"HTTP/1.1 500 Internal Server Error\r\n"
    b"Connection: close\r\n"
    b"Content-Type: text/html\r\n"
    b"Content-Length: 141\r\n"
    b"\r\n"
    b"<html>\n  <head>\n    <title>Internal Server Error</title>\n  </head>\n  <body>\n"
    b"    <h1><p>Internal Server Error</p></h1>\n    \n  </body>\n</html>\n"
)

pytestmark = pytest.mark.usefixtures("same_worker")


def test_the_field_list_may_be_replaced_before_anything_is_sent(scenes, differs):
    response = scenes.ask("/replaced")
    assert (response.status, response.reason, response.text) == (503, "Sorry", "sorry")
    assert response.names[3:] == differs(
        "replaced-fields",
        gunicorn=["X-First", "X-Second", "Content-Length"],
        swiftcorn=["X-Second", "Content-Length"],
    )


def test_after_that_the_exception_is_raised_again(scenes):
    mark = scenes.log.mark()
    with scenes.connect() as link:
        link.send(request_bytes("GET", "/replaced_too_late"))
        with pytest.raises(ConnectionEnded):
            link.response()
    scenes.wait_for_log("^ValueError: too late", since=mark)


def test_twice(scenes):
    mark = scenes.log.mark()
    with scenes.connect() as link:
        raw = link.send(request_bytes("GET", "/twice")).read_to_end()
    assert raw == REFUSED_PAGE
    scenes.wait_for_log("^AssertionError: Response headers already set!", since=mark)


def test_never(scenes, differs):
    with scenes.connect() as link:
        raw = link.send(request_bytes("GET", "/never")).read_to_end()
    assert raw.startswith(
        differs("no-start-response", gunicorn=b"HTTP/1.1 None\r\n", swiftcorn=REFUSED_PAGE)
    )


@pytest.mark.parametrize(
    "path",
    [
        "by_name",
        "positional_none",
        "fields_as_tuples",
        "fields_from_a_generator",
        "fields_changed_afterwards",
    ],
)
def test_ways_to_call_it(scenes, path):
    response = scenes.ask(f"/{path}")
    assert (response.status, response.text) == (200, "ok")
    assert "X-Late" not in response
    assert response.names[3:] == {
        "fields_as_tuples": ["Content-Length", "X-List"],
        "fields_from_a_generator": ["Content-Length", "X-More"],
    }.get(path, ["Content-Length"])


def test_as_late_as_the_first_step(scenes):
    assert scenes.ask("/late").content == b"late"


WRONG = {
    "status-int": "TypeError",
    "status-bytes": "TypeError",
    "status-none": "TypeError",
    "status-short": "ValueError",
    "status-crlf": "ValueError",
    "name-bytes": "TypeError",
    "name-empty": "Invalid response header name from the application: ",
    "name-space": "Invalid response header name from the application: ",
    "name-colon": "Invalid response header name from the application: ",
    "name-crlf": "Invalid response header name from the application: ",
    "name-nul": "Invalid response header name from the application: ",
    "status-lf": "ValueError",
    "status-nul": "ValueError",
    "name-latin": "Invalid response header name from the application: ",
    "value-bytes": "TypeError",
    "value-int": "TypeError",
    "value-none": "TypeError",
    "value-cr": "Invalid response header from the application: 'X-A'",
    "value-lf": "Invalid response header from the application: 'X-A'",
    "value-crlf": "Invalid response header from the application: 'X-A'",
    "value-nul": "Invalid response header from the application: 'X-A'",
    "value-bell": "Invalid response header from the application: 'X-A'",
    "value-del": "Invalid response header from the application: 'X-A'",
    "length-word": "ValueError",
    "pair-of-three": "ValueError",
    "fields-none": "TypeError",
}


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_things(scenes, wrong):
    """500 with the fixed page, the reason in the log, and nothing of the application's text."""
    mark = scenes.log.mark()
    with scenes.connect() as link:
        raw = link.send(request_bytes("GET", f"/wrong?{wrong}")).read_to_end()
    assert raw == REFUSED_PAGE
    scenes.wait_for_log(rf"Error handling request GET /wrong\?{wrong}$", since=mark)
    scenes.wait_for_log(rf"^([\w.]+: )?{re.escape(WRONG[wrong])}", since=mark)
