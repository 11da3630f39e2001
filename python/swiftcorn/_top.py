"""`swiftcorn ctl top`: the server on the whole terminal, drawn anew each second."""

from __future__ import annotations

import os
import select
import signal
import sys
import termios
import time
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from swiftcorn import _control, _ctl

# The other screen, without a cursor; and back again.
ENTER = "\x1b[?1049h\x1b[?25l"
LEAVE = "\x1b[?25h\x1b[?1049l"
HOME, TO_LINE_END, TO_SCREEN_END = "\x1b[H", "\x1b[K", "\x1b[J"
BOLD, REVERSE, PLAIN = "\x1b[1m", "\x1b[7m", "\x1b[0m"

#: Seconds between two pictures at least.
SHORTEST = 0.1


def run(path: str, interval: float) -> int:
    """Show the server until somebody presses q; the status to exit with."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return _ctl.failed("top needs a terminal; `swiftcorn ctl status --json` is for scripts")
    client = _control.Client(path, timeout=5)
    status = client.ask("status")
    rates = Rates()
    with whole_terminal():
        while True:
            draw(picture(status, rates.of(status)))
            if wants_to_leave(max(interval, SHORTEST)):
                break
            status = next_status(client, status)
    client.close()
    return 0


def next_status(client: _control.Client, former: dict[str, Any]) -> dict[str, Any]:
    """How it is now; where nobody answers, how it was, and that."""
    try:
        return client.ask("status")
    except _control.Unreachable:
        # A reload replaces the process that answers, so the next attempt may find it.
        return {**former, "state": "no answer"}


@contextmanager
def whole_terminal() -> Iterator[None]:
    """Keys one by one and the other screen; whatever happens, all is as before afterwards."""
    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    # INT as well, which a shell may have had us ignore.
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, leave)
    try:
        tty.setcbreak(descriptor)
        write(ENTER)
        yield
    finally:
        write(LEAVE)
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def leave(number: int, frame: object) -> None:
    """A signal ends the view as a key does, with the status that shells give such an end."""
    sys.exit(128 + number)


def write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def wants_to_leave(seconds: float) -> bool:
    """Waits for the next picture, or for a key."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        readable, _, _ = select.select([sys.stdin], [], [], left)
        if readable:
            keys = os.read(sys.stdin.fileno(), 64)
            # Nothing at all is a terminal that is gone.
            if not keys or b"q" in keys.lower() or b"\x03" in keys:
                return True
    return False


def draw(lines: list[str]) -> None:
    """The lines on the screen, over what was there: clearing it first would flicker."""
    size = os.get_terminal_size(sys.stdout.fileno())
    shown = [fitting(line, size.columns) for line in lines[: size.lines]]
    write(HOME + "\r\n".join(line + TO_LINE_END for line in shown) + TO_SCREEN_END)


def fitting(line: str, columns: int) -> str:
    """The line cut to the screen, with nothing in it that could move the cursor."""
    style = next((one for one in (BOLD, REVERSE) if line.startswith(one)), "")
    text = "".join(sign if sign.isprintable() else "?" for sign in line.removeprefix(style))
    text = text[:columns]
    return style + text.ljust(columns if style == REVERSE else 0) + PLAIN if style else text


class Rates:
    """How much more there is than there was in the picture before."""

    def __init__(self) -> None:
        self.former: tuple[float, dict[str, float]] | None = None

    def of(self, status: dict[str, Any]) -> dict[str, float]:
        totals = status["totals"]
        counts = {
            "requests": totals["requests"],
            "errors": totals["responses"]["5xx"],
            "received": totals["received_bytes"],
            "sent": totals["sent_bytes"],
            "cpu": sum(one["cpu_seconds"] for one in status["workers"]),
        }
        former, self.former = self.former, (status["time"], counts)
        passed = status["time"] - former[0] if former else 0.0
        if former is None or passed <= 0:
            return dict.fromkeys(counts, 0.0)
        # A worker that has gone takes its CPU time along.
        return {name: max(0.0, (counts[name] - former[1][name]) / passed) for name in counts}


def picture(status: dict[str, Any], rates: dict[str, float]) -> list[str]:
    """All lines; the first of the table stands out."""
    server, totals = status["server"], status["totals"]
    ready = _ctl.reason_of(status["ready"]) or "ready"
    connections = ", ".join(f"{n} {name}" for name, n in totals["connections"].items() if n)
    samples = status["history"]["samples"]
    last = samples[-1] if samples else {}
    latency = ", ".join(
        f"{name} {last.get(f'{name}_seconds', 0) * 1000:.1f} ms" for name in ("p50", "p95", "p99")
    )
    lines = [
        f"{BOLD}{server['application'] or server['name']}  {status['state']}, {ready}",
        f"master {server['pid']}, {', '.join(server['addresses'])}",
        "",
        f"requests     {rates['requests']:.1f}/s, {rates['errors']:.1f}/s with 5xx; "
        f"{totals['requests']} in all",
        f"latency      {latency}",
        f"now          {totals['in_flight']} in flight, {totals['queued']} queued"
        + (f"; {connections}" if connections else ""),
        f"transfer     {rates['received'] / 1024:.1f} KiB/s in, {rates['sent'] / 1024:.1f} out",
        f"processors   {rates['cpu']:.2f}",
        f"workers      {len(status['workers'])} of {status['workers_wanted']}, "
        f"{status['reloads']} reloads",
        "",
    ]
    table = _ctl.worker_lines(status)
    return [*lines, REVERSE + table[0], *table[1:], "", "q leaves"]
