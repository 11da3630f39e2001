"""The worker that answers one request at a time."""

from __future__ import annotations

from gunicorn.workers._served import ServedWorker


class StopWaiting(Exception):
    """Raised by a worker's own loop to end a wait."""


class SyncWorker(ServedWorker):
    """Answers one request at a time, and keeps connections open meanwhile."""

    NOT_CALLED = (
        "accept",
        "handle",
        "handle_request",
        "run_for_multiple",
        "run_for_one",
        "wait",
    )
