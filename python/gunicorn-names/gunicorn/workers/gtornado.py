"""The tornado worker: names that come with the compatibility work."""

from gunicorn._pending import pending

__getattr__ = pending(
    __name__,
    "TornadoWorker",
)
