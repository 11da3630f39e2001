"""Socket activation and notification: names that come with the compatibility work."""

from gunicorn._pending import pending

__getattr__ = pending(
    __name__,
    "SD_LISTEN_FDS_START",
    "listen_fds",
    "sd_notify",
)
