"""The settings of both servers, side by side."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from .server import GUNICORN, SWIFTCORN, clean_environment, command_of, interpreter_of

ORACLE = Path(__file__).with_name("argument_oracle.py")

# Settings that only we have; docs/compatibility.md, row own-settings.
OWN = ("health_bind", "http_strict", "real_ip_header", "server_header")


class Oracle:
    """The real Gunicorn, kept running so that it can be asked about many command lines."""

    def __init__(self, directory: Path) -> None:
        python = shutil.which(interpreter_of(GUNICORN))
        if python is None:
            pytest.skip("the real Gunicorn is not installed")
        program = Path(command_of(SWIFTCORN)[0]).name
        environment = clean_environment(directory)
        environment.pop("PYTHONPATH", None)
        self.process = subprocess.Popen(
            [python, str(ORACLE), program],
            cwd=directory, env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )
        self.table: list[dict[str, Any]] = self._read()

    def _read(self) -> Any:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "Gunicorn's process has ended"
        return json.loads(line)

    def ask(self, *arguments: str) -> dict[str, Any]:
        """What becomes of a command line."""
        return self._exchange(arguments)

    def ask_with(self, variable: str, *arguments: str) -> dict[str, Any]:
        """What becomes of a command line with that text in GUNICORN_CMD_ARGS."""
        return self._exchange({"arguments": arguments, "variable": variable})

    def verdicts(self, value: object) -> dict[str, Any]:
        """What each setting makes of a value: a text to be shown, or a list of its complaint."""
        return self._exchange({"value": repr(value)})

    def complaints(self, value: object) -> dict[str, str | None]:
        """What each setting says against a value, None where it takes it."""
        verdicts = self.verdicts(value)
        return {name: one[0] if isinstance(one, list) else None for name, one in verdicts.items()}

    def _exchange(self, question: object) -> dict[str, Any]:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = self._read()
        return answer

    def close(self) -> None:
        self.process.communicate()


def without_own(listing: str) -> str:
    """A --print-config listing without the lines of settings that only we have."""
    names = "|".join(OWN)
    return re.sub(rf"(?m)^(?:{names}) += .*\n", "", listing)


def without_explanation(text: str) -> str:
    """What Gunicorn says too, of what we say against a setting; row explained-settings."""
    text = re.sub(r"(?m)^\w+ \(.*\) takes .*\.\n", "", text)
    return text.replace("This stands in GUNICORN_CMD_ARGS.\n", "")


def without_origins(text: str) -> str:
    """Standard error of --print-config without where the values came from; row value-origins."""
    return re.sub(r"(?m)^\w+ +from .*\n", "", text)


def run_swiftcorn(
    directory: Path, *arguments: str, variable: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs our command as the oracle was asked; quicker than a whole server under test."""
    extra = {} if variable is None else {"GUNICORN_CMD_ARGS": variable}
    return subprocess.run(
        [*command_of(SWIFTCORN), *arguments], cwd=directory, check=False,
        env=clean_environment(directory, extra), capture_output=True, text=True, timeout=60,
    )


def help_entries(text: str) -> list[tuple[str, str]]:
    """The options of a --help on a very wide terminal: each one's flags and its default."""
    entries = []
    for entry in re.split(r"(?m)^  (?=-)", text)[1:]:
        flags = re.split(r"\s{2,}|\n", entry)[0]
        default = re.search(r" (\[.*\])$", entry.rstrip("\n"))
        entries.append((flags, default.group(1) if default else ""))
    return entries


def same_user_directory(path: Path) -> Path:
    """The folder as the kernel names it, which is how both servers name it."""
    return Path(os.path.realpath(path))
