"""What the functions of `swiftcorn.shared` give and raise, in a process without a server."""

import json

import pytest

pytestmark = pytest.mark.only("swiftcorn")  # Gunicorn has no store.

EACH_TYPE = """
from swiftcorn import shared
texts = ("", "gr\\u00fcn \\U0001f33d")
for value in (b"", b"\\0\\xff", *texts, 0, -2**63, 2**63 - 1, 1.5, float("inf")):
    shared.set("k", value)
    found = shared.get("k")
    assert found == value and type(found) is type(value), (value, found)
    assert shared.get(b"k") == value
shared.set("k", True)
assert shared.get("k") == 1
assert shared.get("none") is None
assert shared.get("none", "other") == shared.get(key="none", default="other") == "other"
assert shared.set("k", "v", ttl=3600) is None and shared.get("k") == "v"
assert shared.set(ttl=3600.5, value="v", key="k") is None and shared.get("k") == "v"
assert shared.add("k", "w") is False and shared.add("l", "w", 10) is True
assert shared.compare_and_set("k", "x", "y") is False
assert shared.compare_and_set("k", b"v", "y") is False
assert shared.compare_and_set("k", "v", "y") is True and shared.get("k") == "y"
assert shared.compare_and_set("k", None, "z") is False
assert shared.compare_and_set("m", None, "z", ttl=5) is True
assert shared.incr("n") == 1 and shared.incr("n", 5) == 6 and shared.incr("n", -7) == -1
assert shared.incr("o", initial=100) == 101 and shared.incr("o", delta=2, initial=9) == 103
assert shared.touch("o", 60) is True and shared.touch("none", 60) is False
assert shared.delete("o") is True and shared.delete("o") is False
value = bytes(range(256)) * 1024
assert len(value) == shared.stats()["value_limit"]
shared.set("long", value)
assert shared.get("long") == value
stats = shared.stats()
assert stats["entries"] == 5 and stats["bytes"] > len(value) and stats["entries_limit"] == 65536
assert stats["hits"] > 0 and stats["misses"] > 0 and stats["writes"] > 0, stats
assert shared.clear() is None and shared.stats()["entries"] == 0
"""

EACH_REFUSAL = """
import json
from swiftcorn import shared
shared.set("text", "t")
shared.set("most", 2**63 - 1)
long = b"x" * (shared.stats()["value_limit"] + 1)
calls = [
    lambda: shared.get(),
    lambda: shared.get("k", 1, 2),
    lambda: shared.get("k", other=1),
    lambda: shared.get("k", key="k"),
    lambda: shared.set("k"),
    lambda: shared.clear(1),
    lambda: shared.get(1),
    lambda: shared.set("k", [1]),
    lambda: shared.set("k", None),
    lambda: shared.set("k", bytearray(b"x")),
    lambda: shared.set("k", 2**63),
    lambda: shared.set("k", "\\ud800"),
    lambda: shared.set("k", "v", ttl=0),
    lambda: shared.set("k", "v", ttl=float("nan")),
    lambda: shared.set("k", "v", ttl="1"),
    lambda: shared.set("k", "v", ttl=10**400),
    lambda: shared.set("k" * 1025, "v"),
    lambda: shared.set("k", long),
    lambda: shared.incr("text"),
    lambda: shared.incr("most"),
    lambda: shared.incr("k", 1.0),
    lambda: shared.compare_and_set("k", [], "v"),
]
found = []
for call in calls:
    try:
        found.append(["nothing", call()])
    except Exception as error:
        found.append([type(error).__name__, str(error)])
assert shared.get("k") is None and shared.stats()["entries"] == 2
print(json.dumps(found))
"""


def test_values_come_back_as_what_they_were(python):
    python("-c", EACH_TYPE)


def test_what_cannot_be_done_is_said_in_a_sentence(python):
    found = json.loads(python("-c", EACH_REFUSAL))
    assert found == [
        ["TypeError", "get() needs 'key'"],
        ["TypeError", "get() takes 2 arguments at most"],
        ["TypeError", "get() has no parameter 'other'"],
        ["TypeError", "get() got 'key' twice"],
        ["TypeError", "set() needs 'value'"],
        ["TypeError", "clear() takes 0 arguments at most"],
        ["TypeError", "a key is str or bytes"],
        ["TypeError", "a value is bytes, str, int or float"],
        ["TypeError", "a value is bytes, str, int or float"],
        ["TypeError", "a value is bytes, str, int or float"],
        ["OverflowError", found[10][1]],
        ["UnicodeEncodeError", found[11][1]],
        ["ValueError", "ttl has to be more than 0 seconds"],
        ["ValueError", "ttl has to be more than 0 seconds"],
        ["TypeError", "ttl is a number of seconds, or None"],
        ["OverflowError", found[15][1]],
        ["ValueError", "a key has 1024 bytes at most, not 1025"],
        [
            "ValueError",
            "a value has 262144 bytes at most; more shared_memory allows longer ones",
        ],
        ["TypeError", "what is stored there is no int"],
        ["OverflowError", "the sum does not fit in 64 bits"],
        ["TypeError", "an int is needed here"],
        ["TypeError", "a value is bytes, str, int or float"],
    ]


def test_a_plain_process_shares_with_its_children_and_with_nobody_else(python):
    program = """
import os
from multiprocessing import get_context
from swiftcorn import shared
context = get_context("fork")
children = [context.Process(target=shared.incr, args=("children",)) for _ in range(5)]
for child in children:
    child.start()
for child in children:
    child.join()
assert shared.get("children") == 5 and shared.stats()["entries"] == 1
"""
    python("-c", program)
    python("-c", program)


def test_a_lock_of_a_process_that_stands_still_is_waited_for_in_vain_only_so_long(python):
    """And the other threads of the process that waits go on."""
    program = """
import os, signal, threading, time
from swiftcorn import shared
value = b"x" * 200_000
shared.set("k", value)
busy = False
while not busy:
    child = os.fork()
    if child == 0:
        while True:
            shared.set("k", value)
    time.sleep(0.005)
    os.kill(child, signal.SIGSTOP)
    os.waitpid(child, os.WUNTRACED)
    turns = 0
    def turn():
        global turns
        while waiting:
            turns += 1
            time.sleep(0.001)
    waiting = True
    other = threading.Thread(target=turn)
    other.start()
    try:
        shared.get("k")
    except TimeoutError as error:
        busy = "another process has had this part of the store for too long" == str(error)
        assert busy and turns > 2, (error, turns)
    waiting = False
    other.join()
    os.kill(child, signal.SIGKILL)
    # It is dead and nobody has reaped it yet: that is enough.
    assert shared.get("k") == value
    os.waitpid(child, 0)
assert shared.stats()["recoveries"] > 0
"""
    python("-c", program)
