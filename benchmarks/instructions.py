"""Counts the instructions of one request, which repeat where times do not.

The server runs under callgrind with one worker and serves a few requests on one connection, then,
started again, many: the difference, divided, is one request, without the boot. Kernel
instructions are not counted.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from harness import client
from harness.callgrind import instructions_by_object
from harness.launch import clean_environment, free_port
from harness.place import BENCHMARKS, CHECKOUT

THRESHOLDS = BENCHMARKS / "thresholds.json"
CORE = "_core.abi3.so"
FEW, MANY = 500, 2500
BOOT_SECONDS_MAX = 120.0
STOP_SECONDS_MAX = 60.0


class CountError(Exception):
    """The instructions could not be counted."""


@dataclass(frozen=True)
class Count:
    """Instructions a request."""

    # In our own object: depends on our code and the compiler only.
    core: float
    # With the interpreter and the C library: comparable for one interpreter only.
    total: float
    by_object: dict[str, float]


def count(server: Path, module: str) -> Count:
    few, many = _profile(server, module, FEW), _profile(server, module, MANY)
    many.subtract(few)
    served = MANY - FEW
    by_object = {name: n / served for name, n in many.most_common() if n / served >= 1}
    return Count(many[CORE] / served, sum(many.values()) / served, by_object)


def _profile(server: Path, module: str, requests: int) -> Counter[str]:
    """Instructions by object of the whole process tree over one life with so many requests."""
    with tempfile.TemporaryDirectory(prefix="swiftcorn-instructions-") as name:
        directory, port = Path(name), free_port()
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={directory}/profile.%p"]
        command += [str(server.parent / "python"), str(server), "--bind", f"127.0.0.1:{port}"]
        # Under callgrind every call seems long: what the guard does then would be counted too.
        command += ["--no-guard-thread", "--workers", "1", f"{module}:application"]
        output = directory / "output"
        with output.open("wb") as file:
            process = subprocess.Popen(
                command,
                cwd=directory,
                env=clean_environment(directory),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            _ask(process, port, requests)
            process.terminate()
            process.wait(STOP_SECONDS_MAX)
        except (OSError, CountError, subprocess.TimeoutExpired) as error:
            raise CountError(f"{error}: {output.read_text(errors='replace')[-800:]}") from error
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        return sum((instructions_by_object(p) for p in directory.glob("profile.*")), Counter())


def _ask(process: subprocess.Popen[bytes], port: int, requests: int) -> None:
    request = client.request_bytes()
    client.wait_for_answer(
        port, request, BOOT_SECONDS_MAX, still_alive=lambda: process.poll() is None
    )
    bad = client.ask_many(port, request, requests, connections=1)
    if bad:
        raise CountError(f"{bad} requests were not answered with 200")


def interpreter_of(server: Path) -> str:
    command = [
        str(server.parent / "python"),
        "-c",
        "import platform as p; print(p.python_version())",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return f"CPython {done.stdout.strip()} {platform.machine()}"


def read_thresholds() -> dict[str, dict[str, float]]:
    thresholds: dict[str, dict[str, float]] = json.loads(THRESHOLDS.read_text())
    return thresholds


def write_threshold(module: str, found: Count, interpreter: str) -> None:
    thresholds = read_thresholds() if THRESHOLDS.exists() else {}
    entry = thresholds.setdefault(module, {})
    entry[f"core {platform.machine()}"] = round(found.core)
    entry[f"total on {interpreter}"] = round(found.total)
    THRESHOLDS.write_text(json.dumps(thresholds, indent=2) + "\n")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", type=Path, default=CHECKOUT / ".venv" / "bin" / "swiftcorn")
    parser.add_argument("--module", default="hello", help="application in benchmarks/apps")
    parser.add_argument("--write", action="store_true", help=f"write {THRESHOLDS.name}")
    options = parser.parse_args()
    server = options.server.absolute()
    try:
        found = count(server, options.module)
    except CountError as error:
        print(f"instructions: {error}", file=sys.stderr)
        return 1
    print(f"{options.module}: {found.total:.0f} instructions a request, {found.core:.0f} ours")
    for name, instructions in found.by_object.items():
        print(f"{instructions:12.1f}  {name}")
    if options.write:
        write_threshold(options.module, found, interpreter_of(server))
    return 0


if __name__ == "__main__":
    sys.exit(main())
