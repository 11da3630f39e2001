"""Workers whose loop is the core's."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from swiftcorn import _core

from gunicorn.workers.base import Worker

if TYPE_CHECKING:
    from swiftcorn._request_methods import ServedRequest


class ServedWorker(Worker):
    """A worker in which the core reads requests, calls the application and answers.

    A subclass may change how the process is set up and what signals do, and it may override
    `handle`, `handle_request` and `handle_error`: then they are called for each request. The
    methods in `NOT_CALLED`, by which Gunicorn's own classes wait for connections and take them,
    are the core's business: one that a subclass brings along is never called, and the log says so.
    """

    NOT_CALLED: ClassVar[tuple[str, ...]] = ("accept", "notify")
    # The methods for requests as they are without an override.
    _METHODS: ClassVar[dict[str, Callable[..., Any]]] = {}

    @classmethod
    def check_config(cls, cfg: Any, log: Any) -> None:
        for name in cls.NOT_CALLED:
            if any(name in vars(one) for one in cls.__mro__[: cls._depth()]):
                log.warning(
                    "%s.%s is not called: connections are taken by the core",
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

    @classmethod
    def _methods_are_replaced(cls) -> bool:
        return any(getattr(cls, name) is not own for name, own in cls._METHODS.items())

    def _calls_methods(self) -> bool:
        """Whether requests go through the methods: one is overridden, if only in this object."""
        return self._methods_are_replaced() or any(name in vars(self) for name in self._METHODS)

    def _serve(self, served: ServedRequest) -> None:
        """Answer a request by the methods."""
        raise NotImplementedError

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """Log what went wrong with a request, and answer it with 500 where nothing was sent."""
        served: ServedRequest | None = getattr(req, "_served", None)
        if served is None:
            super().handle_error(req, client, addr, exc)
        else:
            served.fail(exc)

    def run(self) -> None:
        status = _core.run_served_worker(self.wsgi)
        if status:
            sys.exit(status)
