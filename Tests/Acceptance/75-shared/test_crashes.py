"""A process may be killed at any moment: nobody waits for it, and nothing is torn."""

import json

import pytest

from support.server import APPLICATIONS

pytestmark = pytest.mark.only("swiftcorn")  # Gunicorn has no store.


@pytest.mark.parametrize(
    ("kills", "keys"), [(2000, 24), (500, 300)], ids=["with room", "in a full store"]
)
def test_killing_writers_tears_nothing_and_stops_nobody(python, kills, keys):
    found = json.loads(python(APPLICATIONS / "killing.py", kills, keys))
    assert found["torn"] == 0
    assert found["kills"] >= kills
    # Many of them had a lock, else this would prove nothing.
    assert found["recoveries"] > 10
    # What is free is known to be free, however often it was found out anew.
    assert found["left"] == 0
    if keys < 100:
        assert found["evictions"] == 0
        # Each count took place as a whole; of the last of each killed one nobody knows.
        assert found["counted"] <= found["count"] <= found["counted"] + found["kills"]
    else:
        assert found["evictions"] > 0
