"""What the tests of signals share: a request that is under way while something happens."""

from contextlib import contextmanager

import pytest

from support.client import request_bytes


@pytest.fixture
def under_way(directory):
    """`with under_way(server) as (link, finish)`: a request runs until finish() is called."""

    @contextmanager
    def one(server, connection="close"):
        go = directory / "go"
        mark = server.log.mark()
        with server.connect() as link:
            link.send(request_bytes("GET", f"/until?{go}", connection=connection))
            server.wait_for_log("^NOTE begun", since=mark)
            yield link, go.touch
        go.unlink(missing_ok=True)

    return one
