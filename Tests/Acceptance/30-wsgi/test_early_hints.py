"""wsgi.early_hints: 103 responses ahead of the real one, as much of them as is safe."""

import pytest

from support.client import request_bytes


def hints(scenes, which):
    with scenes.connect() as link:
        return link.send(request_bytes("GET", f"/hinted?{which}")).read_to_end()


def test_names_and_values_may_be_bytes(scenes):
    assert hints(scenes, "bytes").startswith(
        b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\nX-A: b\r\nX-C: d\r\n\r\n"
        b"HTTP/1.1 200 OK\r\n"
    )


@pytest.mark.parametrize(
    "which", ["name-crlf", "name-nul", "value-cr", "value-lf", "value-nul", "value-bytes"]
)
def test_nothing_can_be_injected(scenes, which):
    mark = scenes.log.mark()
    assert hints(scenes, which).startswith(b"HTTP/1.1 500 Internal Server Error\r\n")
    scenes.wait_for_log("Invalid response header", since=mark)


def test_too_late_is_no_error(scenes):
    with scenes.connect() as link:
        response = link.send(request_bytes("GET", "/hinted_too_late")).response()
        assert (response.status, response.content) == (200, b"ok")
        assert link.is_closed_by_server()


def test_nothing_about_the_framing(scenes, differs):
    raw = hints(scenes, "framing")
    assert raw.startswith(
        differs(
            "early-hints-framing",
            gunicorn=b"HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\n",
            swiftcorn=b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\n",
        )
    )
