"""A socket that listens for notices, as the service manager does."""

from __future__ import annotations

import array
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from .deadline import Deadline

Message = dict[str, str]


class NotifySocket:
    """What arrives, one datagram after another; descriptors that come along are kept."""

    def __init__(self, address: str) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(address)
        self.descriptors: list[int] = []

    def close(self) -> None:
        self.socket.close()
        for descriptor in self.descriptors:
            socket.close(descriptor)
        self.descriptors.clear()

    def message(self, seconds: float | None = None) -> Message:
        """The next message as a dictionary."""
        self.socket.settimeout(Deadline(seconds).seconds)
        return self._receive()

    def waiting(self) -> list[Message]:
        """What has arrived until now, without waiting."""
        self.socket.setblocking(False)
        found = []
        while True:
            try:
                found.append(self._receive())
            except BlockingIOError:
                return found

    def wait_for(self, is_wanted: Callable[[Message], bool]) -> Message:
        """The first message that is wanted; those before it are gone."""
        deadline = Deadline()
        while not is_wanted(message := self.message(deadline.remaining() or 0.001)):
            pass
        return message

    def wait_for_field(self, name: str) -> Message:
        return self.wait_for(lambda message: name in message)

    def wait_for_status(self, part: str) -> Message:
        return self.wait_for(lambda message: part in message.get("STATUS", ""))

    def wait_for_ready(self) -> Message:
        return self.wait_for_field("READY")

    def _receive(self) -> Message:
        numbers = array.array("i")
        room = socket.CMSG_SPACE(4 * numbers.itemsize)
        text, control, _, _ = self.socket.recvmsg(8192, room)
        for level, kind, data in control:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                numbers.frombytes(data[: len(data) - len(data) % numbers.itemsize])
        self.descriptors.extend(numbers)
        return dict(line.split("=", 1) for line in text.decode().splitlines())


@contextmanager
def listening_for_notices(path: Path) -> Iterator[NotifySocket]:
    """A socket at a path, which is gone afterwards."""
    one = NotifySocket(str(path))
    try:
        yield one
    finally:
        one.close()
        path.unlink(missing_ok=True)
