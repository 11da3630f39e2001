"""The threaded worker: names that come with the compatibility work."""

from gunicorn._pending import pending

__getattr__ = pending(
    __name__,
    "DEFAULT_WORKER_DATA_TIMEOUT",
    "STOP_KEEPALIVE_LINGER",
    "TConn",
    "PollableMethodQueue",
    "ThreadWorker",
)
