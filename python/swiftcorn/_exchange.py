"""A request and its response, as loggers read them: made for one that has been answered."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any


class Request:
    """What there is to know of a request beside its environ; any attribute may be added."""

    def __init__(self, environ: dict[str, Any], fields: list[str]) -> None:
        self.method: str = environ["REQUEST_METHOD"]
        self.uri: str = environ["RAW_URI"]
        self.query: str = environ["QUERY_STRING"]
        self.path = self.uri.partition("?")[0].partition("#")[0]
        self.fragment = self.uri.partition("#")[2]
        major, _, minor = environ["SERVER_PROTOCOL"].partition("/")[2].partition(".")
        self.version = (int(major), int(minor or 0))
        #: Names in capitals, in the order they came in.
        self.headers = [
            (name.upper(), value) for name, value in zip(fields[::2], fields[1::2], strict=True)
        ]
        self.trailers: list[tuple[str, str]] = []
        self.body = environ.get("wsgi.input")
        self.scheme: str = environ["wsgi.url_scheme"]
        self.peer_addr = _peer(environ)
        self.remote_addr = self.peer_addr
        self.proxy_protocol_info: dict[str, Any] | None = None


def _peer(environ: dict[str, Any]) -> tuple[str, int] | str:
    address = environ.get("REMOTE_ADDR", "")
    port = environ.get("REMOTE_PORT", "")
    return (address, int(port)) if port else address


class Response:
    """What was answered; any attribute may be added."""

    def __init__(self, code: int, status: str, fields: str, sent: int, length: int) -> None:
        self.status_code = code
        #: `200 OK`
        self.status = status or f"{code} {_phrase(code)}"
        self.headers = list(_pairs(fields))
        #: Bytes of content that were sent.
        self.sent = sent
        #: What the application declared; None where it did not.
        self.response_length = length if length >= 0 else None
        self.headers_sent = True
        self.chunked = length < 0 and code >= 200 and code not in (204, 304)


def _phrase(code: int) -> str:
    try:
        return HTTPStatus(code).phrase
    except ValueError:
        return ""


def _pairs(lines: str) -> Iterator[tuple[str, str]]:
    for line in lines.split("\r\n"):
        name, separator, value = line.partition(": ")
        if separator:
            yield name, value
