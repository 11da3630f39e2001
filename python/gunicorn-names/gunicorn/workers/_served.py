"""Workers whose loop is the core's."""

from __future__ import annotations

import sys
from typing import Any, ClassVar

from swiftcorn import _core

from gunicorn.workers.base import Worker


class ServedWorker(Worker):
    """A worker in which the core reads requests, calls the application and answers.

    A subclass may change how the process is set up and what signals do. The methods in
    `NOT_CALLED`, by which Gunicorn's own classes take a connection and handle a request, are the
    core's business: one that a subclass brings along is never called, and the log says so.
    """

    NOT_CALLED: ClassVar[tuple[str, ...]] = ("handle", "handle_request", "accept")

    @classmethod
    def check_config(cls, cfg: Any, log: Any) -> None:
        for name in cls.NOT_CALLED:
            if any(name in vars(one) for one in cls.__mro__[: cls._depth()]):
                log.warning(
                    "%s.%s is not called: requests are read and answered by the core",
                    cls.__name__,
                    name,
                )

    @classmethod
    def _depth(cls) -> int:
        """How many classes of the line are not of this package."""
        line = cls.__mro__
        return next(
            index for index, one in enumerate(line) if one.__module__.startswith("gunicorn.")
        )

    def run(self) -> None:
        status = _core.run_served_worker(self.wsgi)
        if status:
            sys.exit(status)
