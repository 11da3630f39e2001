"""What an upgrade in place (USR2) needs: the program as it was started, to be started once more."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

# What named another server's process, or sockets that were passed on: not the next program's.
_PASSED_ON = (
    b"GUNICORN_PID",
    b"GUNICORN_FD",
    b"SWIFTCORN_HEALTH_FD",
    b"LISTEN_PID",
    b"LISTEN_PIDFDID",
    b"LISTEN_FDS",
)

_environment: dict[bytes, bytes] = {}


def remember() -> None:
    """Keep the environment as it is, before a config file or an application changes it."""
    if not _environment:
        _environment.update(os.environb)


def become(variables: dict[str, str]) -> NoReturn:
    """Become the program that this process was started as, whatever is on disk by now."""
    environment = {name: value for name, value in _environment.items() if name not in _PASSED_ON}
    environment.update({os.fsencode(name): os.fsencode(one) for name, one in variables.items()})
    if not sys.executable:
        raise RuntimeError("it is not known which interpreter this is")
    os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], environment)


def forget_predecessor() -> None:
    """Drop the variable that names the master before us: it is gone."""
    os.environ.pop("GUNICORN_PID", None)
