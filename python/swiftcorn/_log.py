"""`server.log` and `worker.log`: the error log, for hooks and workers written in Python."""

from __future__ import annotations

import logging
import sys
from logging.handlers import WatchedFileHandler
from typing import Any

from swiftcorn import _core
from swiftcorn._handler import CoreHandler

_LEVELS = {
    "critical": logging.CRITICAL,
    "error": logging.ERROR,
    "warning": logging.WARNING,
    "info": logging.INFO,
    "debug": logging.DEBUG,
}


class Log:
    """Writes to the error log; the methods take a message and what it formats, as `logging` does.

    `error_log` and `access_log` are the `logging.Logger` objects behind it.
    """

    def __init__(self, cfg: Any) -> None:
        self.cfg = cfg
        self.error_log = logging.getLogger("gunicorn.error")
        self.access_log = logging.getLogger("gunicorn.access")
        self.error_log.propagate = self.access_log.propagate = False
        self.setup(cfg)

    def setup(self, cfg: Any) -> None:
        """Take the level and the files of these settings."""
        self.cfg = cfg
        self.error_log.setLevel(_LEVELS.get(str(cfg.loglevel).lower(), logging.INFO))
        self.access_log.setLevel(logging.INFO)
        _replace_ours(self.error_log, [CoreHandler()])
        _replace_ours(self.access_log, self._access_handlers(cfg.accesslog))

    def _access_handlers(self, target: str | None) -> list[logging.Handler]:
        if target is None:
            return []
        if target == "-":
            return [logging.StreamHandler(sys.stdout)]
        return [WatchedFileHandler(target, delay=True)]

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
        number = _LEVELS.get(lvl.lower(), logging.INFO) if isinstance(lvl, str) else lvl
        self.error_log.log(number, msg, *args, **kwargs)

    def reopen_files(self) -> None:
        """Open the files again, after they were renamed."""
        _core.reopen_logs()

    def close_on_exec(self) -> None:
        """The core's descriptors are closed on exec already."""


def _replace_ours(log: logging.Logger, handlers: list[logging.Handler]) -> None:
    """Have these handlers instead of those that the server gave it before; others stay."""
    for handler in [one for one in log.handlers if getattr(one, "_gunicorn", False)]:
        log.removeHandler(handler)
    for handler in handlers:
        handler._gunicorn = True  # type: ignore[attr-defined]
        log.addHandler(handler)


# The operator's logger, an object of the class that `logger_class` names; None without one.
_operators: Any = None


def use(logger: Any) -> None:
    """Have hooks and workers get the operator's logger from here on, or, for None, ours."""
    global _operators  # noqa: PLW0603
    _operators = logger


def make(cfg: Any) -> Any:
    """The log of a process with these settings."""
    return Log(cfg) if _operators is None else _operators
