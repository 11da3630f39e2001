"""Swiftcorn: a drop-in Gunicorn whose core is Swift.

Start it from the command line (`swiftcorn myproject.wsgi:app`); the work is done by the
extension module `swiftcorn._core`.
"""

__version__ = "0.1.0"
