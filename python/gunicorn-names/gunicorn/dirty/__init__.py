"""Dirty applications: names that are still to come."""

from gunicorn._pending import pending

__getattr__ = pending(
    __name__,
    "DirtyApp",
    "get_dirty_client",
    "get_dirty_client_async",
)
