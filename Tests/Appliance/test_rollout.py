"""A rolling update as a cluster does it, with the delay of a cluster, and no request that fails.

Each pod of the base Deployment is a server with the same arguments. Its replacement is started and
asked until it is ready, then takes part; the old one gets TERM at once, while those who send
requests hear of it two seconds late.
"""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack
from http.client import HTTPConnection

from delivered import (
    DEADLINE_SECONDS,
    GUNICORN,
    HELLO,
    HELLO_BODY,
    REPOSITORY,
    free_port,
    get_when_ready,
    serving,
)
from kustomize import containers, rendered

PODS = 3
SENDERS = 2
#: How late the load balancers learn that a pod is leaving.
LATE_SECONDS = 2.0


class Endpoints:
    """Where requests are sent, in turn, as far as is known."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.ports: list[int] = []
        self.turn = 0

    def change(self, *, add: int | None = None, remove: int | None = None) -> None:
        with self.lock:
            kept = [port for port in self.ports if port != remove]
            self.ports = kept + ([add] if add else [])

    def next(self) -> int:
        with self.lock:
            self.turn += 1
            return self.ports[self.turn % len(self.ports)]


class Sender:
    """Sends requests until it is stopped: some on a connection of their own, some on kept ones."""

    def __init__(self, endpoints: Endpoints) -> None:
        self.endpoints = endpoints
        self.answered = 0
        self.failures: list[str] = []
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self) -> None:
        while not self.is_over.is_set():
            port = self.endpoints.next()
            connection = HTTPConnection("127.0.0.1", port, timeout=DEADLINE_SECONDS)
            try:
                self.use(connection)
            except Exception as error:
                self.failures.append(f"{port}: {error!r}")
            finally:
                connection.close()

    def use(self, connection: HTTPConnection) -> None:
        """A few requests, as many as the server lets this connection live."""
        for _ in range(4):
            connection.request("GET", "/")
            answer = connection.getresponse()
            body = answer.read()
            if (answer.status, body) == (200, HELLO_BODY):
                self.answered += 1
            else:
                self.failures.append(f"{connection.port}: {answer.status} {body!r}")
            if answer.will_close:
                return


def arguments() -> list[str]:
    """Those of the base Deployment, without the addresses and the application."""
    (server,) = containers(rendered(REPOSITORY / "deploy/kubernetes/base"))
    options = [word for word in server["args"][:-1] if "bind=" not in word]
    assert "--shutdown-delay=5" in options
    return options


class Pod:
    def __init__(self, stack: ExitStack) -> None:
        self.port, health = free_port(), free_port()
        binds = (f"--bind=127.0.0.1:{self.port}", f"--health-bind=127.0.0.1:{health}")
        self.server = stack.enter_context(serving(GUNICORN, *binds, *arguments(), *HELLO))
        get_when_ready(health, "/readyz")


def test_no_request_fails() -> None:
    endpoints = Endpoints()
    senders = [Sender(endpoints) for _ in range(SENDERS)]
    with ExitStack() as stack:
        pods = [Pod(stack) for _ in range(PODS)]
        newer: list[Pod] = []
        for pod in pods:
            endpoints.change(add=pod.port)
        for sender in senders:
            sender.thread.start()
        try:
            for old in pods:
                newer.append(Pod(stack))
                endpoints.change(add=newer[-1].port)
                old.server.process.terminate()
                time.sleep(LATE_SECONDS)
                endpoints.change(remove=old.port)
            for old in pods:
                assert old.server.process.wait(DEADLINE_SECONDS) == 0
        finally:
            for sender in senders:
                sender.is_over.set()
            for sender in senders:
                sender.thread.join()
            for pod in newer:
                pod.server.process.terminate()
        assert [failure for sender in senders for failure in sender.failures] == []
        assert all(sender.answered > 0 for sender in senders)
