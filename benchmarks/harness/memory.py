"""The memory of a server: proportional set size, summed over its processes."""

from __future__ import annotations

from pathlib import Path


def proportional_set_kib(processes: list[int]) -> int:
    """Pages shared by n processes count 1/n in each, so the sum is what the machine gave."""
    total = 0
    for process in processes:
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1])
    return total
