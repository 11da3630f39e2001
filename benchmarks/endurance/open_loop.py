"""An open loop: requests leave when they are due, whether or not the server keeps up.

Latency counts from the moment a request was due, so a request that waits for a free connection,
or behind a slow one, pays for it (no coordinated omission).
"""

from __future__ import annotations

import selectors
import socket
import time
from collections import deque
from dataclasses import dataclass, field

END_OF_HEAD = b"\r\n\r\n"


@dataclass(frozen=True)
class Demand:
    """How many requests a second, for how long, and every how many one is slow."""

    rate: float
    seconds: float
    connections: int
    slow_every: int = 0


@dataclass
class Waits:
    """Seconds from due to answered; what failed has none."""

    short: list[float] = field(default_factory=list)
    slow: list[float] = field(default_factory=list)
    failed: int = 0

    def percentile(self, share: float) -> float:
        """Of the short requests, in seconds."""
        ordered = sorted(self.short)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


@dataclass
class _Lane:
    """One keep-alive connection and what it waits for."""

    socket: socket.socket | None = None
    received: bytes = b""
    due: float = 0.0
    is_slow: bool = False


class OpenLoop:
    """Sends by the clock over a fixed number of connections."""

    def __init__(self, port: int, demand: Demand) -> None:
        self._address = ("127.0.0.1", port)
        self._demand = demand
        self._idle = deque(_Lane() for _ in range(demand.connections))
        self._selector = selectors.DefaultSelector()
        self._waits = Waits()
        self._busy = 0

    def run(self) -> Waits:
        demand, started = self._demand, time.perf_counter()
        total = int(demand.rate * demand.seconds)
        sent = 0
        backlog: deque[tuple[float, bool]] = deque()
        deadline = started + demand.seconds + 30
        while (sent < total or backlog or self._busy) and time.perf_counter() < deadline:
            now = time.perf_counter()
            while sent < total and started + sent / demand.rate <= now:
                is_slow = bool(demand.slow_every) and sent % demand.slow_every == 0
                backlog.append((started + sent / demand.rate, is_slow))
                sent += 1
            while backlog and self._idle:
                self._send(self._idle.popleft(), *backlog.popleft())
            following = started + sent / demand.rate if sent < total else deadline
            self._receive(max(0.0, min(following - time.perf_counter(), 1.0)))
        self._waits.failed += self._busy + len(backlog)
        self._close()
        return self._waits

    def _send(self, lane: _Lane, due: float, is_slow: bool) -> None:
        path = "/slow" if is_slow else "/"
        request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
        lane.due, lane.is_slow, lane.received = due, is_slow, b""
        self._busy += 1
        try:
            if lane.socket is None:
                lane.socket = socket.create_connection(self._address, 10)
                self._selector.register(lane.socket, selectors.EVENT_READ, lane)
            lane.socket.sendall(request)
        except OSError:
            self._drop(lane, failed=True)

    def _receive(self, seconds: float) -> None:
        for key, _ in self._selector.select(seconds):
            lane: _Lane = key.data
            assert lane.socket is not None
            try:
                piece = lane.socket.recv(65536)
            except OSError:
                piece = b""
            if not piece:
                # An idle connection may be closed by the server; one that waits may not.
                self._drop(lane, failed=bool(lane.due))
                continue
            lane.received += piece
            if lane.due and _is_complete(lane.received):
                self._answered(lane)

    def _answered(self, lane: _Lane) -> None:
        wait = time.perf_counter() - lane.due
        (self._waits.slow if lane.is_slow else self._waits.short).append(wait)
        if not lane.received.startswith(b"HTTP/1.1 200"):
            self._waits.failed += 1
        closes = b"connection: close" in lane.received.split(END_OF_HEAD)[0].lower()
        lane.due = 0.0
        self._busy -= 1
        self._idle.append(lane)
        if closes:
            self._drop(lane, failed=False)

    def _drop(self, lane: _Lane, *, failed: bool) -> None:
        if lane.socket is not None:
            self._selector.unregister(lane.socket)
            lane.socket.close()
            lane.socket = None
        if failed:
            self._waits.failed += 1
            self._busy -= 1
            lane.due = 0.0
            self._idle.append(lane)

    def _close(self) -> None:
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr]
        self._selector.close()


def _is_complete(received: bytes) -> bool:
    head, end, body = received.partition(END_OF_HEAD)
    if not end:
        return False
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return len(body) >= int(value)
    return received.endswith(b"0\r\n\r\n")
