"""A client of the control socket that knows nothing but the protocol."""

from __future__ import annotations

import json
import socket
import struct
from pathlib import Path
from typing import Any

from .deadline import DEFAULT_SECONDS, wait_until

HEAD = struct.Struct(">I")


def framed(message: object) -> bytes:
    content = json.dumps(message).encode()
    return HEAD.pack(len(content)) + content


class Link:
    """One connection."""

    def __init__(self, path: Path) -> None:
        self.stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.stream.settimeout(DEFAULT_SECONDS)
        self.stream.connect(str(path))
        self.file = self.stream.makefile("rb")

    def __enter__(self) -> Link:
        return self

    def __exit__(self, *ignored: object) -> None:
        self.file.close()
        self.stream.close()

    def send(self, content: bytes) -> None:
        self.stream.sendall(content)

    def answer(self) -> dict[str, Any] | None:
        """The next answer; None where the server has ended the connection instead."""
        try:
            head = self.file.read(HEAD.size)
            return json.loads(self.file.read(HEAD.unpack(head)[0])) if head else None
        except ConnectionResetError:
            return None


class Control:
    """The control socket of a server."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def wait_until_there(self) -> Control:
        wait_until(lambda: self.once("help"), "the control socket answers")
        return self

    def once(self, command: str, *args: object, id: object = 1) -> dict[str, Any] | None:
        """An answer, or None: Gunicorn drops its clients whenever it forks."""
        try:
            with Link(self.path) as link:
                link.send(framed({"id": id, "command": command, "args": list(args)}))
                return link.answer()
        except (FileNotFoundError, ConnectionRefusedError, ConnectionResetError, BrokenPipeError):
            return None

    def ask(self, command: str, *args: object, id: object = 1) -> dict[str, Any]:
        """The answer to what may be asked as often as one likes."""
        found: list[dict[str, Any]] = []
        wait_until(
            lambda: found.extend(filter(None, [self.once(command, *args, id=id)])) or found,
            f"an answer to {command!r}",
        )
        return found[0]

    def data(self, command: str, *args: object) -> dict[str, Any]:
        answer = self.ask(command, *args)
        assert answer["status"] == "ok", answer
        return answer["data"]
