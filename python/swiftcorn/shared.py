"""State that all workers of one server share: keys, values and counters in shared memory.

    from swiftcorn import shared

    visits = shared.incr("visits")

In a process that no server runs in, a test for example, the same calls work on a store of the
process's own. docs/shared.md says what it keeps, how much, and for how long.
"""

from swiftcorn import _core

get = _core.shared.get
set = _core.shared.set
add = _core.shared.add
compare_and_set = _core.shared.compare_and_set
incr = _core.shared.incr
touch = _core.shared.touch
delete = _core.shared.delete
clear = _core.shared.clear
stats = _core.shared.stats

# In a process of a server there is one already.
_core.shared.begin()

__all__ = ["add", "clear", "compare_and_set", "delete", "get", "incr", "set", "stats", "touch"]
