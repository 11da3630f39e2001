"""The settings as Python objects, one class each: they come with the compatibility work."""

from gunicorn._pending import pending

__getattr__ = pending(__name__)
