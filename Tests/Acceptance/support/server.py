"""The server under test: started, asked, signalled, stopped, and nothing of it left behind."""

from __future__ import annotations

import os
import re
import shlex
import signal
import socket
import subprocess
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from . import processes
from .client import Address, Connection, Fields, Response, request_bytes
from .deadline import wait_until, wait_until_process_ends
from .masks import mask_log_line
from .stream import Stream

REPOSITORY = Path(__file__).resolve().parents[3]
APPLICATIONS = Path(__file__).resolve().parents[1] / "applications"

GUNICORN = "gunicorn"
SWIFTCORN = "swiftcorn"
DEFAULT_COMMANDS = {
    GUNICORN: str(REPOSITORY / ".venv-oracle/bin/gunicorn"),
    SWIFTCORN: str(REPOSITORY / ".venv/bin/swiftcorn"),
}


def command_of(kind: str) -> list[str]:
    return shlex.split(os.environ.get(f"{kind.upper()}_COMMAND") or DEFAULT_COMMANDS[kind])


def interpreter_of(kind: str) -> str:
    """The Python that runs the server: it stands beside the server's own script."""
    return str(Path(command_of(kind)[0]).with_name("python"))


def free_port() -> int:
    """A port nobody listens on, for the tests that have to name one beforehand."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def clean_environment(directory: Path, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Nothing of the caller's settings reaches the server; its home is in the directory."""
    home, temporary = directory / "home", directory / "tmp"
    home.mkdir(exist_ok=True)
    temporary.mkdir(exist_ok=True)
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "TMPDIR": str(temporary),
        "LANG": "C.UTF-8",
        "COLUMNS": "80",
        # What is done by default must not depend on the machine of the tests.
        "SWIFTCORN_CONTAINER": "yes",
        "PYTHONPATH": str(APPLICATIONS),
        "PYTHONDONTWRITEBYTECODE": "1",
        **(extra or {}),
    }


@dataclass(frozen=True)
class Finished:
    """A command that has come to its end by itself."""

    status: int
    out: str
    err: str


def run(
    kind: str,
    *arguments: str,
    directory: Path,
    environment: Mapping[str, str] | None = None,
    seconds: float | None = None,
) -> Finished:
    """Runs a command that is to end by itself, and sees to it that it left no process."""
    server = ServerUnderTest(kind, arguments, directory, environment)
    try:
        status = server.wait_for_exit(seconds)
        server.expect_no_process_left()
        return Finished(status, server.out.text, server.log.text)
    finally:
        server.end_for_certain()


