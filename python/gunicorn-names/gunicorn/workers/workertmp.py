"""The heartbeat file: names that come with the compatibility work."""

from gunicorn._pending import pending

__getattr__ = pending(
    __name__,
    "PLATFORM",
    "IS_CYGWIN",
    "WorkerTmp",
)
