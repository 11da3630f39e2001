"""A crowd of slow clients, in a process of its own: crowd.py PORT HEADS BODIES READERS.

HEADS connections send a byte of a head a second and never end it, BODIES a byte of a body, READERS
take a byte a second of ten mebibytes. One that the server closes comes back: the crowd stays as
large as it is. Prints `ready` when it stands, and ends with its standard input.
"""

from __future__ import annotations

import socket
import sys
import threading
import time

HEAD = b"GET / HTTP/1.1\r\nHost: crowd\r\nX-Slow: "
BODY = b"POST / HTTP/1.1\r\nHost: crowd\r\nContent-Length: 1000000\r\n\r\n"
READER = b"GET /large HTTP/1.1\r\nHost: crowd\r\n\r\n"
RECEIVE_BUFFER = 4096


class Member:
    """One slow client."""

    def __init__(self, port: int, opening: bytes, *, reads: bool) -> None:
        self._port = port
        self._opening = opening
        self._reads = reads
        self._socket: socket.socket | None = None
        self.comebacks = -1

    def step(self) -> None:
        """A byte in the direction that this one is slow in."""
        try:
            if self._socket is None:
                self._come()
            elif self._reads:
                if not self._socket.recv(1):
                    self._leave()
            else:
                self._socket.send(b"x")
                self._look()
        except BlockingIOError:
            pass
        except OSError:
            self._leave()

    def _come(self) -> None:
        self.comebacks += 1
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        self._socket.settimeout(10)
        self._socket.connect(("127.0.0.1", self._port))
        self._socket.send(self._opening)
        self._socket.setblocking(False)

    def _look(self) -> None:
        """The server's answer, if there is one, means that it has had enough of this one."""
        assert self._socket is not None
        self._socket.recv(1)
        self._leave()

    def _leave(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def main() -> None:
    port, heads, bodies, readers = map(int, sys.argv[1:5])
    members = [Member(port, HEAD, reads=False) for _ in range(heads)]
    members += [Member(port, BODY, reads=False) for _ in range(bodies)]
    members += [Member(port, READER, reads=True) for _ in range(readers)]
    for member in members:
        member.step()
    print("ready", flush=True)
    ended = threading.Event()

    def wait_for_end() -> None:
        sys.stdin.read()
        ended.set()

    threading.Thread(target=wait_for_end, daemon=True).start()
    while not ended.is_set():
        # The steps of one second are spread over it: a crowd does not move in step.
        pause = 1.0 / len(members)
        for member in members:
            started = time.monotonic()
            member.step()
            time.sleep(max(0.0, pause - (time.monotonic() - started)))
            if ended.is_set():
                break
    print(sum(member.comebacks for member in members), flush=True)


if __name__ == "__main__":
    main()
