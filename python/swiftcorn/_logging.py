"""The operator's logger class: found, made, and spoken through."""

from __future__ import annotations

import importlib
import importlib.metadata
import logging
import sys
import traceback
from datetime import timedelta
from typing import Any

from swiftcorn._exchange import Request, Response
from swiftcorn._handler import CoreHandler

_DEFAULT = "gunicorn.glogging.Logger"
_METHODS = {10: "debug", 20: "info", 30: "warning", 40: "error", 50: "critical"}


class Configuration:
    """The settings as attributes, which is how a logger class reads them."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self.settings = settings

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["settings"][name]
        except KeyError:
            raise AttributeError(f"No configuration setting for: {name}") from None

    @property
    def uid(self) -> int:
        return int(self.settings["user"])

    @property
    def gid(self) -> int:
        return int(self.settings["group"])

    @property
    def proc_name(self) -> str:
        return str(self.settings["proc_name"] or self.settings["default_proc_name"])


def make(name: Any, settings: dict[str, Any]) -> Any:
    """An object of the class that `logger_class` names, set up by the settings."""
    logger_class = load_class(name)
    if hasattr(logger_class, "install"):
        logger_class.install()
    return logger_class(Configuration(settings))


def set_up(logger: Any, settings: dict[str, Any]) -> None:
    """Have the logger follow other settings."""
    logger.setup(Configuration(settings))


def load_class(name: Any) -> Any:
    """The class itself, `simple`, `module.Class`, `egg:distribution#name` or an entry point."""
    if not isinstance(name, str):
        return name
    try:
        return _find_class(_DEFAULT if name == "simple" else name)
    except Exception:
        raise RuntimeError(
            f"class uri {name!r} invalid or not found: \n\n[{traceback.format_exc()}]"
        ) from None


def _find_class(name: str) -> Any:
    if name.startswith("egg:"):
        distribution, _, entry = name[len("egg:") :].partition("#")
        return _entry_point(distribution, entry or "default")
    module, _, attribute = name.rpartition(".")
    if not module:
        return _entry_point("gunicorn", attribute.lstrip("#"))
    return getattr(importlib.import_module(module), attribute)


def _entry_point(distribution: str, name: str) -> Any:
    for entry in importlib.metadata.distribution(distribution).entry_points:
        if entry.group == "gunicorn.loggers" and entry.name == name:
            return entry.load()
    raise ImportError(f"Entry point {name!r} not found")


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


def mirror(descriptor: int, level: int, access_file: str | None) -> None:
    """Let Python's two loggers write where the native log does.

    Applications take the handlers of `gunicorn.error` for their own lines. A negative descriptor
    stands for the core itself, which has more than a file to write to.
    """
    error_log = logging.getLogger("gunicorn.error")
    access_log = logging.getLogger("gunicorn.access")
    for log in (error_log, access_log):
        log.propagate = False
        for handler in [one for one in log.handlers if getattr(one, "_gunicorn", False)]:
            log.removeHandler(handler)
    error_log.setLevel(level)
    access_log.setLevel(logging.INFO)
    _add(error_log, CoreHandler() if descriptor < 0 else _stream_handler(descriptor))
    if access_file == "-":
        _add(access_log, logging.StreamHandler(sys.stdout))
    elif access_file is not None:
        _add(access_log, _AppendingHandler(access_file))


def _stream_handler(descriptor: int) -> logging.Handler:
    """Writes lines in the native log's form to its descriptor."""
    stream = (
        sys.stderr
        if descriptor == 2
        else open(  # noqa: SIM115
            descriptor, "a", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False
        )
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        logging.Formatter(
            "%(asctime)s [%(process)d] [%(levelname)s] %(message)s", "[%Y-%m-%d %H:%M:%S %z]"
        )
    )
    return handler


def _add(log: logging.Logger, handler: Any) -> None:
    handler._gunicorn = True
    log.addHandler(handler)


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
