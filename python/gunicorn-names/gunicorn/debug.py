"""Tracing every line that is executed (`--spew`)."""

from __future__ import annotations

import linecache
import sys
from collections.abc import Iterable
from types import FrameType
from typing import Any

__all__ = ["Spew", "spew", "unspew"]


class Spew:
    """A trace function that prints each line as it runs.

    `trace_names` limits it to modules of those names; `show_values` adds what the names in the
    line stand for.
    """

    def __init__(self, trace_names: Iterable[str] | None = None, show_values: bool = True) -> None:
        self.trace_names = trace_names
        self.show_values = show_values

    def __call__(self, frame: FrameType, event: str, arg: Any) -> Spew:
        if event == "line":
            self._line(frame)
        return self

    def _line(self, frame: FrameType) -> None:
        code = frame.f_code
        module = frame.f_globals.get("__name__", "[unknown]")
        if self.trace_names is not None and module not in self.trace_names:
            return
        line = linecache.getline(code.co_filename, frame.f_lineno).rstrip()
        print(f"{module}:{frame.f_lineno}: {line}")
        if not self.show_values:
            return
        values = [
            f"{name}={frame.f_locals[name]!r}"
            for name in dict.fromkeys(code.co_names + code.co_varnames)
            if name in frame.f_locals
        ]
        if values:
            print("\t" + " ".join(values))


def spew(trace_names: Iterable[str] | None = None, show_values: bool = False) -> None:
    """Trace this thread from here on."""
    sys.settrace(Spew(trace_names, show_values))


def unspew() -> None:
    sys.settrace(None)
