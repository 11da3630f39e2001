"""What a dirty application is: names that are still to come."""

from gunicorn._pending import pending

__getattr__ = pending(
    __name__,
    "DirtyApp",
    "parse_dirty_app_spec",
    "load_dirty_app",
    "load_dirty_apps",
    "get_app_workers_attribute",
)
