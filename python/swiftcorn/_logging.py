"""The operator's logger class: found, made, and spoken through."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from swiftcorn._exchange import Request, Response

_DEFAULT = "gunicorn.glogging.Logger"
_METHODS = {10: "debug", 20: "info", 30: "warning", 40: "error", 50: "critical"}


def make(name: Any, values: dict[str, Any]) -> Any:
    """An object of the class that `logger_class` names, set up by the settings."""
    from gunicorn import util

    uri = _DEFAULT if name == "simple" else name
    logger_class = util.load_class(uri, default=_DEFAULT, section="gunicorn.loggers")
    if hasattr(logger_class, "install"):
        logger_class.install()
    return logger_class(_configuration(values))


def set_up(logger: Any, values: dict[str, Any]) -> None:
    """Have the logger follow other settings."""
    logger.setup(_configuration(values))


def _configuration(values: dict[str, Any]) -> Any:
    from gunicorn.config import Config

    return Config()._adopt(values)


def threshold(logger: Any) -> int:
    """The lowest level that the logger would not drop at once."""
    from gunicorn.glogging import Logger

    for level, name in _METHODS.items():
        is_plain = getattr(type(logger), name, None) is getattr(Logger, name)
        error_log = getattr(logger, "error_log", None)
        if not (is_plain and isinstance(error_log, logging.Logger)):
            return level
        if error_log.isEnabledFor(level):
            return level
    return logging.CRITICAL


def say(logger: Any, level: int, message: str, failure: BaseException | None) -> None:
    """One line, or one exception with its traceback, through the logger's own methods."""
    # What is no template must not be read as one.
    words = ("%s", message) if "%" in message else (message,)
    if failure is None:
        getattr(logger, _METHODS[level])(*words)
        return
    trace = failure.__traceback__
    try:
        raise failure
    except BaseException:
        # Raised so that `sys.exc_info()` has it, without a trace of us.
        failure.__traceback__ = trace
        logger.exception(*words)


def access(
    logger: Any,
    environ: dict[str, Any],
    request_fields: list[str],
    response_fields: str,
    outcome: tuple[str, int, int, int, int],
) -> None:
    """Tell the logger of one answered request."""
    status, code, sent, length, microseconds = outcome
    request = Request(environ, request_fields)
    response = Response(code, status, response_fields, sent, length)
    logger.access(response, request, environ, timedelta(microseconds=microseconds))
