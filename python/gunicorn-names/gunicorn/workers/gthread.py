"""The worker that answers requests on several threads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from swiftcorn._request_methods import Client, Connection

from gunicorn._pending import pending
from gunicorn.workers._served import ServedWorker

if TYPE_CHECKING:
    from swiftcorn._request_methods import ServedRequest

# Seconds an accepted connection may stay silent.
DEFAULT_WORKER_DATA_TIMEOUT = 5
# Seconds a kept connection is listened to while the worker stops.
STOP_KEEPALIVE_LINGER = 0.25


class ThreadWorker(ServedWorker):
    """Answers as many requests at a time as there are threads."""

    NOT_CALLED = (
        "accept",
        "enqueue_req",
        "finish_request",
        "get_thread_pool",
        "murder_keepalived",
        "notify",
    )

    def handle(self, conn: Any) -> bool:
        """Answer the request that has come; called for each, also on a kept connection."""
        req = conn.served.request
        try:
            return bool(self.handle_request(req, conn))
        except Exception as error:
            self.handle_error(req, conn.sock, conn.client, error)
            return False

    def handle_request(self, req: Any, conn: Any) -> bool:
        """Call hooks and application (`self.wsgi`); whether the connection is kept.

        Raises what they raise. What an override answers instead changes nothing: what the
        response has said of the connection holds.
        """
        return req._served.answer(self)  # type: ignore[no-any-return]

    def _serve(self, served: ServedRequest) -> None:
        self.handle(Connection(self.cfg, Client(served, served.listener(self.sockets))))


ThreadWorker._METHODS = {
    "handle": ThreadWorker.handle,
    "handle_request": ThreadWorker.handle_request,
    "handle_error": ThreadWorker.handle_error,
}

__getattr__ = pending(__name__, "PollableMethodQueue", "TConn")
