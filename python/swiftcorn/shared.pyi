"""State that all workers of one server share: keys, values and counters in shared memory.

A key is a `str` or `bytes` (a `str` is its UTF-8) of 1,024 bytes at most. A value is `bytes`,
`str`, `int` (64 bits) or `float`, and comes back as what it was. `ttl` is a number of seconds; None
keeps an entry until it is taken away or has to make room for others.

Each call happens as a whole or not at all, also when the process is killed in its middle.
"""

from typing import TypedDict, TypeVar, overload

__all__ = ["add", "clear", "compare_and_set", "delete", "get", "incr", "set", "stats", "touch"]

_Default = TypeVar("_Default")
_Key = str | bytes
_Value = bytes | str | int | float

class Stats(TypedDict):
    """What the store holds, what it may hold, and what has happened in it."""

    entries: int
    entries_limit: int
    bytes: int
    """Of the blocks that entries are in."""
    bytes_limit: int
    value_limit: int
    """Bytes of the longest value that may be stored."""
    key_limit: int
    hits: int
    misses: int
    writes: int
    evictions: int
    """Entries that had to make room for others."""
    expirations: int
    recoveries: int
    """Locks taken over from processes that were killed."""

@overload
def get(key: _Key) -> _Value | None:
    """The value of a key, or None where there is none."""

@overload
def get(key: _Key, default: _Default) -> _Value | _Default:
    """The value of a key, or `default` where there is none."""

def set(key: _Key, value: _Value, ttl: float | None = None) -> None:
    """Put a value under a key, whatever is there."""

def add(key: _Key, value: _Value, ttl: float | None = None) -> bool:
    """Put a value under a key if there is none; whether it was put there."""

def compare_and_set(
    key: _Key, expected: _Value | None, value: _Value, ttl: float | None = None
) -> bool:
    """Put a value there if the one that is there has the type and the value of `expected`.

    None expects none to be there. Whether it was put there.
    """

def incr(key: _Key, delta: int = 1, initial: int = 0, ttl: float | None = None) -> int:
    """Add to an int; the sum.

    Where there is none it begins with `initial`, and only then `ttl` counts.
    """

def touch(key: _Key, ttl: float | None = None) -> bool:
    """Have an entry end `ttl` seconds from now; whether there is one."""

def delete(key: _Key) -> bool:
    """Take an entry away; whether there was one."""

def clear() -> None:
    """Take all entries away."""

def stats() -> Stats:
    """Numbers of the whole store, the same in every process."""
