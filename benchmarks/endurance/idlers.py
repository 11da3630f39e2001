"""Holds idle keep-alive connections, in a process of its own: idlers.py PORT.

Reads a number a line, brings its connections up to it (each has had one request answered), and
prints how many it holds. Ends with its standard input. Several loopback addresses are used as
source, since one has fewer ports than connections may be wanted.
"""

from __future__ import annotations

import socket
import sys

REQUEST = b"GET / HTTP/1.1\r\nHost: idle\r\n\r\n"
CONNECTIONS_PER_ADDRESS = 10_000


def connect(port: int, index: int) -> socket.socket:
    source = f"127.0.0.{2 + index // CONNECTIONS_PER_ADDRESS}"
    connection = socket.create_connection(("127.0.0.1", port), 30, (source, 0))
    connection.sendall(REQUEST)
    received = b""
    while b"\r\n\r\nHello, World!" not in received:
        piece = connection.recv(4096)
        if not piece:
            raise ConnectionError("the server closed a connection that was to stay idle")
        received += piece
    return connection


def main() -> None:
    port, offset = int(sys.argv[1]), int(sys.argv[2])
    held: list[socket.socket] = []
    for line in sys.stdin:
        while len(held) < int(line):
            held.append(connect(port, offset + len(held)))
        print(len(held), flush=True)


if __name__ == "__main__":
    main()
