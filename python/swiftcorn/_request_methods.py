"""Requests that the methods of a worker's class answer, because somebody overrides those.

`handle`, `handle_request` and `handle_error` of the server's own classes are called by the core for
each request only where a subclass, or whoever changed the classes themselves, has others. What they
are given stands for what Gunicorn gives them.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

from swiftcorn import _wsgi

if TYPE_CHECKING:
    from swiftcorn._core import RequestCall
    from swiftcorn._hooks import Snapshot, Supervision


class ServedRequest:
    """One request on its way through the methods."""

    def __init__(
        self, supervision: Supervision, request: Any, environ: dict[str, Any], call: RequestCall
    ) -> None:
        self.request = request
        self.environ = environ
        self._supervision = supervision
        self._call = call
        # What an override changes of the request before it goes on counts as what a hook does.
        self._before: Snapshot = supervision.snapshot(request)
        request._served = self

    def listener(self, listeners: list[Any]) -> Any:
        """The listener that the request came in by."""
        number = self._call.listener()
        return next((one for one in listeners if one.fileno() == number), listeners[0])

    def socket(self) -> socket.socket:
        """The connection: a socket that waits, and may be closed."""
        return _wsgi.connection_socket(self._call.socket())

    def answer(self, worker: Any) -> bool:
        """Call hooks and application; whether the connection is kept.

        Raises what they raise. What was sent by then stays sent.
        """
        outcome: list[Any] = []
        try:
            self._supervision.pre_request(self.request, self.environ, self._before)
            try:
                self._call.run(worker.wsgi, self.environ)
            finally:
                outcome = self._call.outcome()
        finally:
            self._supervision.post_request(self.request, self.environ, outcome)
        return not outcome[-1]

    def fail(self, error: BaseException) -> None:
        """Log it, and answer with 500 where nothing was sent."""
        self._call.fail(error)


class Client:
    """The client's socket, for the methods: the real one is made when more than names is asked."""

    def __init__(self, served: ServedRequest, listener: Any) -> None:
        self.served = served
        self._listener = listener
        self._socket: socket.socket | None = None

    def getpeername(self) -> Any:
        return self.served.request.peer_addr

    def getsockname(self) -> Any:
        return self._listener.getsockname()

    def close(self) -> None:
        """The connection is the core's: it ends when the answer says so."""
        if self._socket is not None:
            self._socket.close()

    def __getattr__(self, name: str) -> Any:
        if self._socket is None:
            self._socket = self.served.socket()
        return getattr(self._socket, name)


class Connection:
    """A connection, for the methods of a worker with threads."""

    def __init__(self, cfg: Any, client: Client) -> None:
        self.cfg = cfg
        self.served = client.served
        self.sock = client
        self.client = client.getpeername()
        self.server = client.getsockname()
        self.timeout: float | None = None
        self.parser: Any = None
        self.initialized = True
        self.is_http2 = False

    def close(self) -> None:
        self.sock.close()
