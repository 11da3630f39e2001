"""What stops a server before it serves."""

from __future__ import annotations

from swiftcorn._application import AppImportError

__all__ = ["AppImportError", "ConfigError", "HaltServer"]


class HaltServer(BaseException):
    """Ends the arbiter, and so its workers, with a reason for the log and an exit status.

    A hook that runs in the master may raise it.
    """

    def __init__(self, reason: str, exit_status: int = 1) -> None:
        self.reason = reason
        self.exit_status = exit_status

    def __str__(self) -> str:
        return f"<HaltServer {self.reason!r} {self.exit_status}>"


class ConfigError(Exception):
    """The settings do not make a server; the text is for the operator."""
