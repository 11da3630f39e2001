"""The border between Python and Swift, typed."""

from typing import Any, TypedDict

from swiftcorn._hooks import Supervision

class RequestCall:
    """One request while the methods of a worker's class answer it; RuntimeError afterwards."""

    def run(self, application: Any, environ: dict[str, Any]) -> None:
        """Have the application answer; what it raises comes out."""

    def fail(self, error: BaseException) -> None:
        """Log what went wrong, and answer with 500 where nothing was sent."""

    def outcome(self) -> list[Any]:
        """What was answered, as `Supervision.post_request` takes it."""

    def listener(self) -> int:
        """The descriptor of the listener that the request came in by."""

    def socket(self) -> int:
        """A descriptor of the connection, which the caller owns."""

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

def log(level: int, text: str) -> None:
    """Write to the error log, at a level of the `logging` module."""

def log_descriptor() -> int:
    """The descriptor that the error log is written to; standard error before there is one.

    Negative where the log is records: JSON, or entries of a journal.
    """

def reopen_logs() -> None:
    """Open this process's log files again."""

def notify() -> None:
    """Show that this worker lives."""

def announce_ready() -> None:
    """Tell the arbiter that this worker serves."""

def health_check(step: int) -> bool:
    """Tell of the application's own check: 0 asks for a turn, 1 it passed, 2 it failed."""

def last_heartbeat(pid: int) -> float:
    """When a worker last showed that it lives: seconds on the monotonic clock, 0.0 for never."""

def run_served_worker(application: Any) -> int:
    """Serve in this worker by the core's own loop; the status to end with."""
