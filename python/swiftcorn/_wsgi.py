"""What the WSGI gateway gives to applications and what is best said in Python."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterable, Iterator
from typing import Any

from swiftcorn import _core


class ParseException(Exception):
    """A message that is not understood, or not taken."""


class InvalidHeader(ParseException):
    """A field that must not be: `hdr` is it, or its name."""

    def __init__(self, hdr: Any, req: Any = None) -> None:
        self.hdr = hdr
        self.req = req

    def __str__(self) -> str:
        return f"Invalid HTTP Header: {self.hdr!r}"


class InvalidHeaderName(ParseException):
    """A field whose name is no token (RFC 9110, section 5.1)."""

    def __init__(self, hdr: Any) -> None:
        self.hdr = hdr

    def __str__(self) -> str:
        return f"Invalid HTTP header name: {self.hdr!r}"


class InvalidResponseHeader(InvalidHeader, ValueError):
    """The application gave a field that must not go on the wire; the value is not repeated."""

    def __str__(self) -> str:
        return f"Invalid response header from the application: {self.args[0]!r}"


class InvalidResponseHeaderName(InvalidHeaderName, ValueError):
    """The application gave a field whose name is no token."""

    def __str__(self) -> str:
        return f"Invalid response header name from the application: {self.args[0]!r}"


# People's log rules know these by the names Gunicorn has for them.
for _exception in (
    ParseException,
    InvalidHeader,
    InvalidHeaderName,
    InvalidResponseHeader,
    InvalidResponseHeaderName,
):
    _exception.__module__ = "gunicorn.http.errors"


class FileWrapper:
    """``wsgi.file_wrapper`` (PEP 3333): iterates over a file in blocks.

    A wrapper returned as the response is sent by the kernel where it can be; iterating it, as
    middleware may do, reads ``blksize`` bytes at a time.
    """

    def __init__(self, filelike: Any, blksize: int = 8192) -> None:
        self.filelike = filelike
        self.blksize = blksize
        if hasattr(filelike, "close"):
            self.close = filelike.close

    def __getitem__(self, key: object) -> bytes:
        data = self.filelike.read(self.blksize)
        if data:
            return data  # type: ignore[no-any-return]
        raise IndexError

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        data = self.filelike.read(self.blksize)
        if data:
            return data  # type: ignore[no-any-return]
        raise StopIteration


class ErrorStream:
    """``wsgi.errors``: text for the error log, written at once."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def write(self, text: str) -> int:
        data = memoryview(text.encode("utf-8", "backslashreplace"))
        while data:
            data = data[os.write(self._descriptor, data) :]
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Nothing is held back."""


class RecordStream:
    """``wsgi.errors`` where the error log is records: what ends with a line feed is one."""

    _ERROR = 40

    def __init__(self) -> None:
        # Threads write at the same time, and each in several calls.
        self._held = threading.local()

    def write(self, text: str) -> int:
        held = getattr(self._held, "text", "") + text
        if held.endswith("\n"):
            self._say(held)
        else:
            self._held.text = held
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        self.write("".join(lines))

    def flush(self) -> None:
        """Say what has no line feed yet."""
        self._say(getattr(self._held, "text", ""))

    def _say(self, text: str) -> None:
        self._held.text = ""
        text = text.rstrip("\n")
        if text:
            _core.log(self._ERROR, text)


def error_stream(descriptor: int) -> ErrorStream | RecordStream:
    """The stream for the error log; a negative descriptor stands for records."""
    return ErrorStream(descriptor) if descriptor >= 0 else RecordStream()


def connection_socket(descriptor: int) -> socket.socket:
    """``gunicorn.socket``: the connection, for an application that was asked to upgrade it."""
    connection = socket.socket(fileno=descriptor)
    connection.setblocking(True)
    return connection
