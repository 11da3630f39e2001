"""The border between Python and Swift, typed."""

from typing import Any, TypedDict

from swiftcorn._hooks import Supervision

class SettingRow(TypedDict):
    """One row of the server's table of settings."""

    name: str
    section: str
    flags: list[str]
    metavar: str | None
    kind: str
    arity: int
    """Of a hook: how many arguments; -1 for `post_request`, which takes two to four."""
    shown_as: str
    """Of a hook: the name of the one that does nothing."""
    default: Any
    summary: str
    details: str

def main(arguments: list[str]) -> int:
    """Run the command line; `arguments[0]` is the program's name. Gives the exit status.

    Returns in the arbiter and in each forked worker: the caller hands the status to `sys.exit`.
    """

def serve(supervision: Supervision) -> int:
    """Serve a custom application; gives the exit status, as `main` does."""

def attend(number: int) -> None:
    """Serve as the thread of that number until the worker ends."""

def signal_arrived() -> None:
    """Have the worker read the signals that have arrived; Python's signal handlers call it."""

def settings_table() -> list[dict[str, Any]]:
    """Every setting as a `SettingRow`, in the order of declaration."""

def log_descriptor() -> int:
    """The descriptor that the error log is written to; standard error before there is one.

    Negative where the log is entries of a journal.
    """

def log(level: int, text: str) -> None:
    """Write to the error log, at one of the levels of `logging`."""

def reopen_logs() -> None:
    """Open this process's log files again."""

def notify() -> None:
    """Show that this worker lives."""

def announce_ready() -> None:
    """Tell the arbiter that this worker serves."""

def last_heartbeat(pid: int) -> float:
    """When a worker last showed that it lives: seconds on the monotonic clock, 0.0 for never."""

def run_served_worker(application: Any) -> int:
    """Serve in this worker by the core's own loop; the status to end with."""
