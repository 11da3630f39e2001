"""Starts one server on its core, and makes sure that nothing of it is left afterwards."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType

from harness import accounting
from harness.place import python_path, without_host_paths
from harness.servers import Application, Server, Start, Variant

STOP_SECONDS = 5.0
# The shell enrols itself before it becomes the server, so not one instruction goes uncounted.
ENROL = 'test -z "$1" || echo $$ > "$1"; shift; exec "$@"'


class LaunchError(Exception):
    """The server did not start, or died."""


class RunningServer:
    """A server from its start to the end of its last process."""

    def __init__(
        self, server: Server, application: Application, variant: Variant, core: int
    ) -> None:
        self.server = server
        self.directory = Path(tempfile.mkdtemp(prefix="swiftcorn-bench-"))
        # nginx's worker runs as another user and has to read its files here.
        self.directory.chmod(0o755)
        self.port = free_port()
        self.meter = accounting.new_meter(server.key + variant.suffix)
        start = Start(application, variant, self.port, self.directory)
        command = ["taskset", "-c", str(core), *server.command(server, start)]
        self.output = self.directory / "output"
        self.started = time.perf_counter()
        with self.output.open("wb") as output:
            enrolment = str(self.meter.enrolment or "")
            self.process = subprocess.Popen(
                ["sh", "-c", ENROL, "sh", enrolment, *command],
                cwd=self.directory,
                env=clean_environment(self.directory),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.meter.adopt(self.process.pid)

    def __enter__(self) -> RunningServer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def is_alive(self) -> bool:
        return self.process.poll() is None

    def check_alive(self) -> None:
        if not self.is_alive():
            raise LaunchError(f"exited with {self.process.returncode}: {self.last_words()}")

    def last_words(self) -> str:
        """The end of what the server wrote, for the report of a failed row."""
        lines = self.output.read_text(errors="replace").strip().splitlines()
        text = " / ".join(lines[-3:]).replace(str(self.directory), "")
        return without_host_paths(text)[-400:]

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        while self._processes() and time.monotonic() < deadline:
            self.process.poll()
            time.sleep(0.01)
        while stragglers := self._processes():
            for process in stragglers:
                _kill(process)
            self.process.poll()
            time.sleep(0.01)
        self.process.wait()
        self.meter.close()
        shutil.rmtree(self.directory, ignore_errors=True)

    def _processes(self) -> list[int]:
        return self.meter.processes()


def _kill(process: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def clean_environment(home: Path) -> dict[str, str]:
    """The same for every server, and nothing of ours in it."""
    return {
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "PATH": os.environ["PATH"],
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": python_path(),
    }
