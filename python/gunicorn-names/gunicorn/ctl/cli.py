"""The `gunicornc` command."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
from collections.abc import Callable
from typing import Any

from swiftcorn import _control

from gunicorn import __version__
from gunicorn.ctl.client import ControlClient, ControlClientError, parse_command

Data = dict[str, Any]

EXAMPLES = """
Examples:
  gunicornc                      # Interactive mode (default socket)
  gunicornc -s /tmp/myapp.ctl    # Interactive mode with custom socket
  gunicornc -c "show workers"    # Single command mode
  gunicornc -c "worker add 2"    # Add 2 workers
  gunicornc -c "show stats" -j   # Output stats as JSON
        """


def main() -> int:
    parser = argparse.ArgumentParser(
        description="Gunicorn control interface",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=EXAMPLES,
    )
    parser.add_argument(
        "-s",
        "--socket",
        default=_control.default_path(),
        help="Control socket path (default: auto-detected based on "
        "XDG_RUNTIME_DIR or ~/.gunicorn/)",
    )
    parser.add_argument("-c", "--command", help="Execute single command and exit")
    parser.add_argument("-j", "--json", action="store_true", help="Output raw JSON (for scripting)")
    parser.add_argument("-v", "--version", action="store_true", help="Show version and exit")
    given = parser.parse_args()
    if given.version:
        print(f"gunicornc (gunicorn {__version__})")
        return 0
    path = os.path.join(os.getcwd(), given.socket)
    if given.command:
        return run_command(path, given.command, given.json)
    return run_interactive(path, given.json)


# Running.


def run_command(socket_path: str, command: str, json_output: bool = False) -> int:
    """Carry out one command; the status to exit with."""
    try:
        with ControlClient(socket_path) as client:
            print(_answer(client, command, json_output))
            return 0
    except ControlClientError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def run_interactive(socket_path: str, json_output: bool = False) -> int:
    """Carry out line after line; the status to exit with."""
    client = ControlClient(socket_path)
    try:
        client.connect()
    except ControlClientError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    print(f"Connected to {socket_path}")
    print("Type 'help' for available commands, 'quit' to exit.\n")
    remember = _history()
    try:
        return _converse(client, json_output)
    except KeyboardInterrupt:
        print()
        return 130
    finally:
        client.close()
        remember()


def _converse(client: ControlClient, json_output: bool) -> int:
    while True:
        try:
            line = input("gunicorn> ").strip()
        except EOFError:
            print()
            return 0
        if line.lower() in ("quit", "exit", "q"):
            return 0
        if not line:
            continue
        try:
            print(_answer(client, line, json_output))
        except ControlClientError as error:
            print(f"Error: {error}")
            client.close()
            try:
                client.connect()
            except ControlClientError:
                print("Connection lost. Exiting.")
                return 1
        print()


def _history() -> Callable[[], None]:
    """Lines of former times, where the interpreter can keep them; called, it keeps today's."""
    try:
        import readline
    except ImportError:
        return lambda: None
    path = os.path.expanduser("~/.gunicornc_history")

    def remember() -> None:
        # A home that cannot be written is no reason to fail.
        with contextlib.suppress(OSError):
            readline.write_history_file(path)

    with contextlib.suppress(OSError):
        readline.read_history_file(path)
    return remember


def _answer(client: ControlClient, line: str, json_output: bool) -> str:
    command, arguments = parse_command(line)
    data = client.send_command(" ".join([command, *arguments]).strip())
    return json.dumps(data, indent=2) if json_output else format_response(command, data)


# Showing.


def format_response(command: str, data: Data) -> str:
    """The answer to a command, for people."""
    formats: dict[str, Callable[[Data], str]] = {
        "show all": format_all,
        "show workers": format_workers,
        "show dirty": format_dirty,
        "show stats": format_stats,
        "show listeners": format_listeners,
        "show config": format_config,
        "help": format_help,
    }
    known = formats.get(command.lower().strip())
    if known:
        return known(data)
    return json.dumps(data, indent=2) if data else "OK"


def _beat(process: Data) -> str:
    beat = process.get("last_heartbeat")
    return "n/a" if beat is None else f"{beat}s ago"


def _row(*cells: tuple[Any, int], last: Any = "") -> str:
    return " ".join([*(f"{cell!s:<{width}}" for cell, width in cells), str(last)])


def _worker(one: Data) -> str:
    booted = "yes" if one.get("booted") else "no"
    return _row((one.get("pid", "?"), 10), (one.get("age", "?"), 6), (booted, 8), last=_beat(one))


_WORKER_HEAD = _row(("PID", 10), ("AGE", 6), ("BOOTED", 8), last="LAST_BEAT")


