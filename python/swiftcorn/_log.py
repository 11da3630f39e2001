"""Python's two loggers, and `server.log`: they write where the core's logs go, in their form."""

from __future__ import annotations

import logging
import os
import sys
from typing import Any

from swiftcorn import _core, _mirror

_LEVELS = {
    "critical": logging.CRITICAL,
    "error": logging.ERROR,
    "warning": logging.WARNING,
    "info": logging.INFO,
    "debug": logging.DEBUG,
}
_FORMAT = "%(asctime)s [%(process)d] [%(levelname)s] %(message)s"
_FORMATTER = logging.Formatter(_FORMAT, "[%Y-%m-%d %H:%M:%S %z]")
_MESSAGE = logging.Formatter("%(message)s")


def furnish(level: int | str, access_file: str | None) -> None:
    """Give `gunicorn.error` and `gunicorn.access` handlers; those of others stay.

    Applications take them for their own lines, and set formatters of their own.
    """
    error_log = logging.getLogger("gunicorn.error")
    access_log = logging.getLogger("gunicorn.access")
    for log in (error_log, access_log):
        log.propagate = False
        for handler in [one for one in log.handlers if getattr(one, "_gunicorn", False)]:
            log.removeHandler(handler)
    error_log.setLevel(level if isinstance(level, int) else _number(level))
    access_log.setLevel(logging.INFO)
    _add(error_log, _ErrorHandler(_ErrorLog()), _FORMATTER)
    if access_file == "-":
        _add(access_log, logging.StreamHandler(sys.stdout))
    elif access_file is not None:
        _add(access_log, _AppendingHandler(access_file))


def _number(level: str) -> int:
    return _LEVELS.get(level.lower(), logging.INFO)


def _add(log: logging.Logger, handler: Any, formatter: logging.Formatter | None = None) -> None:
    handler._gunicorn = True
    handler.setFormatter(formatter)
    log.addHandler(handler)


class _ErrorHandler(logging.StreamHandler):  # type: ignore[type-arg]
    """Writes lines; where the log is records, the core has the level and the text."""

    def emit(self, record: logging.LogRecord) -> None:
        if _core.log_descriptor() >= 0:
            super().emit(record)
            return
        try:
            # Time, process and level are fields there; what an application has chosen stays.
            formatter = _MESSAGE if self.formatter is _FORMATTER else self.formatter
            _core.log(record.levelno, (formatter or _MESSAGE).format(record))
        except Exception:
            self.handleError(record)


class _ErrorLog:
    """The error log as a stream, wherever it goes just now."""

    def write(self, text: str) -> int:
        data = memoryview(text.encode("utf-8", "backslashreplace"))
        while data:
            data = data[os.write(_core.log_descriptor(), data) :]
        return len(text)

    def flush(self) -> None:
        """Nothing is held back."""


class _AppendingHandler(logging.Handler):
    """Opens its file for each of its few lines, so that a renamed one is never written to."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path

    def emit(self, record: logging.LogRecord) -> None:
        try:
            with open(self._path, "a", encoding="utf-8") as file:
                file.write(self.format(record) + "\n")
        except OSError:
            self.handleError(record)


class Log:
    """Writes to the error log; the methods take a message and what it formats, as `logging` does.

    `error_log` and `access_log` are the `logging.Logger` objects behind it.
    """

    def __init__(self, cfg: Any) -> None:
        self.error_log = logging.getLogger("gunicorn.error")
        self.access_log = logging.getLogger("gunicorn.access")
        self.setup(cfg)

    def setup(self, cfg: Any) -> None:
        """Take the level and the files of these settings."""
        self.cfg = cfg
        furnish(cfg.loglevel, cfg.accesslog)

    def critical(self, msg: object, *args: object, **kwargs: Any) -> None:
        self.error_log.critical(msg, *args, **kwargs)

    def error(self, msg: object, *args: object, **kwargs: Any) -> None:
        self.error_log.error(msg, *args, **kwargs)

    def warning(self, msg: object, *args: object, **kwargs: Any) -> None:
        self.error_log.warning(msg, *args, **kwargs)

    def info(self, msg: object, *args: object, **kwargs: Any) -> None:
        self.error_log.info(msg, *args, **kwargs)

    def debug(self, msg: object, *args: object, **kwargs: Any) -> None:
        self.error_log.debug(msg, *args, **kwargs)

    def exception(self, msg: object, *args: object, **kwargs: Any) -> None:
        self.error_log.exception(msg, *args, **kwargs)

    def log(self, lvl: int | str, msg: object, *args: object, **kwargs: Any) -> None:
        """Write at a level, by its number or its name."""
        self.error_log.log(_number(lvl) if isinstance(lvl, str) else lvl, msg, *args, **kwargs)

    def reopen_files(self) -> None:
        """Open the files again, after they were renamed."""
        _core.reopen_logs()

    def close_on_exec(self) -> None:
        """The core's descriptors are closed on exec already."""


# The operator's logger, an object of the class that `logger_class` names; None without one.
_operators: Any = None


def use(logger: Any) -> None:
    """Have hooks and workers get the operator's logger from here on, or, for None, ours."""
    global _operators  # noqa: PLW0603
    _operators = logger


def make(cfg: Any) -> Any:
    """The log of a process with these settings."""
    return Log(cfg) if _operators is None else _operators


# This module was the first to import `logging`, perhaps.
_mirror.perform()
