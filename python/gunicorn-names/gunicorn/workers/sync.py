"""The worker that answers one request at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from swiftcorn._request_methods import Client

from gunicorn.workers._served import ServedWorker

if TYPE_CHECKING:
    from swiftcorn._request_methods import ServedRequest


class StopWaiting(Exception):
    """Raised by a worker's own loop to end a wait."""


class SyncWorker(ServedWorker):
    """Answers one request at a time, and keeps connections open meanwhile."""

    NOT_CALLED = ("accept", "notify", "run_for_multiple", "run_for_one", "wait")

    def handle(self, listener: Any, client: Any, addr: Any) -> None:
        """Answer the request that has come; called for each, also on a kept connection."""
        req = client.served.request
        try:
            self.handle_request(listener, req, client, addr)
        except Exception as error:
            self.handle_error(req, client, addr, error)

    def handle_request(self, listener: Any, req: Any, client: Any, addr: Any) -> None:
        """Call hooks and application (`self.wsgi`); raises what they raise."""
        req._served.answer(self)

    def _serve(self, served: ServedRequest) -> None:
        listener = served.listener(self.sockets)
        client = Client(served, listener)
        self.handle(listener, client, client.getpeername())


SyncWorker._METHODS = {
    "handle": SyncWorker.handle,
    "handle_request": SyncWorker.handle_request,
    "handle_error": SyncWorker.handle_error,
}
