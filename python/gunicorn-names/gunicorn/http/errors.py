"""What a request, or a response, can have wrong.

The core judges requests by itself: of these it raises only those about an application's response.
The others are here for code that catches or raises them. `code`, where a class has it, is the
status of the answer.
"""

from __future__ import annotations

from typing import Any

from swiftcorn._wsgi import (
    InvalidHeader,
    InvalidHeaderName,
    InvalidResponseHeader,
    InvalidResponseHeaderName,
    ParseException,
)

__all__ = [
    "ChunkMissingTerminator",
    "ConfigurationProblem",
    "ExpectationFailed",
    "ForbiddenProxyRequest",
    "InvalidChunkExtension",
    "InvalidChunkSize",
    "InvalidH2CPreface",
    "InvalidHTTPVersion",
    "InvalidHeader",
    "InvalidHeaderName",
    "InvalidProxyHeader",
    "InvalidProxyLine",
    "InvalidRequestLine",
    "InvalidRequestMethod",
    "InvalidResponseHeader",
    "InvalidResponseHeaderName",
    "InvalidSchemeHeaders",
    "LimitRequestHeaders",
    "LimitRequestLine",
    "NoMoreData",
    "ObsoleteFolding",
    "ParseException",
    "UnsupportedTransferCoding",
]


class NoMoreData(OSError):
    """The peer closed before the request was whole; `buf` is what had come of it."""

    def __init__(self, buf: bytes | None = None) -> None:
        self.buf = buf

    def __str__(self) -> str:
        return f"No more data after: {self.buf!r}"


class ConfigurationProblem(ParseException):
    def __init__(self, info: str) -> None:
        self.info = info
        self.code = 500

    def __str__(self) -> str:
        return f"Configuration problem: {self.info}"


class InvalidRequestLine(ParseException):
    def __init__(self, req: Any) -> None:
        self.req = req
        self.code = 400

    def __str__(self) -> str:
        return f"Invalid HTTP request line: {self.req!r}"


class InvalidRequestMethod(ParseException):
    def __init__(self, method: Any) -> None:
        self.method = method

    def __str__(self) -> str:
        return f"Invalid HTTP method: {self.method!r}"


class ExpectationFailed(ParseException):
    def __init__(self, expect: Any) -> None:
        self.expect = expect

    def __str__(self) -> str:
        return f"Unable to comply with expectation: {self.expect!r}"


class InvalidHTTPVersion(ParseException):
    def __init__(self, version: Any) -> None:
        self.version = version

    def __str__(self) -> str:
        return f"Invalid HTTP Version: {self.version!r}"


class ObsoleteFolding(ParseException):
    def __init__(self, hdr: Any) -> None:
        self.hdr = hdr

    def __str__(self) -> str:
        return f"Obsolete line folding is unacceptable: {self.hdr!r}"


class UnsupportedTransferCoding(ParseException):
    def __init__(self, hdr: Any) -> None:
        self.hdr = hdr
        self.code = 501

    def __str__(self) -> str:
        return f"Unsupported transfer coding: {self.hdr!r}"


class InvalidChunkSize(ParseException):
    def __init__(self, data: Any) -> None:
        self.data = data
        self.code = 400

    def __str__(self) -> str:
        return f"Invalid chunk size: {self.data!r}"


class ChunkMissingTerminator(ParseException):
    def __init__(self, term: Any) -> None:
        self.term = term
        self.code = 400

    def __str__(self) -> str:
        return f"Invalid chunk terminator is not '\\r\\n': {self.term!r}"


class InvalidChunkExtension(ParseException):
    def __init__(self, reason: str) -> None:
        self.reason = reason
        self.code = 400

    def __str__(self) -> str:
        return f"Invalid chunk extension: {self.reason}"


class LimitRequestLine(ParseException):
    """The request line is longer than `limit_request_line` (bytes)."""

    def __init__(self, size: Any, max_size: int | None = None) -> None:
        self.size = size
        self.max_size = max_size

    def __str__(self) -> str:
        if self.max_size is None:
            return str(self.size)
        return f"Request Line is too large ({self.size} > {self.max_size})"


class LimitRequestHeaders(ParseException):
    """The fields are more, or longer, than the limits allow."""

    def __init__(self, msg: str) -> None:
        self.msg = msg

    def __str__(self) -> str:
        return str(self.msg)


class InvalidProxyLine(ParseException):
    def __init__(self, line: Any) -> None:
        self.line = line
        self.code = 400

    def __str__(self) -> str:
        return f"Invalid PROXY line: {self.line!r}"


class InvalidProxyHeader(ParseException):
    def __init__(self, msg: str) -> None:
        self.msg = msg
        self.code = 400

    def __str__(self) -> str:
        return f"Invalid PROXY header: {self.msg}"


class ForbiddenProxyRequest(ParseException):
    def __init__(self, host: Any) -> None:
        self.host = host
        self.code = 403

    def __str__(self) -> str:
        return f"Proxy request from {self.host!r} not allowed"


class InvalidSchemeHeaders(ParseException):
    def __str__(self) -> str:
        return "Contradictory scheme headers"


class InvalidH2CPreface(ParseException):
    def __init__(self, data: Any) -> None:
        self.data = data

    def __str__(self) -> str:
        return f"Expected HTTP/2 connection preface, got {self.data!r}"
