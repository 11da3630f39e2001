"""The application that the command line serves: names that come with the compatibility work."""

from gunicorn._pending import pending

__getattr__ = pending(
    __name__,
    "WSGIApplication",
    "run",
)
