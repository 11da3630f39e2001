"""A client of a few lines: enough to see the first answer, to check one, and to count many."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Answer:
    """One response as it was on the wire."""

    head: bytes
    body: bytes

    @property
    def status(self) -> int:
        return int(self.head.split(b" ", 2)[1])

    @property
    def fields(self) -> list[str]:
        return [line.split(b":")[0].decode("latin-1") for line in self.head.split(b"\r\n")[1:]]

    def field(self, name: str) -> str:
        for line in self.head.split(b"\r\n")[1:]:
            key, _, value = line.partition(b":")
            if key.decode("latin-1").lower() == name:
                return value.decode("latin-1").strip()
        return ""


class Connection:
    """One connection that is opened again when the server has closed it."""

    def __init__(self, port: int, timeout: float = 30) -> None:
        self.port = port
        self.timeout = timeout
        self.socket: socket.socket | None = None
        self.received = b""

    def send(self, request: bytes) -> None:
        if self.socket is None:
            self.socket = socket.create_connection(("127.0.0.1", self.port), self.timeout)
            self.received = b""
        self.socket.sendall(request)

    def receive(self) -> Answer:
        while b"\r\n\r\n" not in self.received:
            self._more()
        head, _, self.received = self.received.partition(b"\r\n\r\n")
        answer = Answer(head, b"")
        length = answer.field("content-length")
        if not length:
            raise ConnectionError("the response has no Content-Length")
        while len(self.received) < int(length):
            self._more()
        answer = Answer(head, self.received[: int(length)])
        self.received = self.received[int(length) :]
        if answer.field("connection").lower() == "close" or head.startswith(b"HTTP/1.0"):
            self.close()
        return answer

    def close(self) -> None:
        if self.socket is not None:
            self.socket.close()
            self.socket = None

    def _more(self) -> None:
        assert self.socket is not None
        piece = self.socket.recv(1 << 16)
        if not piece:
            raise ConnectionError("the server closed the connection within a response")
        self.received += piece


def request_bytes(body_bytes: int = 0, *, close: bool = False) -> bytes:
    fields = "Host: 127.0.0.1\r\n" + ("Connection: close\r\n" if close else "")
    if not body_bytes:
        return f"GET / HTTP/1.1\r\n{fields}\r\n".encode()
    fields += f"Content-Type: application/octet-stream\r\nContent-Length: {body_bytes}\r\n"
    return f"POST / HTTP/1.1\r\n{fields}\r\n".encode() + b"x" * body_bytes


def fetch(port: int, request: bytes, timeout: float = 30) -> Answer:
    connection = Connection(port, timeout)
    try:
        connection.send(request)
        return connection.receive()
    finally:
        connection.close()


def wait_for_answer(
    port: int, request: bytes, seconds: float, still_alive: Callable[[], bool]
) -> Answer:
    """Asks until the server answers; a refused or broken connection is tried again."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return fetch(port, request, timeout=seconds)
        except OSError:
            if not still_alive() or time.monotonic() > deadline:
                raise
            time.sleep(0.001)


def ask_many(port: int, request: bytes, count: int, connections: int) -> int:
    """Sends `count` requests, `connections` at a time; answers how many were not 200."""
    lanes = [Connection(port) for _ in range(connections)]
    bad = 0
    try:
        for _ in range(count // connections):
            for lane in lanes:
                lane.send(request)
            for lane in lanes:
                bad += lane.receive().status != 200
    finally:
        for lane in lanes:
            lane.close()
    return bad
