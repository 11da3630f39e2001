"""What the tests of the WSGI band share: one server with the scenes in it."""

import pytest


@pytest.fixture
def scenes(serving):
    return serving("scenes:app")


@pytest.fixture
def same_worker(scenes):
    """The worker that answers afterwards is the one that answered before."""
    before = scenes.ask("/pid").text
    yield
    assert scenes.ask("/pid").text == before
