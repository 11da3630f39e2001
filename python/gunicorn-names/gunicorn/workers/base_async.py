"""What greenlet workers are: names that are still to come."""

from gunicorn._pending import pending

__getattr__ = pending(
    __name__,
    "ALREADY_HANDLED",
    "AsyncWorker",
)
