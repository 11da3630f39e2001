"""Calling dirty applications: names that are still to come."""

from gunicorn._pending import pending

__getattr__ = pending(
    __name__,
    "DirtyClient",
    "DirtyStreamIterator",
    "DirtyAsyncStreamIterator",
    "set_dirty_socket_path",
    "get_dirty_socket_path",
    "get_dirty_client",
    "get_dirty_client_async",
    "close_dirty_client",
    "close_dirty_client_async",
)
