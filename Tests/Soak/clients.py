"""Clients that ask without a pause and count what they did not get: `clients.py PORT KEPT ONCE`.

KEPT of them keep their connections for as long as the server does, ONCE make a connection for each
request. A line on standard input begins a phase of that name; its end is theirs, and they write
what they have found as JSON. A request is lost where the connection is refused, reset or ended
before the response is whole; nothing is tried again.
"""

from __future__ import annotations

import errno
import json
import os
import select
import socket
import sys
import time
from collections import Counter

KEPT_REQUEST = b"GET / HTTP/1.1\r\nHost: soak.test\r\n\r\n"
SINGLE_REQUEST = b"GET / HTTP/1.1\r\nHost: soak.test\r\nConnection: close\r\n\r\n"


class Phase:
    """What happened between two lines of standard input."""

    def __init__(self) -> None:
        self.latencies: list[float] = []
        self.lost: Counter[str] = Counter()

    def report(self) -> dict[str, object]:
        ordered = sorted(self.latencies)

        def part(share: float) -> float:
            return round(ordered[int(len(ordered) * share)] * 1000, 2) if ordered else 0.0

        return {
            "requests": len(ordered) + sum(self.lost.values()),
            "lost": dict(self.lost),
            "p50": part(0.5),
            "p99.9": part(0.999),
            "longest": round(ordered[-1] * 1000, 2) if ordered else 0.0,
        }


class Client:
    """One client: it connects, asks, listens, and begins again."""

    def __init__(self, crowd: Crowd, is_kept: bool) -> None:
        self.crowd = crowd
        self.is_kept = is_kept
        self.socket: socket.socket | None = None
        self.connect()

    def connect(self) -> None:
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.is_connected = self.is_reused = False
        self.begun = time.monotonic()
        self.received = b""
        code = self.socket.connect_ex(("127.0.0.1", self.crowd.port))
        self.crowd.watch(self, select.EPOLLOUT)
        if code not in (0, errno.EINPROGRESS):
            self.lose(os.strerror(code))

    def ready(self) -> None:
        assert self.socket is not None
        try:
            if not self.is_connected:
                code = self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                if code:
                    return self.lose(os.strerror(code))
                self.is_connected = True
                self.crowd.change(self, select.EPOLLIN)
                return self.ask()
            piece = self.socket.recv(65536)
        except BlockingIOError:
            return None
        except OSError as error:
            return self.lose(f"{error.strerror}{' (kept)' if self.is_reused else ''}")
        if not piece:
            where = "in a response" if self.received else "before a response"
            return self.lose(f"ended {where}{' (kept)' if self.is_reused else ''}")
        self.received += piece
        return self.look()

    def ask(self) -> None:
        assert self.socket is not None
        self.socket.send(KEPT_REQUEST if self.is_kept else SINGLE_REQUEST)

    def look(self) -> None:
        head, end, content = self.received.partition(b"\r\n\r\n")
        if not end:
            return
        fields = head.lower()
        length = int(fields.partition(b"content-length:")[2].partition(b"\r\n")[0])
        if len(content) < length:
            return
        if not fields.startswith(b"http/1.1 200"):
            return self.lose(head.partition(b"\r\n")[0].decode())
        now = time.monotonic()
        self.crowd.phase.latencies.append(now - self.begun)
        if not self.is_kept or b"connection: close" in fields:
            self.leave()
            return self.connect()
        self.begun, self.received, self.is_reused = now, b"", True
        self.ask()

    def leave(self) -> None:
        if self.socket is not None:
            self.crowd.forget(self)
            self.socket.close()
            self.socket = None

    def lose(self, why: str) -> None:
        self.crowd.phase.lost[why] += 1
        self.leave()
        self.crowd.late.append((time.monotonic() + 0.01, self))


class Crowd:
    """All clients, on one poll."""

    def __init__(self, port: int, kept: int, once: int) -> None:
        self.port = port
        self.poll = select.epoll()
        self.clients: dict[int, Client] = {}
        #: Clients that have lost a request, and when they begin again.
        self.late: list[tuple[float, Client]] = []
        self.phases: dict[str, Phase] = {}
        self.phase = self.phases["begin"] = Phase()
        self.all = [Client(self, True) for _ in range(kept)]
        self.all += [Client(self, False) for _ in range(once)]

    def watch(self, client: Client, events: int) -> None:
        assert client.socket is not None
        self.clients[client.socket.fileno()] = client
        self.poll.register(client.socket.fileno(), events)

    def change(self, client: Client, events: int) -> None:
        assert client.socket is not None
        self.poll.modify(client.socket.fileno(), events)

    def forget(self, client: Client) -> None:
        assert client.socket is not None
        self.poll.unregister(client.socket.fileno())
        del self.clients[client.socket.fileno()]

    def run(self) -> None:
        self.poll.register(0, select.EPOLLIN)
        while True:
            for number, _ in self.poll.poll(0.01 if self.late else 1):
                if number == 0:
                    line = sys.stdin.readline()
                    if not line:
                        return
                    self.phase = self.phases.setdefault(line.strip(), Phase())
                elif number in self.clients:
                    self.clients[number].ready()
            now = time.monotonic()
            due = [one for one in self.late if one[0] <= now]
            self.late = [one for one in self.late if one[0] > now]
            for _, client in due:
                client.connect()


if __name__ == "__main__":
    crowd = Crowd(*map(int, sys.argv[1:4]))
    crowd.run()
    print(json.dumps({name: phase.report() for name, phase in crowd.phases.items()}))
