"""Reads callgrind's profiles: how many instructions were executed in which file of code."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

NAMED = re.compile(r"(c?ob)=\((\d+)\)(?: (.*))?")
COST = re.compile(r"(?:[+-]?\d+|\*) (\d+)")


def instructions_by_object(profile: Path) -> Counter[str]:
    """Instructions of one process by the name of the executable or library they belong to.

    The line after `calls=` holds the cost of the callee, which the callee's own lines tell again.
    """
    names: dict[str, str] = {}
    counts: Counter[str] = Counter()
    current, is_callee_cost, summary = "unknown", False, None
    with profile.open(errors="replace") as lines:
        for line in lines:
            if found := NAMED.match(line):
                kind, key, name = found.groups()
                if name:
                    names[key] = Path(name.strip()).name
                if kind == "ob":
                    current = names[key]
            elif line.startswith("calls="):
                is_callee_cost = True
            elif line.startswith("totals:"):
                summary = int(line.split()[1])
            elif found := COST.match(line):
                if not is_callee_cost:
                    counts[current] += int(found[1])
                is_callee_cost = False
    if sum(counts.values()) != summary:
        raise ValueError(f"{profile.name}: read {counts.total()} of {summary} instructions")
    return counts
