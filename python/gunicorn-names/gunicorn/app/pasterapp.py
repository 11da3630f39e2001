"""Paste applications: names that come with the compatibility work."""

from gunicorn._pending import pending

__getattr__ = pending(
    __name__,
    "get_wsgi_app",
    "has_logging_config",
    "serve",
)
