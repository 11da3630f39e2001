"""What the tests of concurrency share: a request that lasts as long as the test wants."""

from contextlib import contextmanager

import pytest

from support.client import request_bytes


@pytest.fixture
def slow(directory):
    """`with slow(server, link) as finish`: a request runs on the link until finish() is called."""

    @contextmanager
    def one(server, link, connection=None):
        go = directory / "go"
        mark = server.log.mark()
        link.send(request_bytes("GET", f"/until?{go}", connection=connection))
        server.wait_for_log("^NOTE begun", since=mark)
        try:
            yield go.touch
        finally:
            go.touch()

    return one
