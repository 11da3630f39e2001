"""The logger class: names that come with the compatibility work."""

from gunicorn._pending import pending

__getattr__ = pending(
    __name__,
    "SYSLOG_FACILITIES",
    "CONFIG_DEFAULTS",
    "loggers",
    "SafeAtoms",
    "parse_syslog_address",
    "Logger",
)