class ServerUnderTest:
    """One server, from its start to the proof that nothing of it is left.

    `log` is its standard error, where both servers log by default; `out` is its standard output.
    """

    def __init__(
        self,
        kind: str,
        arguments: tuple[str, ...],
        directory: Path,
        environment: Mapping[str, str] | None = None,
        command: list[str] | None = None,
        pass_descriptors: tuple[int, ...] = (),
    ) -> None:
        self.kind = kind
        self.arguments = arguments
        self.directory = directory
        error_end, error = os.pipe()
        output_end, output = os.pipe()
        self.process = subprocess.Popen(
            [*(command or command_of(kind)), *arguments],
            cwd=directory,
            env=clean_environment(directory, environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=error,
            start_new_session=True,
            pass_fds=pass_descriptors,
        )
        os.close(error)
        os.close(output)
        self.log = Stream(error_end)
        self.out = Stream(output_end)

    # What it is.

    @property
    def pid(self) -> int:
        return self.process.pid

    def is_running(self) -> bool:
        return self.process.poll() is None

    @property
    def workers(self) -> list[int]:
        """The living workers, oldest first: those that have announced themselves in the log."""
        announced = re.findall(r"Booting worker with pid: (\d+)", self.log.text)
        # In the order of their births, which is not always that of their lines.
        return sorted(int(pid) for pid in announced if processes.is_alive(int(pid)))

    @property
    def worker(self) -> int:
        """The only worker."""
        (pid,) = self.workers
        return pid

    # Waiting.

    def wait_for_log(
        self, pattern: str, *, count: int = 1, since: int = 0, seconds: float | None = None
    ) -> re.Match[str]:
        return self.log.wait_for(pattern, count=count, since=since, seconds=seconds)

    def wait_until_listening(self, seconds: float | None = None) -> Address:
        """Waits for the line that says where it listens; answers the first of the addresses."""
        self.log.wait_for(r"Listening at: ", seconds=seconds)
        return self.addresses[0]

    def wait_until_serving(self, workers: int = 1, seconds: float | None = None) -> Address:
        """Waits until so many workers have started and a request would be taken."""
        address = self.wait_until_listening(seconds)
        self.log.wait_for(r"Booting worker with pid", count=workers, seconds=seconds)
        return address

    def wait_until_all_answer(self, workers: int) -> None:
        """Waits until so many have answered "/", which an application does with its pid.

        A worker says that it boots before it has imported anything.
        """
        self.wait_until_serving(workers)
        seen: set[str] = set()
        with ExitStack() as stack:

            def has_each_answered() -> bool:
                # It stays open, so that the next one is another's.
                link = stack.enter_context(self.connect())
                seen.add(link.send(request_bytes("GET", "/", connection=None)).response().text)
                return len(seen) >= workers

            wait_until(has_each_answered, f"{workers} that answer")

    @property
    def addresses(self) -> list[Address]:
        """Where it listens, by the newest line that says so."""
        said = re.findall(r"Listening at: (\S+)", self.log.text)[-1]
        return [parse_address(one) for one in said.split(",")]

    @property
    def address(self) -> Address:
        return self.wait_until_listening()

    @property
    def port(self) -> int:
        address = self.address
        assert not isinstance(address, str)
        return address[1]

    def wait_for_workers(self, count: int, seconds: float | None = None) -> list[int]:
        """Waits until exactly so many workers live."""
        wait_until(
            lambda: len(self.workers) == count, f"{count} workers, not {len(self.workers)}", seconds
        )
        return self.workers

    # Asking.

    def connect(self, seconds: float | None = None) -> Connection:
        return Connection(self.address, seconds)

    def ask(
        self,
        target: str = "/",
        *,
        method: str = "GET",
        fields: Fields | None = None,
        content: bytes | None = None,
        version: str = "HTTP/1.1",
        connection: str | None = "close",
        seconds: float | None = None,
    ) -> Response:
        """One request on a connection of its own, and its response."""
        with self.connect(seconds) as link:
            link.send(request_bytes(method, target, fields, content, version, connection))
            return link.response(to=method)

    # Signals and the end.

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def wait_for_exit(self, seconds: float | None = None) -> int:
        wait_until_process_ends(self.pid, seconds)
        return self.process.wait()

    def expect_clean_exit(self, status: int = 0, seconds: float | None = None) -> None:
        """It ends with this status, every process of it is gone, and so is what it put on disk."""
        found = self.wait_for_exit(seconds)
        assert found == status, f"exit status {found}, not {status}:\n{self.log.text}"
        self.expect_no_process_left()
        self.expect_nothing_on_disk()

    def expect_no_process_left(self) -> None:
        wait_until(lambda: not processes.in_session(self.pid), "a process is left behind")
        self.log.wait_until_ended()
        self.out.wait_until_ended()

    def expect_nothing_on_disk(self) -> None:
        """No pid file, no unix socket, no temporary file; logs are the operator's and stay."""
        left = [str(path) for path in self.directory.rglob("*") if path.is_socket()]
        left += [str(path) for path in (self.directory / "tmp").iterdir()]
        left += [str(path) for path in self.directory.glob("*.pid*")]
        assert not left, f"left behind: {left}"

    def stop(self, status: int = 0) -> None:
        """The ordinary end: TERM, and then nothing is left."""
        self.signal(signal.SIGTERM)
        self.expect_clean_exit(status)

    def end_for_certain(self) -> None:
        """After a failure: whatever still runs is killed, by its own number."""
        if self.is_running() or processes.in_session(self.pid):
            processes.kill_session(self.pid)
            self.process.wait()

    # The log as a text to compare.

    def masked_log(self, since: int = 0) -> list[str]:
        """The lines with moments, process numbers and ports covered, else letter for letter."""
        return [mask_log_line(line, self.pid) for line in self.log.texts(since)]


def parse_address(text: str) -> Address:
    """An address as the boot line writes it."""
    if text.startswith("unix:"):
        return text[len("unix:") :]
    host, _, port = text.partition("://")[2].rpartition(":")
    return host.strip("[]"), int(port)
