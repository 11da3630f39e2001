"""A client of the control socket."""

from __future__ import annotations

import shlex
from types import TracebackType
from typing import Any

from swiftcorn import _control


class ControlClientError(Exception):
    """The server cannot be reached, or refuses."""


class ControlClient:
    """A connection to a server's control socket, made when it is needed."""

    def __init__(self, socket_path: str, timeout: float = 30.0) -> None:
        self.socket_path = socket_path
        self.timeout = timeout
        self._client = _control.Client(socket_path, timeout)

    def connect(self) -> None:
        try:
            self._client.connect()
        except _control.Unreachable as error:
            raise ControlClientError(str(error)) from error

    def close(self) -> None:
        self._client.close()

    def send_command(self, command: str, args: list[Any] | None = None) -> dict[str, Any]:
        """Have a command carried out; the data of the answer."""
        try:
            return self._client.ask(command, args)
        except (_control.Unreachable, _control.Refused) as error:
            raise ControlClientError(str(error)) from error

    def __enter__(self) -> ControlClient:
        self.connect()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def parse_command(line: str) -> tuple[str, list[str]]:
    """Take a line apart: the words of the command, and from the first number or option on the
    arguments."""
    words = shlex.split(line)
    first = next(
        (at for at, word in enumerate(words) if word.isdigit() or word.startswith("-")),
        len(words),
    )
    return " ".join(words[:first]), words[first:]
