"""The units are right by systemd's own tools, and the real command serves as they start it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from delivered import (
    BIN,
    DEADLINE_SECONDS,
    GUNICORN,
    HELLO,
    HELLO_BODY,
    REPOSITORY,
    Server,
    free_port,
    get,
    get_when_ready,
    run,
    serving,
)

UNITS = REPOSITORY / "deploy" / "systemd"
SLOW_APP = """
import time
time.sleep(1.0)
def app(environ, start_response):
    start_response("200 OK", [("Content-Length", "0")])
    return [b""]
"""

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd is not installed"
)


SERVICES = ("swiftcorn", "swiftcorn@")
#: As the command in docs/systemd.md has it, for a systemd that does not know notify-reload.
OLDER = "s|^Type=notify-reload$|Type=notify\\nExecReload=/bin/kill -HUP $MAINPID|"


def variants() -> list[str]:
    """How the services can be installed here: as they are only where notify-reload is known."""
    version = run("systemctl", "--version", check=False).stdout.split()
    is_known = len(version) > 1 and int(version[1]) >= 253
    return [f"{name}{kind}" for name in SERVICES for kind in (" (older)", "")[: 1 + is_known]]


@pytest.fixture(params=variants())
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A service beside its socket, with the command and the folder where they are here."""
    name, _, is_older = str(request.param).partition(" ")
    text = (UNITS / f"{name}.service").read_text()
    folder = "/srv/%i" if name.endswith("@") else "/srv/app"
    assert f"ExecStart={folder}/venv/bin/gunicorn $APP\n" in text
    service = tmp_path / f"{name}.service"
    service.write_text(text.replace(f"{folder}/venv/bin/gunicorn", GUNICORN))
    if is_older:
        assert OLDER in (REPOSITORY / "docs/systemd.md").read_text()
        run("sed", "--in-place", OLDER, service)
        assert "\nType=notify\nExecReload=" in service.read_text()
    shutil.copy(UNITS / f"{name}.socket", tmp_path)
    return service


@needs_systemd
def test_the_units_verify(service: Path) -> None:
    units = [service, service.with_suffix(".socket")]
    if service.stem.endswith("@"):
        # A template is verified as one of its units.
        units = [unit.with_name(unit.name.replace("@", "@shop")) for unit in units]
    answer = run("systemd-analyze", "verify", "--recursive-errors=yes", *units)
    assert answer.stdout + answer.stderr == ""


@needs_systemd
@pytest.mark.parametrize("service", [one for one in variants() if "@" not in one], indirect=True)
def test_the_drop_in_verifies(service: Path) -> None:
    """And is read: a word that systemd does not know is found."""
    folder = service.with_name("swiftcorn.service.d")
    shutil.copytree(UNITS / folder.name, folder)
    command = ("systemd-analyze", "verify", "--recursive-errors=yes", service)
    answer = run(*command)
    assert answer.stdout + answer.stderr == ""
    with (folder / "example.conf").open("a") as file:
        file.write("NoSuchWord=1\n")
    assert "NoSuchWord" in run(*command, check=False).stderr


@needs_systemd
def test_the_service_is_hardened(service: Path) -> None:
    run("systemd-analyze", "security", "--offline=true", "--threshold=20", service)


def test_the_template_differs_in_its_names_only() -> None:
    one, many = ((UNITS / f"{name}.service").read_text() for name in SERVICES)
    of_one = one.partition("[Unit]")[2].replace("/srv/app", "/srv/%i")
    of_one = of_one.replace("default/swiftcorn", "default/swiftcorn-%i")
    of_one = of_one.replace("swiftcorn.socket", "swiftcorn@%i.socket")
    assert of_one.replace("a WSGI server", "a WSGI server, for %i") == many.partition("[Unit]")[2]


@needs_systemd
def test_serves_on_the_socket_it_is_given() -> None:
    port = free_port()
    activate = ["systemd-socket-activate", f"--listen=127.0.0.1:{port}", GUNICORN]
    # An address of its own is ignored then, as in Gunicorn.
    with serving(*activate, "--bind", "127.0.0.1:1", *HELLO) as server:
        assert get_when_ready(port) == HELLO_BODY
        assert server.port() == port


