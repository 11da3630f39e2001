"""What the health address answers, read as its readers read it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from .client import Connection, ConnectionEnded, Fields, Response, request_bytes
from .deadline import wait_until
from .server import ServerUnderTest

Samples = dict[str, float]


class Monitor:
    """The health address of a server under test."""

    def __init__(self, server: ServerUnderTest, port: int) -> None:
        self.server = server
        self.port = port

    def ask(self, path: str, method: str = "GET", fields: Fields | None = None) -> Response:
        with Connection(("127.0.0.1", self.port)) as link:
            return link.send(request_bytes(method, path, fields)).response(to=method)

    def status(self, path: str) -> int | None:
        """The status of an answer, or None while nobody listens."""
        try:
            return self.ask(path).status
        except (ConnectionRefusedError, ConnectionEnded):
            return None

    def wait_until_ready(self) -> Monitor:
        wait_until(lambda: self.status("/readyz") == 200, "the server is ready")
        return self

    def metrics(self, accept: str = "") -> Samples:
        """Every sample by its name and labels, as they are written."""
        answer = self.ask("/metrics", fields=[("Accept", accept)] if accept else None)
        assert answer.status == 200, answer.raw
        lines = [line for line in answer.text.splitlines() if not line.startswith("#")]
        return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}

    def metric(self, name: str) -> float:
        """One sample; 0 for one that is not there yet."""
        return self.metrics().get(name, 0.0)

    def sum(self, family: str) -> float:
        """All samples of one name, whatever their labels."""
        pattern = re.compile(re.escape(family) + r"(\{|$)")
        return sum(value for name, value in self.metrics().items() if pattern.match(name))

    def status_document(self) -> dict:
        answer = self.ask("/status.json")
        assert answer["Content-Type"] == "application/json"
        return json.loads(answer.text)

    def wait_for(self, what: str, condition: Callable[[Monitor], object]) -> None:
        wait_until(lambda: condition(self), what)
