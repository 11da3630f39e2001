"""The ASGI worker: names that are still to come."""

from gunicorn._pending import pending

__getattr__ = pending(
    __name__,
    "ASGIWorker",
)
