"""Kills processes in the middle of their calls of `swiftcorn.shared`, so many times.

Looks after each at all that is stored, and prints what it found as JSON. Values tell by themselves
whether they are whole: their content and their length follow from the key and a number.
"""

import json
import mmap
import os
import random
import signal
import sys
import time

from swiftcorn import shared

LENGTHS = (1, 30, 300, 3_000, 30_000, 120_000)
VALUES = 18
CHILDREN = 2


def value(key, number):
    unit = b"%s %d;" % (key.encode(), number)
    length = LENGTHS[number % len(LENGTHS)]
    return unit * (length // len(unit) + 1)


def is_whole(key, found):
    head, _, _ = found.partition(b";")
    name, _, number = head.rpartition(b" ")
    return name == key.encode() and number.isdigit() and found == value(key, int(number))


class Run:
    def __init__(self, keys):
        self.keys = [f"key {number}" for number in range(keys)]
        # How often each child has surely counted: it is written down after the call, in one store
        # of a whole word (`struct.pack_into` begins with zeros).
        self.counted = memoryview(mmap.mmap(-1, 8 * CHILDREN)).cast("Q")
        self.torn = 0
        self.kills = 0
        self.running = {}

    def write_for_ever(self, place):
        dice = random.Random(os.getpid() ^ time.monotonic_ns())
        while True:
            key = dice.choice(self.keys)
            one, other = value(key, dice.randrange(VALUES)), value(key, dice.randrange(VALUES))
            for _ in range(3):
                shared.set(key, one, ttl=dice.choice((None, None, 0.001)))
                shared.compare_and_set(key, one, other)
                shared.compare_and_set(key, shared.get(key), one)
            if dice.random() < 0.2:
                shared.delete(key)
            shared.add(key, other)
            shared.incr("count")
            self.counted[place] += 1

    def begin(self, place):
        pid = os.fork()
        if pid == 0:
            try:
                self.write_for_ever(place)
            finally:
                os._exit(1)
        self.running[place] = pid

    def kill_all(self):
        """One after the other, so that the last ones find the locks of the first."""
        for pid in self.running.values():
            os.kill(pid, signal.SIGKILL)
        for pid in self.running.values():
            _, status = os.waitpid(pid, 0)
            if not os.WIFSIGNALED(status):
                raise SystemExit(f"a writer ended by itself: {status}")
        self.kills += len(self.running)
        self.running.clear()

    def look(self):
        for key in self.keys:
            found = shared.get(key)
            if found is not None and not is_whole(key, found):
                self.torn += 1

    def fill(self):
        """With more than there is room for; how many entries had to make room."""
        for key in self.keys:
            shared.set(key, value(key, len(LENGTHS) - 1))
        return shared.stats()["evictions"]

    def run(self, kills):
        dice = random.Random(kills)
        while self.kills < kills:
            for place in range(CHILDREN):
                self.begin(place)
            # Not a wait: a random moment of the writers' lives is what it is about.
            time.sleep(dice.random() * 0.002)
            self.kill_all()
            if dice.random() < 0.1:
                self.look()
        self.look()

    def found(self, evictions):
        stats = shared.stats()
        entries = stats["entries"]
        for key in (*self.keys, "count"):
            shared.delete(key)
        emptied = shared.stats()
        return {
            "torn": self.torn,
            "kills": self.kills,
            "counted": sum(self.counted),
            "recoveries": stats["recoveries"],
            "evictions": stats["evictions"] - evictions,
            "expirations": stats["expirations"],
            "entries": entries,
            "left": emptied["entries"] + emptied["bytes"],
        }


if __name__ == "__main__":
    run = Run(keys=int(sys.argv[2]))
    evictions = run.fill() if len(run.keys) > 100 else 0
    run.run(int(sys.argv[1]))
    count = shared.get("count")
    print(json.dumps({**run.found(evictions), "count": count}))
