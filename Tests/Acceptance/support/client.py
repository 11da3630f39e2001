"""A client that says exactly the bytes it is told to, and hears exactly the bytes it is sent."""

from __future__ import annotations

import contextlib
import socket
import struct
from dataclasses import dataclass, field

from .deadline import Deadline, Expired

Address = tuple[str, int] | str
Fields = list[tuple[str, str]]


class ConnectionEnded(AssertionError):
    """The server closed the connection before the response was whole."""

    def __init__(self, received: bytes) -> None:
        super().__init__(f"the connection ended after {received!r}")
        self.received = received


@dataclass
class Response:
    """A response as it stood on the wire."""

    version: str
    status: int
    reason: str
    fields: Fields
    content: bytes
    raw: bytes = field(repr=False)
    chunks: list[bytes] = field(default_factory=list, repr=False)

    def __getitem__(self, name: str) -> str:
        """The value of a field that must stand exactly once."""
        values = self.all(name)
        assert len(values) == 1, f"{name} stands {len(values)} times in {self.raw!r}"
        return values[0]

    def __contains__(self, name: str) -> bool:
        return bool(self.all(name))

    def all(self, name: str) -> list[str]:
        return [value for other, value in self.fields if other.lower() == name.lower()]

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.fields]

    @property
    def text(self) -> str:
        return self.content.decode("utf-8")


class Connection:
    """One connection to the server, with a deadline on everything."""

    def __init__(self, address: Address, seconds: float | None = None) -> None:
        self._deadline_seconds = seconds
        family = (
            socket.AF_UNIX
            if isinstance(address, str)
            else (socket.AF_INET6 if ":" in address[0] else socket.AF_INET)
        )
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.settimeout(Deadline(seconds).remaining())
        self.socket.connect(address)
        self._buffer = b""

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def send(self, *pieces: bytes) -> Connection:
        """Each piece is a send of its own; a server that has closed is sent no more of them.

        What it said before can still be read, and is what counts.
        """
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            for piece in pieces:
                self.socket.sendall(piece)
        return self

    def finish_sending(self) -> Connection:
        """Half-closes: the server reads the end of input, we still listen."""
        # Not connected: the server has ended the connection before.
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)
        return self

    def close(self) -> None:
        self.socket.close()

    def reset(self) -> None:
        """Leaves as a broken client does: with a reset instead of an orderly end."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def read_until(self, end: bytes) -> bytes:
        """Everything up to and with `end`."""
        while end not in self._buffer:
            self._receive_more()
        place = self._buffer.index(end) + len(end)
        taken, self._buffer = self._buffer[:place], self._buffer[place:]
        return taken

    def read_exactly(self, count: int) -> bytes:
        pieces = [self._buffer]
        missing = count - len(self._buffer)
        while missing > 0:
            self._buffer = b""
            self._receive_more()
            pieces.append(self._buffer)
            missing -= len(self._buffer)
        whole = b"".join(pieces)
        self._buffer = whole[count:]
        return whole[:count]

    def read_to_end(self) -> bytes:
        """Everything until the server closes; a reset counts as an end."""
        pieces = [self._buffer]
        self._buffer = b""
        while True:
            try:
                self._receive_more()
            except ConnectionEnded:
                return b"".join(pieces)
            pieces.append(self._buffer)
            self._buffer = b""

    def is_closed_by_server(self) -> bool:
        """Waits for the end; anything else the server says is a failure of the question."""
        rest = self.read_to_end()
        assert rest == b"", f"expected the end of the connection, got {rest!r}"
        return True

    def response(self, *, to: str = "GET") -> Response:
        """Reads one whole response to a request with the method `to`."""
        head = self.read_until(b"\r\n\r\n")
        status_line, *lines = head[:-4].decode("latin-1").split("\r\n")
        version, _, rest = status_line.partition(" ")
        status, _, reason = rest.partition(" ")
        fields = [
            (name, value.strip(" \t")) for name, _, value in (line.partition(":") for line in lines)
        ]
        found = Response(version, int(status), reason, fields, b"", head)
        if to == "HEAD" or found.status < 200 or found.status in (204, 304):
            return found
        if found.all("Transfer-Encoding") == ["chunked"]:
            self._read_chunks(found)
        elif "Content-Length" in found:
            found.content = self.read_exactly(int(found["Content-Length"]))
            found.raw += found.content
        else:
            found.content = self.read_to_end()
            found.raw += found.content
        return found

    def _read_chunks(self, response: Response) -> None:
        while True:
            size_line = self.read_until(b"\r\n")
            size = int(size_line, 16)
            piece = self.read_exactly(size + 2)
            response.raw += size_line + piece
            assert piece.endswith(b"\r\n"), f"a chunk does not end with CRLF: {piece[-20:]!r}"
            if size == 0:
                return
            response.chunks.append(piece[:-2])
            response.content += piece[:-2]

    def _receive_more(self) -> None:
        self.socket.settimeout(max(0.001, Deadline(self._deadline_seconds).remaining()))
        try:
            piece = self.socket.recv(262144)
        except TimeoutError:
            raise Expired(f"nothing more from the server after {self._buffer!r}") from None
        except ConnectionResetError:
            piece = b""
        if not piece:
            received, self._buffer = self._buffer, b""
            raise ConnectionEnded(received)
        self._buffer += piece


def request_bytes(
    method: str = "GET",
    target: str = "/",
    fields: Fields | None = None,
    content: bytes | None = None,
    version: str = "HTTP/1.1",
    connection: str | None = "close",
) -> bytes:
    """A request as a plain client writes it; `connection=None` leaves that field out."""
    lines = [f"{method} {target} {version}", "Host: acceptance.test"]
    lines += [f"{name}: {value}" for name, value in fields or []]
    if content is not None:
        lines.append(f"Content-Length: {len(content)}")
    if connection is not None:
        lines.append(f"Connection: {connection}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (content or b"")


def chunked(*pieces: bytes) -> bytes:
    """The pieces in the chunked coding, one chunk each, and the last chunk."""
    return b"".join(b"%X\r\n%s\r\n" % (len(p), p) for p in pieces) + b"0\r\n\r\n"