@needs_systemd
def test_serves_on_a_unix_socket_it_is_given(tmp_path: Path) -> None:
    path = tmp_path / "http.sock"
    with serving("systemd-socket-activate", f"--listen={path}", GUNICORN, *HELLO):
        end = time.monotonic() + DEADLINE_SECONDS
        while not path.exists() and time.monotonic() < end:
            time.sleep(0.02)
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(DEADLINE_SECONDS)
            client.connect(str(path))
            client.sendall(b"GET / HTTP/1.0\r\n\r\n")
            answer = b"".join(iter(lambda: client.recv(65536), b""))
    assert answer.endswith(HELLO_BODY)
    assert path.exists(), "the socket belongs to systemd and has to stay"


class Notices:
    """What arrives at NOTIFY_SOCKET, and from whom."""

    def __init__(self, address: str) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self.socket.settimeout(DEADLINE_SECONDS)
        self.socket.bind(address)
        self.name = address.replace("\0", "@")

    def next(self) -> tuple[set[str], int]:
        size = struct.calcsize("3i")
        text, control, _, _ = self.socket.recvmsg(4096, socket.CMSG_SPACE(size))
        sender = next(struct.unpack("3i", data[:size])[0] for _, _, data in control)
        return set(text.decode().split("\n")), sender

    def wait_until_ready(self) -> int:
        """Who said that it is ready; words about its state may come before."""
        while True:
            fields, sender = self.next()
            if "READY=1" in fields:
                return sender


@contextmanager
def listening(address: str) -> Iterator[Notices]:
    notices = Notices(address)
    with notices.socket:
        yield notices


def environment(notices: Notices) -> dict[str, str]:
    return {**os.environ, "NOTIFY_SOCKET": notices.name}


@pytest.mark.parametrize("kind", ["path", "abstract"])
def test_says_that_it_is_ready(kind: str, tmp_path: Path) -> None:
    address = str(tmp_path / "notify") if kind == "path" else f"\0swiftcorn-{free_port()}"
    command = [GUNICORN, "--bind", "127.0.0.1:0", *HELLO]
    with listening(address) as notices, serving(*command, environment=environment(notices)) as it:
        assert notices.wait_until_ready() == it.process.pid, (
            "NotifyAccess=main hears the arbiter only"
        )
        assert get_when_ready(it.port()) == HELLO_BODY


def test_is_not_ready_before_the_application_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text(SLOW_APP)
    command = [GUNICORN, "--bind", "127.0.0.1:0", "--chdir", str(tmp_path), "slow:app"]
    with listening(str(tmp_path / "notify")) as notices:
        started = time.monotonic()
        with serving(*command, environment=environment(notices)):
            notices.wait_until_ready()
            assert time.monotonic() - started > 1.0


def test_is_never_ready_when_the_application_does_not_load(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("raise RuntimeError('broken')\n")
    command = [GUNICORN, "--bind", "127.0.0.1:0", "--chdir", str(tmp_path), "broken:app"]
    with listening(str(tmp_path / "notify")) as notices:
        server = Server(command, environment(notices))
        try:
            assert server.process.wait(DEADLINE_SECONDS) == 3
        finally:
            server.end_for_certain()
        notices.socket.settimeout(0.2)
        with pytest.raises(TimeoutError):
            notices.wait_until_ready()


def test_hangup_keeps_the_socket_it_was_given(tmp_path: Path) -> None:
    """LISTEN_FDS without systemd's helper: the descriptors are ours, so a reload can be seen."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        script = (
            "import os, sys; os.dup2(int(sys.argv[1]), 3); os.environ.update("
            "LISTEN_PID=str(os.getpid()), LISTEN_FDS='1'); os.execv(sys.argv[2], sys.argv[2:])"
        )
        descriptor = listener.fileno()
        command = [str(BIN / "python"), "-c", script, str(descriptor), GUNICORN, *HELLO]
        with serving(*command, descriptors=[descriptor]) as server:
            assert get_when_ready(port) == HELLO_BODY
            server.process.send_signal(signal.SIGHUP)
            for _ in range(50):
                assert get(port) == (200, HELLO_BODY)
