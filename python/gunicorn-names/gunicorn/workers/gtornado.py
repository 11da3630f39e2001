"""The worker for tornado applications: it comes with that worker."""

from gunicorn._pending import pending

__getattr__ = pending(
    __name__,
    "TornadoWorker",
)
