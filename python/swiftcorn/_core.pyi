"""The border between Python and Swift, typed."""

def main(arguments: list[str]) -> int:
    """Run the command line; `arguments[0]` is the program's name. Gives the exit status.

    Returns in the arbiter and in each forked worker: the caller hands the status to `sys.exit`.
    """

def attend(number: int) -> None:
    """Serve as the thread of that number until the worker ends."""

def signal_arrived() -> None:
    """Have the worker read the signals that have arrived; Python's signal handlers call it."""
