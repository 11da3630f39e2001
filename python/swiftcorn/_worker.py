"""What a worker does in Python: signals that reach running code, and its place in the system."""

from __future__ import annotations

import contextlib
import faulthandler
import importlib
import os
import random
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

from swiftcorn import _core

# What the arbiter or an operator may send to a worker; everything else keeps its default.
_NOTED = (signal.SIGTERM, signal.SIGUSR1, signal.SIGWINCH)
_LEAVING = (signal.SIGINT, signal.SIGQUIT, signal.SIGABRT)
_DEFAULT = (
    signal.SIGHUP,
    signal.SIGCHLD,
    signal.SIGTTIN,
    signal.SIGTTOU,
    signal.SIGUSR2,
)


def install_signals(wake: int, error_log: int) -> None:
    """Have signals written to ``wake`` as bytes, and let the quick ones interrupt running code.

    The core reads the numbers; Python's handlers only make an application that is running stop.
    A worker that is aborted first writes the traceback of every thread to the error log, also
    when it hangs in C code and no Python handler would ever run.
    """
    # First of all: a signal that a handler below notes is nowhere else than in this descriptor.
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    for number in _DEFAULT:
        _set(number, signal.SIG_DFL)
    for number in _NOTED:
        _set(number, _noted)
        # The application's system calls go on after a signal that only asks for a graceful end.
        signal.siginterrupt(number, False)
    for number in _LEAVING:
        _set(number, _leave)
    if was_told is not None and was_told():
        # A handler of its class, which was there before the descriptor was, has taken TERM.
        os.write(wake, bytes([signal.SIGTERM]))
    # It writes first, then hands ABRT on to the handler above; a crash in C gets its traceback too.
    faulthandler.enable(file=error_log, all_threads=True)


def show_whereabouts(number: int, error_log: int) -> None:
    """Have a thread that gets the signal write its traceback to the error log.

    The handler is C code of the interpreter's own: it runs in the middle of whatever the thread is
    doing, also while that is C code which holds the GIL.
    """
    faulthandler.register(number, file=error_log, all_threads=False, chain=False)


_is_loaded = False


def loaded() -> None:
    """The application is there: from here on TERM waits for what is being answered."""
    global _is_loaded  # noqa: PLW0603  a signal handler has no other place to look
    _is_loaded = True


# Whether a handler that is set already is to stay: a worker's class, or its application, may have
# set one of its own before the core's loop begins.
keeps: Callable[[Any], bool] | None = None


def _set(number: int, handler: Any) -> None:
    if keeps is None or not keeps(signal.getsignal(number)):
        signal.signal(number, handler)


# Whether the worker was asked to leave while its class still set its own handlers.
was_told: Callable[[], bool] | None = None

# What else is to be done in a worker that gets TERM, USR1 or WINCH: the methods of its class.
noting: Callable[[int, FrameType | None], None] | None = None


def _noted(number: int, frame: FrameType | None) -> None:
    # The core has the number from the wake-up descriptor; it reads it before the application
    # goes on, so that the response it is making already says that the connection will close.
    _core.signal_arrived()
    if noting is not None:
        noting(number, frame)
    if number == signal.SIGTERM and not _is_loaded:
        raise SystemExit(0)


# What else is to be done in a worker that INT, QUIT or ABRT ends: the operator's hooks.
leaving: Callable[[int, FrameType | None], None] | None = None


# What else is to be done in a worker that ends because a source has changed.
reloading: Callable[[], None] | None = None


def reload() -> None:
    """Tell the operator's hook that this worker ends for a changed source."""
    if reloading is not None:
        reloading()


def _leave(number: int, frame: FrameType | None) -> None:
    _core.signal_arrived()
    if leaving is not None:
        leaving(number, frame)
    raise SystemExit(1 if number == signal.SIGABRT else 0)


def start_threads(count: int) -> None:
    """Start the threads of a gthread worker, named as Gunicorn's are.

    They are daemons: a request that hangs must not keep a worker from leaving.
    """
    for number in range(count):
        name = f"ThreadPoolExecutor-0_{number}"
        threading.Thread(target=_core.attend, args=(number,), name=name, daemon=True).start()


def prepare(environment: dict[str, str]) -> None:
    """Set what ``--env`` asks for, and give this process random numbers of its own."""
    os.environ.update(environment)
    random.seed()


# What the variables were before ``--env`` set them; None for those that were not there.
_replaced: dict[str, str | None] = {}


def set_environment(environment: dict[str, str], software: str) -> None:
    """Set what ``--env`` asks for in the arbiter, once what it asked for before is undone."""
    for name, value in _replaced.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
    _replaced.clear()
    os.environ["SERVER_SOFTWARE"] = software
    for name, value in environment.items():
        _replaced[name] = os.environ.get(name)
        os.environ[name] = value


def forget_activation() -> None:
    """Drop the variables that named our sockets: a child must not take them for its own."""
    for name in ("GUNICORN_FD", "SWIFTCORN_HEALTH_FD"):
        os.environ.pop(name, None)
    if os.environ.get("LISTEN_PID") == str(os.getpid()):
        for name in ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "LISTEN_PIDFDID"):
            os.environ.pop(name, None)


def methods_are_replaced() -> bool:
    """Whether somebody has changed the classes of the server's own workers, as agents do."""
    for name, kind in (("sync", "SyncWorker"), ("gthread", "ThreadWorker")):
        module = sys.modules.get(f"gunicorn.workers.{name}")
        if module is not None and getattr(module, kind)._methods_are_replaced():
            return True
    return False


def extend_path(directories: list[str]) -> None:
    """Put directories in front of ``sys.path``, the first of them last."""
    for directory in directories:
        if directory not in sys.path:
            sys.path.insert(0, directory)


# What nearly every WSGI application imports sooner or later. None of them starts a thread, opens
# anything or reads the environment in a way that a worker could want to differ.
_SHARED = (
    "asyncio",
    "contextvars",
    "copy",
    "dataclasses",
    "datetime",
    "decimal",
    "difflib",
    "email.message",
    "gettext",
    "hashlib",
    "hmac",
    "html",
    "http.client",
    "http.cookies",
    "http.server",
    "importlib.metadata",
    "inspect",
    "json",
    "logging",
    "mimetypes",
    "pickle",
    "pkgutil",
    "pprint",
    "secrets",
    "socket",
    "ssl",
    "tempfile",
    "traceback",
    "typing",
    "unicodedata",
    "urllib.parse",
    "uuid",
    "zipfile",
)


def share_modules() -> None:
    """Import in the arbiter what the workers will need, so that they share its pages.

    Each worker imports its application by itself; the standard library's part of it would be there
    once per worker.
    """
    for name in _SHARED:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
