"""`swiftcorn ctl`: looks at a running server, and has it do something."""

from __future__ import annotations

import argparse
import http.client
import json
import os
import shlex
import socket
import sys
from typing import Any

from swiftcorn import _control

LEVELS = ("debug", "info", "warning", "error", "critical")

#: Seconds that a probe may take: less than what those wait who ask for one.
PATIENCE = 4.0


def main(arguments: list[str]) -> int:
    """Carry out one command; the status to exit with."""
    given = parser().parse_args(arguments)
    given.socket = given.socket or control_path()
    try:
        if given.command == "health":
            return health(given)
        if given.command == "top":
            from swiftcorn import _top

            return _top.run(given.socket, given.interval)
        with _control.Client(given.socket) as client:
            return one(client, given)
    except _control.Refused as error:
        return failed(str(error))
    except _control.Unreachable as error:
        return failed(f"{error}. Is the server running with --control-socket {given.socket}?")
    except KeyboardInterrupt:
        return 130


def failed(sentence: str) -> int:
    print(f"swiftcorn ctl: {sentence}", file=sys.stderr)
    return 1


def parser() -> argparse.ArgumentParser:
    whole = argparse.ArgumentParser(
        prog="swiftcorn ctl", description="Look at a running server, and have it do something."
    )
    whole.add_argument(
        "-s", "--socket", metavar="PATH", help="the server's control socket (default: its default)"
    )
    commands = whole.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, what: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=what, description=what)

    status = command("status", "the server in a few lines, or all of /status.json")
    status.add_argument("--json", action="store_true", help="for scripts")
    workers = command("workers", "the workers, oldest first")
    workers.add_argument("--json", action="store_true", help="for scripts")
    command("reload", "reload, as HUP does")
    scale = command("scale", "have N workers")
    scale.add_argument("count", metavar="N", type=int)
    level = command("log-level", "another level of the error log, until the next reload")
    level.add_argument("level", metavar="LEVEL", choices=LEVELS, help=", ".join(LEVELS))
    command("drain", "stop gracefully, as TERM does")
    top = command("top", "a view of the whole terminal; q ends it")
    top.add_argument("--interval", type=float, default=1.0, metavar="SECONDS")
    health = command("health", "exit with 0 when the server is ready, with 1 when it is not")
    health.add_argument(
        "--live", action="store_true", help="whether it has started and lives, busy or not"
    )
    health.add_argument(
        "--bind", metavar="ADDRESS", help="the server's health address (default: GUNICORN_* say)"
    )
    return whole


# Where the server is.


def told(setting: str) -> str | None:
    """What the environment of a container tells server and probe alike: a variable, or the
    option in GUNICORN_CMD_ARGS."""
    option = "--" + setting.replace("_", "-")
    try:
        words = shlex.split(os.environ.get("GUNICORN_CMD_ARGS", ""))
    except ValueError:
        words = []
    for word, following in zip(words, [*words[1:], ""], strict=False):
        if word.startswith(option + "="):
            return word.partition("=")[2]
        if word == option and following:
            return following
    return os.environ.get("GUNICORN_" + setting.upper()) or None


def control_path() -> str:
    return told("control_socket") or _control.default_path()


# The commands.


def one(client: _control.Client, given: argparse.Namespace) -> int:
    if given.command == "status":
        status = client.ask("status")
        show(status, given.json, status_lines)
    elif given.command == "workers":
        status = client.ask("status")
        show({"workers": status["workers"]}, given.json, worker_lines)
    elif given.command == "reload":
        client.ask("reload")
        print("reloading")
    elif given.command == "scale":
        answer = client.ask("scale", [given.count])
        print(f"{answer['total']} workers wanted, {answer['previous']} before")
    elif given.command == "log-level":
        print(f"log level {client.ask('log-level', [given.level])['level']}")
    else:
        client.ask("drain")
        print("draining")
    return 0


def show(document: dict[str, Any], as_json: bool, lines: Any) -> None:
    print(json.dumps(document, indent=2) if as_json else "\n".join(lines(document)))


