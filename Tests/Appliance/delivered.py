"""What was delivered: the wheels, where they are installed, and servers run from there."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
GUNICORN = str(BIN / "gunicorn")
DIST = REPOSITORY / "dist"
HELLO = ["--chdir", str(REPOSITORY / "examples" / "hello"), "hello:app"]
HELLO_BODY = b"Hello from Swiftcorn\n"
DEADLINE_SECONDS = 20.0


def wheels() -> list[Path]:
    found = sorted(DIST.glob("*.whl"))
    assert found, "no wheel in dist/: run `make build`"
    return found


def core_wheel() -> Path:
    (wheel,) = DIST.glob("swiftcorn-*.whl")
    return wheel


def interpreters(version: str) -> list[Path]:
    """Each CPython of that version on this machine: on PATH, of pyenv, of the distribution."""
    names = [shutil.which(f"python{version}"), f"/usr/bin/python{version}"]
    roots = Path.home() / ".pyenv" / "versions"
    names += [str(path) for path in sorted(roots.glob(f"{version}.*/bin/python{version}"))]
    found: dict[str, Path] = {}
    for name in filter(None, names):
        answer = run(name, "-c", "import sys, venv; print(sys.executable)", check=False)
        if answer.returncode == 0:
            real = Path(answer.stdout.strip()).resolve()
            found.setdefault(str(real), real)
    return list(found.values())


def run(
    *command: str | Path,
    check: bool = True,
    environment: Mapping[str, str] | None = None,
    directory: Path | None = None,
    seconds: float = 600,
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; when it must succeed and does not, show what it said."""
    words = [str(word) for word in command]
    try:
        done = subprocess.run(
            words,
            capture_output=True,
            text=True,
            check=False,
            env=environment,
            cwd=directory,
            timeout=seconds,
        )
    except FileNotFoundError as error:
        done = subprocess.CompletedProcess(words, 127, "", str(error))
    if check:
        said = "\n".join((done.stdout + done.stderr).splitlines()[-60:])
        assert done.returncode == 0, f"{words} gave {done.returncode}\n{said}"
    return done


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def get(port: int, path: str = "/", host: str = "127.0.0.1") -> tuple[int, bytes]:
    connection = HTTPConnection(host, port, timeout=10)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def get_when_ready(
    port: int, path: str = "/", status: int = 200, seconds: float = DEADLINE_SECONDS
) -> bytes:
    """The answer once there is one with that status, within the deadline."""
    end = time.monotonic() + seconds
    last: object = None
    while time.monotonic() < end:
        try:
            seen, body = get(port, path)
            if seen == status:
                return body
            last = seen
        except OSError as error:
            last = error
        time.sleep(0.05)
    raise AssertionError(f"no {status} from port {port}{path} in time; last: {last}")


class Server:
    """A running server and what it wrote to standard error."""

    def __init__(
        self,
        command: Sequence[str | Path],
        environment: Mapping[str, str] | None = None,
        descriptors: Sequence[int] = (),
    ) -> None:
        self.process = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
            pass_fds=descriptors,
            start_new_session=True,
        )
        self.lines: list[str] = []
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        self.lines.extend(iter(self.process.stderr.readline, ""))

    def port(self) -> int:
        """The port of the first `Listening at` line."""
        end = time.monotonic() + DEADLINE_SECONDS
        while time.monotonic() < end:
            found = re.search(r"Listening at: http://[^:]+:(\d+)", "".join(self.lines))
            if found:
                return int(found[1])
            assert self.process.poll() is None, "".join(self.lines)
            time.sleep(0.02)
        raise AssertionError("it never said that it listens:\n" + "".join(self.lines))

    def stop(self, number: int = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(DEADLINE_SECONDS)
        finally:
            self.end_for_certain()

    def end_for_certain(self) -> None:
        """Nothing of it is left, whatever it did: not the arbiter, not a worker."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.reader.join(5)


@contextmanager
def serving(
    *command: str | Path,
    environment: Mapping[str, str] | None = None,
    descriptors: Sequence[int] = (),
) -> Iterator[Server]:
    """A server that is stopped by TERM in the end, and has to exit with 0."""
    server = Server(command, environment, descriptors)
    try:
        yield server
    except BaseException:
        server.end_for_certain()
        raise
    assert server.stop() == 0, "".join(server.lines)
