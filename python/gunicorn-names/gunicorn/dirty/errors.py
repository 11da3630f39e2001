"""What dirty applications raise: names that are still to come."""

from gunicorn._pending import pending

__getattr__ = pending(
    __name__,
    "DirtyError",
    "DirtyTimeoutError",
    "DirtyConnectionError",
    "DirtyWorkerError",
    "DirtyAppError",
    "DirtyAppNotFoundError",
    "DirtyNoWorkersAvailableError",
    "DirtyProtocolError",
)
