"""Covers what differs from run to run (moments, process numbers, ports), and nothing else."""

from __future__ import annotations

import re

_LOG_TIME = r"\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4}\]"
_ACCESS_TIME = (
    r"\[\d\d/(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\]"
)
_HTTP_DATE = (
    rb"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
    rb" \d{4} \d\d:\d\d:\d\d GMT"
)


def mask_log_line(line: str, master: int) -> str:
    """Covers the moment, the master's number, every other process's, and ports of loopback."""
    line = re.sub(rf"^{_LOG_TIME}", "[TIME]", line)
    line = re.sub(r"(?<=127\.0\.0\.1:)[1-9]\d*|(?<=\[::1\]:)[1-9]\d*", "PORT", line)
    line = re.sub(rf"(?<=[\[(:]){master}(?=[\])])|(?<=pid: ){master}\b", "MASTER", line)
    return re.sub(
        r"(?<=^\[TIME\] \[)\d+(?=\])|(?<=pid: )\d+\b|(?<=pid:)\d+(?=\))|(?<=<Worker )\d+(?=>)",
        "WORKER",
        line,
    )


def mask_access_time(line: str) -> str:
    return re.sub(_ACCESS_TIME, "[TIME]", line)


def mask_date(response: bytes) -> bytes:
    """Covers the Date field of a response, and only when it has the one form that is allowed."""
    return re.sub(rb"(?<=\r\nDate: )" + _HTTP_DATE + rb"(?=\r\n)", b"DATE", response)
