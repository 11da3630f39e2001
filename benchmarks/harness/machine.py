"""What a reader of the report has to know of the machine, without its paths or names."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import time
from pathlib import Path

from harness.place import CHECKOUT
from harness.servers import Server


def facts() -> dict[str, str]:
    return {
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "commit": _output(["git", "-C", str(CHECKOUT), "rev-parse", "--short", "HEAD"]),
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "kernel": f"{platform.system()} {platform.release()}",
        "system": platform.freedesktop_os_release().get("PRETTY_NAME", "unknown"),
        "load generator": _first_match(r"(\d[\w.]*)", _output(["wrk", "-v"]), "wrk "),
    }


def version(server: Server) -> str:
    """The server's version and, where Python runs inside, the interpreter's."""
    if server.distribution:
        code = (
            "import importlib.metadata as m, platform as p;"
            f"print(m.version({server.distribution!r}), 'on CPython', p.python_version())"
        )
        text = _output([str(server.interpreter), "-c", code])
        return "unknown" if "Traceback" in text else text
    if server.key == "nginx":
        return _first_match(r"nginx/([\d.]+)", _output([str(server.executable), "-v"]))
    return "this checkout"


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _output(command: list[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return "unknown"
    # wrk says its version with a failure's status, so the status means nothing here.
    return (done.stdout + done.stderr).strip()


def _first_match(pattern: str, text: str, prefix: str = "") -> str:
    found = re.search(pattern, text)
    return prefix + found[1] if found else "unknown"
