"""Watching sources: names that come with the compatibility work."""

from gunicorn._pending import pending

__getattr__ = pending(
    __name__,
    "COMPILED_EXT_RE",
    "symlink_target_dir",
    "ReloaderBase",
    "Reloader",
)
