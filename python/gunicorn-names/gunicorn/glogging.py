"""The logger class, which `logger_class` replaces: everything is said through an object of it.

Two loggers of Python's `logging` module do the work, `gunicorn.error` and `gunicorn.access`. With
the class as it stands here, and no `logconfig` and no syslog, the server writes the same lines
natively and no object is made.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import json
import logging
import logging.config
import logging.handlers
import os
import socket
import sys
import threading
import time
import traceback
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, TextIO

from swiftcorn._refusal import refusal

#: The facilities of RFC 3164 by their names.
SYSLOG_FACILITIES = {
    "auth": 4,
    "authpriv": 10,
    "cron": 9,
    "daemon": 3,
    "ftp": 11,
    "kern": 0,
    "lpr": 6,
    "mail": 2,
    "news": 7,
    "security": 4,
    "syslog": 5,
    "user": 1,
    "uucp": 8,
    **{f"local{number}": 16 + number for number in range(8)},
}

_ERROR_FORMAT = "%(asctime)s [%(process)d] [%(levelname)s] %(message)s"
_DATE_FORMAT = "[%Y-%m-%d %H:%M:%S %z]"


def _default(name: str, handler: str) -> dict[str, Any]:
    return {"level": "INFO", "handlers": [handler], "propagate": True, "qualname": name}


#: What a log configuration is laid over.
CONFIG_DEFAULTS: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "root": {"level": "INFO", "handlers": ["console"]},
    "loggers": {
        "gunicorn.error": _default("gunicorn.error", "error_console"),
        "gunicorn.access": _default("gunicorn.access", "console"),
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "generic",
            "stream": "ext://sys.stdout",
        },
        "error_console": {
            "class": "logging.StreamHandler",
            "formatter": "generic",
            "stream": "ext://sys.stderr",
        },
    },
    "formatters": {
        "generic": {
            "format": _ERROR_FORMAT,
            "datefmt": _DATE_FORMAT,
            "class": "logging.Formatter",
        }
    },
}


def loggers() -> list[logging.Logger]:
    """Every logger there is, the root first."""
    known = logging.root.manager.loggerDict
    return [logging.root, *(logging.getLogger(name) for name in list(known))]


def parse_syslog_address(
    addr: str,
) -> tuple[socket.SocketKind | None, str | tuple[str, int]]:
    """The kind of socket (None: try both) and the address behind `udp://`, `tcp://`, `unix://`."""
    scheme, separator, rest = addr.partition("://")
    if separator and scheme == "unix":
        path, _, kind = rest.partition("#")
        return (socket.SOCK_DGRAM if kind == "dgram" else None), path
    if not separator or scheme not in ("udp", "tcp"):
        raise refusal("syslog_addr", "invalid syslog address")
    host, port = _split_port(rest)
    return (socket.SOCK_DGRAM if scheme == "udp" else socket.SOCK_STREAM), (host, port)


def _split_port(address: str) -> tuple[str, int]:
    if address.startswith("["):
        host, _, rest = address[1:].partition("]")
        port = rest.lstrip(":")
    else:
        host, _, port = address.partition(":")
    try:
        return host.lower() or "localhost", int(port or 514)
    except ValueError:
        raise refusal("syslog_addr", f"{port!r} is not a valid port number.") from None


class SafeAtoms(dict[str, Any]):
    """The atoms as a format asks for them: unknown ones are `-`, and no value ends a quote."""

    def __init__(self, atoms: Mapping[str, Any]) -> None:
        super().__init__()
        for name, value in atoms.items():
            self[name] = value.replace('"', '\\"') if isinstance(value, str) else value

    def __getitem__(self, k: str) -> Any:
        # Names of fields and variables are asked for in any case of letters.
        return self.get(k.lower() if k.startswith("{") else k, "-")


class Logger:
    """What the server says goes through one of these; subclass it and name it `logger_class`."""

    LOG_LEVELS: ClassVar[dict[str, int]] = {
        "critical": logging.CRITICAL,
        "error": logging.ERROR,
        "warning": logging.WARNING,
        "info": logging.INFO,
        "debug": logging.DEBUG,
    }
    loglevel = logging.INFO

    error_fmt = _ERROR_FORMAT
    datefmt = _DATE_FORMAT
    access_fmt = "%(message)s"
    syslog_fmt = "[%(process)d] %(message)s"

    atoms_wrapper_class: type[SafeAtoms] = SafeAtoms

    def __init__(self, cfg: Any) -> None:
        self.error_log = logging.getLogger("gunicorn.error")
        self.error_log.propagate = False
        self.access_log = logging.getLogger("gunicorn.access")
        self.access_log.propagate = False
        self.error_handlers: list[logging.Handler] = []
        self.access_handlers: list[logging.Handler] = []
        self.logfile: TextIO | None = None
        self.lock = threading.Lock()
        self.cfg = cfg
        self.setup(cfg)

    # Where lines go.

    def setup(self, cfg: Any) -> None:
        """Set levels and handlers by the settings; again after each reload."""
        self.cfg = cfg
        self.loglevel = self.LOG_LEVELS.get(str(cfg.loglevel).lower(), logging.INFO)
        self.error_log.setLevel(self.loglevel)
        self.access_log.setLevel(logging.INFO)
        if cfg.capture_output and cfg.errorlog != "-":
            self._capture(cfg.errorlog)
        self._set_handler(
            self.error_log, cfg.errorlog, logging.Formatter(self.error_fmt, self.datefmt)
        )
        self._set_handler(
            self.access_log,
            cfg.accesslog,
            logging.Formatter(self.access_fmt),
            stream=sys.stdout,
        )
        if cfg.syslog:
            self._set_syslog_handler(self.error_log, cfg, self.syslog_fmt, "error")
            if not cfg.disable_redirect_access_to_syslog:
                self._set_syslog_handler(self.access_log, cfg, self.syslog_fmt, "access")
        self._configure(cfg)

    def _configure(self, cfg: Any) -> None:
        """Lay the operator's log configuration on top: the dictionary, else JSON, else INI."""
        for name, configure in (
            ("logconfig_dict", self._configure_by),
            ("logconfig_json", self._configure_by_json),
            ("logconfig", self._configure_by_ini),
        ):
            given = getattr(cfg, name)
            if not given:
                continue
            if isinstance(given, str) and not os.path.exists(given):
                raise refusal(name, f"Error: log config '{given}' not found")
            try:
                configure(given)
            except KeyError as error:
                raise refusal(name, f"the log configuration has no {error}") from error
            except Exception as error:
                # As these modules say it, a sentence that names what is wrong.
                raise refusal(name, str(error)) from error
            return

    @staticmethod
    def _configure_by(changes: Mapping[str, Any]) -> None:
        logging.config.dictConfig({**CONFIG_DEFAULTS, **changes})

    def _configure_by_json(self, path: str) -> None:
        with open(path, encoding="utf-8") as file:
            self._configure_by(json.load(file))

    @staticmethod
    def _configure_by_ini(path: str) -> None:
        defaults = {**CONFIG_DEFAULTS, "__file__": path, "here": os.path.dirname(path)}
        logging.config.fileConfig(path, defaults=defaults, disable_existing_loggers=False)

    def _capture(self, path: str) -> None:
        """Lead the standard streams of the process into the error log."""
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        former = self.logfile
        self.logfile = open(path, "a+", encoding="utf-8")  # noqa: SIM115
        for number in (1, 2):
            os.dup2(self.logfile.fileno(), number)
        if former is not None:
            former.close()

    def _get_gunicorn_handler(self, log: logging.Logger) -> logging.Handler | None:
        """The handler that we made; those of the application stay untouched."""
        for handler in log.handlers:
            if getattr(handler, "_gunicorn", False):
                return handler
        return None

    def _set_handler(
        self,
        log: logging.Logger,
        output: str | None,
        fmt: logging.Formatter,
        stream: TextIO | None = None,
    ) -> None:
        """Replace our handler by one for a file, or for a stream (`-`); None is no handler."""
        while (former := self._get_gunicorn_handler(log)) is not None:
            log.removeHandler(former)
            if isinstance(former, logging.FileHandler):
                former.close()
        if output is None:
            return
        if output == "-":
            handler: logging.Handler = logging.StreamHandler(stream)
        else:
            handler = self._open(output, "errorlog" if log is self.error_log else "accesslog")
        handler.setFormatter(fmt)
        _add(log, handler)

    def _open(self, path: str, setting: str) -> logging.FileHandler:
        try:
            handler = logging.FileHandler(path)
        except OSError as error:
            raise refusal(setting, f"Error: '{path}' isn't writable [{error!r}]") from error
        # The workers open it again, as whoever they become; who may not give files away has no
        # workers of another user either.
        with contextlib.suppress(OSError):
            os.chown(handler.baseFilename, self.cfg.uid, self.cfg.gid)
        return handler

    def _set_syslog_handler(self, log: logging.Logger, cfg: Any, fmt: str, name: str) -> None:
        prefix = cfg.syslog_prefix or cfg.proc_name.replace(":", ".")
        try:
            facility = SYSLOG_FACILITIES[cfg.syslog_facility.lower()]
        except KeyError:
            raise refusal("syslog_facility", "unknown facility name") from None
        kind, address = parse_syslog_address(cfg.syslog_addr)
        try:
            handler = logging.handlers.SysLogHandler(address, facility, kind)
        except OSError as error:
            raise refusal("syslog_addr", f"no syslog at {cfg.syslog_addr}: {error}") from error
        handler.setFormatter(logging.Formatter(f"gunicorn.{prefix}.{name}: {fmt}"))
        _add(log, handler)

    # What is said.

    def critical(self, msg: object, *args: Any, **kwargs: Any) -> None:
        self.error_log.critical(msg, *args, **kwargs)

    def error(self, msg: object, *args: Any, **kwargs: Any) -> None:
        self.error_log.error(msg, *args, **kwargs)

    def warning(self, msg: object, *args: Any, **kwargs: Any) -> None:
        self.error_log.warning(msg, *args, **kwargs)

    def info(self, msg: object, *args: Any, **kwargs: Any) -> None:
        self.error_log.info(msg, *args, **kwargs)

    def debug(self, msg: object, *args: Any, **kwargs: Any) -> None:
        self.error_log.debug(msg, *args, **kwargs)

    def exception(self, msg: object, *args: Any, **kwargs: Any) -> None:
        self.error_log.exception(msg, *args, **kwargs)

    def log(self, lvl: int | str, msg: object, *args: Any, **kwargs: Any) -> None:
        """Say it at a level, named or numbered; an unknown name is `info`."""
        if isinstance(lvl, str):
            lvl = self.LOG_LEVELS.get(lvl.lower(), logging.INFO)
        self.error_log.log(lvl, msg, *args, **kwargs)

    # Requests.

    @property
    def access_log_enabled(self) -> bool:
        """Whether there is anywhere for requests to be logged to."""
        cfg = self.cfg
        to_syslog = cfg.syslog and not cfg.disable_redirect_access_to_syslog
        return bool(
            cfg.accesslog or cfg.logconfig or cfg.logconfig_json or cfg.logconfig_dict or to_syslog
        )

    def atoms(self, resp: Any, req: Any, environ: Any, request_time: Any) -> dict[str, Any]:
        """What `access_log_format` can name of one answered request."""
        status = resp.status
        if isinstance(status, str):
            status = status.split(None, 1)[0]
        sent = getattr(resp, "sent", None)
        seconds, microseconds = request_time.seconds, request_time.microseconds
        atoms = {
            "h": environ.get("REMOTE_ADDR", "-"),
            "l": "-",
            "u": self._get_user(environ) or "-",
            "t": self.now(),
            "r": "{} {} {}".format(
                environ["REQUEST_METHOD"], environ["RAW_URI"], environ["SERVER_PROTOCOL"]
            ),
            "s": status,
            "m": environ.get("REQUEST_METHOD"),
            "U": environ.get("PATH_INFO"),
            "q": environ.get("QUERY_STRING"),
            "H": environ.get("SERVER_PROTOCOL"),
            "b": "-" if sent is None else str(sent),
            "B": sent,
            "f": environ.get("HTTP_REFERER", "-"),
            "a": environ.get("HTTP_USER_AGENT", "-"),
            "T": seconds,
            "D": seconds * 1_000_000 + microseconds,
            "M": seconds * 1000 + microseconds // 1000,
            "L": f"{seconds}.{microseconds:06d}",
            "p": f"<{os.getpid()}>",
        }
        for kind, pairs in (("i", req.headers), ("o", resp.headers), ("e", environ)):
            atoms.update({f"{{{name.lower()}}}{kind}": value for name, value in _pairs(pairs)})
        return atoms

    def access(self, resp: Any, req: Any, environ: Any, request_time: Any) -> None:
        """Log one answered request; called for each, also when there is no access log."""
        if not self.access_log_enabled:
            return
        try:
            atoms = self.atoms_wrapper_class(self.atoms(resp, req, environ, request_time))
            self.access_log.info(self.cfg.access_log_format, atoms)
        except Exception:
            self.error(traceback.format_exc())

    def now(self) -> str:
        """The moment as the access log writes it."""
        return time.strftime("[%d/%b/%Y:%H:%M:%S %z]")

    def _get_user(self, environ: Mapping[str, Any]) -> str | None:
        """The name in the request's Basic authentication."""
        scheme, _, encoded = str(environ.get("HTTP_AUTHORIZATION", "")).partition(" ")
        if scheme.lower() != "basic" or not encoded:
            return None
        try:
            decoded = base64.b64decode(encoded.strip().encode("utf-8")).decode("utf-8")
        except (TypeError, binascii.Error, UnicodeError) as error:
            self.debug("Couldn't get username: %s", error)
            return None
        return decoded.partition(":")[0]

    # Files.

    def reopen_files(self) -> None:
        """Open every log file anew, after it was renamed (USR1)."""
        if self.cfg.capture_output and self.cfg.errorlog != "-":
            with self.lock:
                self._capture(self.cfg.errorlog)
        for handler in _file_handlers():
            handler.acquire()
            try:
                stream = handler.stream
                # One that has not written yet opens its file when it does.
                if stream is not None:
                    handler.stream = handler._open()
                    stream.close()
            finally:
                handler.release()

    def close_on_exec(self) -> None:
        """Keep log files from the programs that this process starts."""
        for handler in _file_handlers():
            if handler.stream is not None:
                os.set_inheritable(handler.stream.fileno(), False)


def _add(log: logging.Logger, handler: Any) -> None:
    """Add a handler of ours, which the next set-up may take away again."""
    handler._gunicorn = True
    log.addHandler(handler)


def _pairs(headers: Any) -> Iterable[tuple[str, Any]]:
    pairs: Iterable[tuple[str, Any]] = headers.items() if hasattr(headers, "items") else headers
    return pairs


def _file_handlers() -> Iterable[logging.FileHandler]:
    for logger in loggers():
        for handler in logger.handlers:
            if isinstance(handler, logging.FileHandler):
                yield handler
