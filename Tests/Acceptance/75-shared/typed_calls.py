"""Calls of `swiftcorn.shared` as a type checker sees them (`make lint` runs one)."""

from __future__ import annotations

from swiftcorn import shared

found: bytes | str | int | float | None = shared.get("key")
listed: bytes | str | int | float | list[str] = shared.get(b"key", [""])
visits: int = shared.incr("visits", delta=-1, initial=5, ttl=60)
was_there: list[bool] = [
    shared.add("key", 1.5),
    shared.compare_and_set("key", None, b"", ttl=0.5),
    shared.touch("key"),
    shared.delete("key"),
]
entries: int = shared.stats()["entries"]

# Each of these has to be refused: an ignored error that does not occur is one.
wrong: str = shared.get("key")  # type: ignore[assignment]
shared.set("key", object())  # type: ignore[arg-type]
shared.set("key", "value", ttl="1")  # type: ignore[arg-type]
shared.get(1)  # type: ignore[call-overload]
shared.stats()["none"]  # type: ignore[typeddict-item]