def status_lines(status: dict[str, Any]) -> list[str]:
    """The server in a few lines."""
    server, totals = status["server"], status["totals"]
    ready = reason_of(status["ready"]) or "ready"
    wanted = status["workers_wanted"]
    booted = sum(one["state"] == "ready" for one in status["workers"])
    responses = totals["responses"]
    answered = ", ".join(f"{count} {name}" for name, count in responses.items() if count)
    lines = [
        f"{server['application'] or server['name']}: {status['state']}, {ready}",
        f"master    {server['pid']}, gunicorn {server['gunicorn']} (swiftcorn {server['version']})",
        f"address   {', '.join(server['addresses'])}",
        f"workers   {booted} of {wanted} ({server['worker_class']})",
        f"requests  {totals['requests']}" + (f": {answered}" if answered else ""),
        f"now       {totals['in_flight']} in flight, {totals['queued']} queued",
        f"reloads   {status['reloads']}" + (", the last failed" * status["reload_failed"]),
    ]
    return lines


def reason_of(checks: dict[str, Any]) -> str:
    """Why not; nothing where all is well."""
    faults = [one.get("reason", one["name"]) for one in checks["checks"] if not one["ok"]]
    return f"not ready: {faults[0]}" if faults else ""


COLUMNS = ("PID", "AGE", "STATE", "UP", "REQUESTS", "IN FLIGHT", "LONGEST", "MEMORY", "CPU")


def worker_lines(document: dict[str, Any]) -> list[str]:
    """The workers as a table."""
    rows = [COLUMNS] + [
        (
            str(one["pid"]),
            str(one["age"]),
            one["state"],
            duration(one["uptime_seconds"]),
            str(one["requests"]),
            str(one["in_flight"]),
            duration(one["oldest_request_seconds"]) if one["in_flight"] else "-",
            memory(one["memory_bytes"]),
            f"{one['cpu_seconds']:.1f}s",
        )
        for one in document["workers"]
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f}s"
    minutes, hours = int(seconds // 60), int(seconds // 3600)
    if hours >= 24:
        return f"{hours // 24}d{hours % 24:02}h"
    return f"{hours}h{minutes % 60:02}m" if hours else f"{minutes}m{int(seconds % 60):02}s"


def memory(count: int | None) -> str:
    return "-" if count is None else f"{count / 1024 / 1024:.1f}M"


# Health.


def health(given: argparse.Namespace) -> int:
    """Ask the health address where there is one, else the control socket; say one sentence."""
    address = given.bind or told("health_bind")
    is_good, sentence = (
        asked_address(address, given.live) if address else asked_socket(given.socket, given.live)
    )
    print(sentence)
    return 0 if is_good else 1


def asked_address(address: str, live: bool) -> tuple[bool, str]:
    reason, is_good = "", True
    for path in ("/startupz", "/livez") if live else ("/readyz",):
        link = connection_to(address)
        try:
            link.request("GET", path)
            answer = link.getresponse()
            reason = answer.read(4096).decode("utf-8", "replace").strip()
        except (OSError, http.client.HTTPException) as error:
            return False, f"no answer from {address}: {error}"
        finally:
            link.close()
        is_good = answer.status == 200
        if not is_good:
            break
    return verdict(is_good, reason, live)


def connection_to(address: str) -> http.client.HTTPConnection:
    """To where the server listens; where that is every address, to this machine's own."""
    if address.startswith("unix:"):
        return UnixConnection(address.removeprefix("unix:").removeprefix("//"))
    host, _, port = address.rpartition(":")
    host = host.removeprefix("tcp://").strip("[]")
    loopback = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}
    if not port.isdigit():
        host, port = host or port, "8000"
    return http.client.HTTPConnection(loopback.get(host, host), int(port), timeout=PATIENCE)


class UnixConnection(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=PATIENCE)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(PATIENCE)
        self.sock.connect(self.path)


def asked_socket(path: str, live: bool) -> tuple[bool, str]:
    try:
        with _control.Client(path, PATIENCE) as client:
            answers = client.ask("health")
            names = ("started", "live") if live else ("ready",)
            faults = [answers[one]["reason"] for one in names if not answers[one]["ok"]]
    except (_control.Unreachable, _control.Refused) as error:
        return False, str(error)
    return verdict(not faults, faults[0] if faults else "ok", live)


def verdict(is_good: bool, reason: str, live: bool) -> tuple[bool, str]:
    word = "live" if live else "ready"
    return is_good, word if is_good else f"not {word}: {reason}"
