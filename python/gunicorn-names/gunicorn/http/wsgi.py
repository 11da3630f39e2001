"""The environ and the response: names that come with the compatibility work."""

from gunicorn._pending import pending

__getattr__ = pending(
    __name__,
    "BLKSIZE",
    "HEADER_VALUE_RE",
    "STATUS_RE",
    "FileWrapper",
    "WSGIErrorsWrapper",
    "base_environ",
    "default_environ",
    "proxy_environ",
    "create",
    "Response",
)
