"""The worker that answers requests on several threads."""

from __future__ import annotations

from gunicorn._pending import pending
from gunicorn.workers._served import ServedWorker

# Seconds an accepted connection may stay silent.
DEFAULT_WORKER_DATA_TIMEOUT = 5
# Seconds a kept connection is listened to while the worker stops.
STOP_KEEPALIVE_LINGER = 0.25


class ThreadWorker(ServedWorker):
    """Answers as many requests at a time as there are threads."""

    NOT_CALLED = (
        "accept",
        "enqueue_req",
        "finish_request",
        "get_thread_pool",
        "handle",
        "handle_request",
        "murder_keepalived",
    )


__getattr__ = pending(__name__, "PollableMethodQueue", "TConn")
