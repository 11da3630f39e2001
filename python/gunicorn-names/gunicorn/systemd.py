"""Socket activation and notification, for code that wants to do them by itself."""

from __future__ import annotations

import os
import socket
from typing import Any

__all__ = ["SD_LISTEN_FDS_START", "listen_fds", "sd_notify"]

SD_LISTEN_FDS_START = 3


def listen_fds(unset_environment: bool = True) -> int:
    """How many descriptors, from 3 on, the service manager passed to this process."""
    count = int(os.environ.get("LISTEN_FDS", "0"))
    is_ours = os.environ.get("LISTEN_PID") == str(os.getpid())
    if unset_environment and is_ours:
        for name in ("LISTEN_PID", "LISTEN_FDS"):
            os.environ.pop(name, None)
    return count if is_ours else 0


def sd_notify(state: str, logger: Any, unset_environment: bool = False) -> None:
    """Tell the service manager (`READY=1`, …); a failure is a line at level debug."""
    address = os.environ.get("NOTIFY_SOCKET")
    if address is None:
        return
    if unset_environment:
        del os.environ["NOTIFY_SOCKET"]
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as manager:
        try:
            manager.connect(address)
            manager.sendall(state.encode())
        except OSError:
            logger.debug("Exception while invoking sd_notify()", exc_info=True)
