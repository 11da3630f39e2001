"""Waiting: always for something, never for long, and never just for time to pass."""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable

#: Generous, because it only runs out when something is broken: a busy machine must not fail a test.
DEFAULT_SECONDS = float(os.environ.get("ACCEPTANCE_DEADLINE", "20"))

#: How often a condition without an event of its own (a file, /proc) is looked at again.
GLANCE_SECONDS = 0.01


class Expired(AssertionError):
    """What was waited for did not happen in time."""


class Deadline:
    """A moment after which waiting is a failure."""

    def __init__(self, seconds: float | None = None) -> None:
        self.seconds = DEFAULT_SECONDS if seconds is None else seconds
        self._end = time.monotonic() + self.seconds

    def remaining(self) -> float:
        return max(0.0, self._end - time.monotonic())

    def expired(self) -> bool:
        return self.remaining() == 0.0


def wait_until(condition: Callable[[], object], what: str, seconds: float | None = None) -> None:
    """Looks at a condition that announces itself nowhere (a file, a socket path) until it holds."""
    deadline = Deadline(seconds)
    while not condition():
        if deadline.expired():
            raise Expired(f"{what}: not within {deadline.seconds} s")
        select.select([], [], [], GLANCE_SECONDS)


def wait_until_process_ends(pid: int, seconds: float | None = None) -> None:
    """Waits on the process itself; one that is already gone has ended."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    deadline = Deadline(seconds)
    try:
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        if not poll.poll(deadline.remaining() * 1000):
            raise Expired(f"process {pid} still runs after {deadline.seconds} s")
    finally:
        os.close(descriptor)
