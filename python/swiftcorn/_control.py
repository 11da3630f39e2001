"""The control socket's protocol: four bytes of length, the most significant first, and JSON."""

from __future__ import annotations

import json
import os
import socket
import struct
from types import TracebackType
from typing import Any

#: The longest message that either side takes.
LONGEST = 16 * 1024 * 1024
_HEAD = struct.Struct(">I")


class Malformed(Exception):
    """What arrived is no message."""


class Unreachable(Exception):
    """There is no server at the socket, or it stopped answering."""


class Refused(Exception):
    """The server's answer to a command that it does not carry out."""


def default_path() -> str:
    """Where a server of this user listens that was not told otherwise."""
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    if runtime and os.path.isdir(runtime):
        return os.path.join(runtime, "gunicorn.ctl")
    return os.path.join(os.path.expanduser("~"), ".gunicorn", "gunicorn.ctl")


def encode(message: dict[str, Any]) -> bytes:
    """A message as it stands in the stream."""
    content = json.dumps(message).encode("utf-8")
    return _HEAD.pack(len(content)) + content


def length_of(head: bytes) -> int:
    """How long the message is that has this head."""
    (length,) = _HEAD.unpack(head)
    if length > LONGEST:
        raise Malformed(f"Message too large: {length}")
    return int(length)


def decode(content: bytes) -> dict[str, Any]:
    """The message that these bytes are, without their length."""
    try:
        message = json.loads(content.decode("utf-8"))
    except ValueError as error:
        raise Malformed(f"Invalid JSON: {error}") from error
    if not isinstance(message, dict):
        raise Malformed("Invalid JSON: no object")
    return message


def receive(stream: socket.socket) -> dict[str, Any]:
    """The next message of a stream."""
    head = _exactly(stream, _HEAD.size, "Incomplete length prefix")
    if head is None:
        raise ConnectionError("Connection closed")
    content = _exactly(stream, length_of(head), "Incomplete payload")
    if content is None:
        raise Malformed("Incomplete payload")
    return decode(content)


def _exactly(stream: socket.socket, count: int, complaint: str) -> bytes | None:
    """So many bytes; None where the stream ends before the first of them."""
    found = bytearray()
    while len(found) < count:
        part = stream.recv(min(count - len(found), 65536))
        if not part and found:
            raise Malformed(complaint)
        if not part:
            return None
        found += part
    return bytes(found)


class Client:
    """A connection to a server's control socket."""

    def __init__(self, path: str, timeout: float = 30.0) -> None:
        self.path = path
        self.timeout = timeout
        self._stream: socket.socket | None = None
        self._number = 0

    def connect(self) -> None:
        """Connect, where that has not happened yet."""
        if self._stream is not None:
            return
        stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        stream.settimeout(self.timeout)
        try:
            stream.connect(self.path)
        except OSError as error:
            stream.close()
            raise Unreachable(f"Failed to connect to {self.path}: {error}") from error
        self._stream = stream

    def close(self) -> None:
        """End the connection; the next command makes another one."""
        if self._stream is not None:
            self._stream.close()
        self._stream = None

    def ask(self, command: str, arguments: list[Any] | None = None) -> dict[str, Any]:
        """Have a command carried out; what the server answers."""
        self.connect()
        assert self._stream is not None
        self._number += 1
        request = {"id": self._number, "command": command, "args": arguments or []}
        try:
            self._stream.sendall(encode(request))
            answer = receive(self._stream)
        except (OSError, Malformed) as error:
            self.close()
            raise Unreachable(f"Communication error: {error}") from error
        if answer.get("status") == "error":
            raise Refused(str(answer.get("error", "Unknown error")))
        data = answer.get("data", {})
        return data if isinstance(data, dict) else {}

    def __enter__(self) -> Client:
        self.connect()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