def format_workers(data: Data) -> str:
    workers = data.get("workers", [])
    if not workers:
        return "No workers running"
    rows = [_worker(one) for one in workers]
    total = f"Total: {data.get('count', len(workers))} workers"
    return "\n".join([_WORKER_HEAD, "-" * 40, *rows, "", total])


def format_dirty(data: Data) -> str:
    if not data.get("enabled"):
        return "Dirty arbiter not running"
    lines = [f"Dirty arbiter PID: {data.get('pid')}", ""]
    if workers := data.get("workers", []):
        head = _row(("PID", 10), ("AGE", 6), ("APPS", 30), last="LAST_BEAT")
        lines += ["DIRTY WORKERS:", head, "-" * 60]
        for one in workers:
            apps = ", ".join(one.get("apps", []))[:30]
            pid, age = one.get("pid", "?"), one.get("age", "?")
            lines.append(_row((pid, 10), (age, 6), (apps, 30), last=_beat(one)))
        lines.append("")
    if apps := data.get("apps", []):
        head = _row(("APP", 30), ("WORKERS", 10), last="LIMIT")
        lines += ["DIRTY APPS:", head, "-" * 50]
        for app in apps:
            path, limit = app.get("import_path", "?")[:30], app.get("worker_count")
            count = app.get("current_workers", 0)
            shown = "none" if limit is None else limit
            lines.append(_row((path, 30), (count, 10), last=shown))
    return "\n".join(lines)


def format_stats(data: Data) -> str:
    rows = [
        ("Uptime:", _uptime(data.get("uptime"))),
        ("PID:", data.get("pid", "unknown")),
        ("Workers current:", data.get("workers_current", 0)),
        ("Workers target:", data.get("workers_target", 0)),
        ("Workers spawned:", data.get("workers_spawned", 0)),
        ("Workers killed:", data.get("workers_killed", 0)),
        ("Reloads:", data.get("reloads", 0)),
    ]
    if dirty := data.get("dirty_arbiter_pid"):
        rows.append(("Dirty arbiter:", dirty))
    return "\n".join(f"{name:<17} {value}" for name, value in rows)


def _uptime(seconds: float | None) -> str:
    if not seconds:
        return "unknown"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}h {minutes}m {rest}s"
    return f"{minutes}m {rest}s" if minutes else f"{rest}s"


def format_listeners(data: Data) -> str:
    listeners = data.get("listeners", [])
    if not listeners:
        return "No listeners bound"
    lines = [_row(("ADDRESS", 40), ("TYPE", 8), last="FD"), "-" * 55]
    for one in listeners:
        address, kind = one.get("address", "?"), one.get("type", "?")
        lines.append(_row((address, 40), (kind, 8), last=one.get("fd", "?")))
    total = f"Total: {data.get('count', len(listeners))} listeners"
    return "\n".join([*lines, "", total])


def format_config(data: Data) -> str:
    def shown(value: Any) -> str:
        return ", ".join(map(str, value)) if isinstance(value, list) else str(value)

    return "\n".join(f"{name}: {shown(data[name])}" for name in sorted(data))


def format_help(data: Data) -> str:
    commands = data.get("commands", {})
    width = max(map(len, commands), default=0) + 2
    lines = [f"  {command:<{width}} {commands[command]}" for command in sorted(commands)]
    return "\n".join(["Available commands:", "", *lines])


def format_all(data: Data) -> str:
    lines = ["ARBITER (master)", f"  PID: {data.get('arbiter', {}).get('pid', '?')}", ""]
    lines.append(f"WEB WORKERS ({data.get('web_worker_count', 0)})")
    if workers := data.get("web_workers", []):
        lines += ["  " + _WORKER_HEAD, "  " + "-" * 38]
        lines += ["  " + _worker(one) for one in workers]
    else:
        lines.append("  (none)")
    lines += ["", "DIRTY ARBITER"]
    dirty = data.get("dirty_arbiter")
    if not dirty:
        return "\n".join([*lines, "  (not running)"])
    lines += [f"  PID: {dirty.get('pid', '?')}", ""]
    lines.append(f"DIRTY WORKERS ({data.get('dirty_worker_count', 0)})")
    workers = data.get("dirty_workers", [])
    if not workers:
        return "\n".join([*lines, "  (none)"])
    lines += ["  " + _row(("PID", 10), ("AGE", 6), last="APPS"), "  " + "-" * 50]
    for one in workers:
        apps = [app.split(":")[-1] for app in one.get("apps", [])] or ["(no apps)"]
        pid, age = one.get("pid", "?"), one.get("age", "?")
        lines.append("  " + _row((pid, 10), (age, 6), last=apps[0]))
        lines += ["  " + _row(("", 10), ("", 6), last=app) for app in apps[1:]]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
