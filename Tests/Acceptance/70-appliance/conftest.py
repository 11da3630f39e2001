"""A server that is watched."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from support.monitor import Monitor
from support.server import ServerUnderTest, free_port


@pytest.fixture
def monitored(start: Callable[..., ServerUnderTest]) -> Callable[..., Monitor]:
    """Starts a server with a health address."""

    def starter(*arguments: str, **options: object) -> Monitor:
        port = free_port()
        return Monitor(start("--health-bind", f"127.0.0.1:{port}", *arguments, **options), port)

    return starter
