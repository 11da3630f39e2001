"""What a server says on one of its streams, read as it is said."""

from __future__ import annotations

import os
import re
import threading
import time
from dataclasses import dataclass

from .deadline import Deadline, Expired


@dataclass(frozen=True)
class Line:
    """One line and the moment it arrived (monotonic)."""

    text: str
    arrived: float


class Stream:
    """Collects the lines of a pipe; its end tells that no process holds the other side any more."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lines: list[Line] = []
        self._ended = False
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def lines(self) -> list[Line]:
        with self._changed:
            return list(self._lines)

    @property
    def text(self) -> str:
        return "".join(line.text + "\n" for line in self.lines)

    def mark(self) -> int:
        """The place reached so far; hand it to `since` to look only at what comes after."""
        with self._changed:
            return len(self._lines)

    def texts(self, since: int = 0) -> list[str]:
        return [line.text for line in self.lines[since:]]

    def wait_for(
        self, pattern: str, *, count: int = 1, since: int = 0, seconds: float | None = None
    ) -> re.Match[str]:
        """Waits until `count` lines match; answers the last of those matches."""
        deadline = Deadline(seconds)
        with self._changed:
            while True:
                found = [
                    m for m in (re.search(pattern, line.text) for line in self._lines[since:]) if m
                ]
                if len(found) >= count:
                    return found[count - 1]
                if self._ended or deadline.expired():
                    why = "the stream ended" if self._ended else f"{deadline.seconds} s passed"
                    said = "\n".join(line.text for line in self._lines[since:])
                    raise Expired(
                        f"{why} with {len(found)} of {count} lines like {pattern!r} in:\n{said}"
                    )
                self._changed.wait(deadline.remaining())

    def wait_until_ended(self, seconds: float | None = None) -> None:
        self._reader.join(Deadline(seconds).remaining())
        if self._reader.is_alive():
            raise Expired("a process still holds the server's output open")

    def _read(self) -> None:
        pending = b""
        while True:
            piece = os.read(self._descriptor, 65536)
            if not piece:
                break
            *whole, pending = (pending + piece).split(b"\n")
            self._add(whole)
        if pending:
            self._add([pending])
        os.close(self._descriptor)
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _add(self, lines: list[bytes]) -> None:
        now = time.monotonic()
        with self._changed:
            for line in lines:
                self._lines.append(Line(line.decode("utf-8", "backslashreplace"), now))
            self._changed.notify_all()
