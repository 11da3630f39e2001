"""The application's own check of its health, made in a worker beside the requests."""

from __future__ import annotations

import importlib
import logging
import threading
import traceback
from collections.abc import Callable

from swiftcorn import _core

INTERVAL = 5.0

# What the core is told, and asked: whether it is this worker's turn, and how a check ended.
_BEGINS, _PASSED, _FAILED = 0, 1, 2


def watch(target: str) -> None:
    """Make the check ``pkg.mod:callable`` now and then, on a thread of its own.

    It is a daemon: a check that hangs must not keep a worker from leaving.
    """
    threading.Thread(target=_watch, args=(target,), name="health-check", daemon=True).start()


def _watch(target: str) -> None:
    pause = threading.Event()
    check: Callable[[], object] | None = None
    failed = False
    while True:
        if _core.health_check(_BEGINS):
            try:
                if check is None:
                    check = _find(target)
                reason = _fault(check())
            # Whatever it raises is an answer.
            except BaseException:
                reason = traceback.format_exc().rstrip()
            _core.health_check(_FAILED if reason else _PASSED)
            if bool(reason) != failed:
                failed = bool(reason)
                _say(target, reason)
        pause.wait(INTERVAL)


def _find(target: str) -> Callable[[], object]:
    module, _, path = target.partition(":")
    found: object = importlib.import_module(module)
    for name in (path or "health_check").split("."):
        found = getattr(found, name)
    if not callable(found):
        raise TypeError(f"{target} is not callable")
    return found


def _fault(answer: object) -> str:
    return "it returned False" if answer is False else ""


def _say(target: str, reason: str) -> None:
    """Once when it begins to fail, and once when it passes again."""
    log = logging.getLogger("gunicorn.error")
    if reason:
        log.error("Health check %s failed: %s", target, reason)
    else:
        log.info("Health check %s passes again", target)
