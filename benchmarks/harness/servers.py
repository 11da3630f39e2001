"""The servers that are compared: how each is started for one measurement."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from harness.place import APPLICATIONS, BENCHMARKS, CACHE
from harness.wrk import CONNECTIONS

LAUNCHERS = BENCHMARKS / "launchers"


@dataclass(frozen=True)
class Variant:
    """What differs between two rows of the same server."""

    workers: int = 1
    access_log: bool = False
    preload: bool = False
    # Every answer ends its connection; only a server that has to be told looks at this.
    closing: bool = False

    @property
    def suffix(self) -> str:
        return "+log" * self.access_log + "+preload" * self.preload


@dataclass(frozen=True)
class Application:
    """A module of benchmarks/apps, and what its answer must be."""

    module: str
    body: bytes
    request_body_bytes: int = 0


@dataclass(frozen=True)
class Start:
    """One start of one server."""

    application: Application
    variant: Variant
    port: int
    directory: Path

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        return str(self.directory / "access.log")

    @property
    def target(self) -> str:
        return f"{self.application.module}:application"


@dataclass(frozen=True)
class Server:
    """One server under test."""

    key: str
    label: str
    executable: Path
    command: Callable[[Server, Start], list[str]]
    # Python distribution and the interpreter that knows it; empty: ask the executable.
    distribution: str = ""

    @property
    def interpreter(self) -> Path:
        return self.executable.parent / "python"


def _gunicorn_options(start: Start) -> list[str]:
    options = ["--bind", start.address, "--workers", str(start.variant.workers)]
    options += ["--access-logfile", start.log] if start.variant.access_log else []
    options += ["--preload"] if start.variant.preload else []
    return [*options, start.target]


def _sync(server: Server, start: Start) -> list[str]:
    return [str(server.executable), *_gunicorn_options(start)]


def _gthread(server: Server, start: Start) -> list[str]:
    return [*_sync(server, start), "--worker-class", "gthread", "--threads", "4"]


def _limit(server: Server, start: Start) -> list[str]:
    size = len(start.application.body)
    return [str(server.executable), "--bind", start.address, "--body-bytes", str(size)]


def _granian(server: Server, start: Start) -> list[str]:
    host, port = start.address.split(":")
    options = ["--interface", "wsgi", "--host", host, "--port", port, "--http", "1", "--no-ws"]
    options += ["--workers", str(start.variant.workers), "--log-level", "warning"]
    options += ["--access-log"] if start.variant.access_log else []
    return [str(server.executable), *options, start.target]


def _bjoern(server: Server, start: Start) -> list[str]:
    launcher = LAUNCHERS / "bjoern_server.py"
    return [str(server.executable), str(launcher), start.application.module, str(start.port)]


def _fastwsgi(server: Server, start: Start) -> list[str]:
    launcher = LAUNCHERS / "fastwsgi_server.py"
    return [str(server.executable), str(launcher), start.application.module, str(start.port)]


def _uwsgi(server: Server, start: Start) -> list[str]:
    """A thread of uWSGI stays with its connection, so keep-alive needs one for each of them."""
    if start.variant.closing:
        options = ["--http-socket", start.address, "--add-header", "Connection: close"]
    else:
        options = ["--http11-socket", start.address, "--threads", str(CONNECTIONS)]
    options += ["--module", start.target, "--master"]
    options += ["--processes", str(start.variant.workers), "--need-app", "--die-on-term"]
    options += ["--logto", start.log] if start.variant.access_log else ["--disable-logging"]
    options += [] if start.variant.preload else ["--lazy-apps"]
    return [str(server.executable), *options]


def _nginx(server: Server, start: Start) -> list[str]:
    """nginx speaks from its configuration, or from a file for large bodies."""
    body = start.application.body
    (start.directory / "index").write_bytes(body)
    if len(body) < 1024:
        answer = f'return 200 "{body.decode("ascii")}";'
    else:
        answer = f"root {start.directory}; sendfile on; rewrite ^ /index break;"
    text = (BENCHMARKS / "nginx" / "nginx.conf").read_text()
    access_log = f"{start.log} combined" if start.variant.access_log else "off"
    for name, value in (
        ("DIRECTORY", str(start.directory)),
        ("ADDRESS", start.address),
        ("ACCESS_LOG", access_log),
        ("WORKERS", str(start.variant.workers)),
        ("ANSWER", answer),
    ):
        text = text.replace(f"@{name}@", value)
    configuration = start.directory / "nginx.conf"
    configuration.write_text(text)
    return [str(server.executable), "-p", str(start.directory), "-c", str(configuration)]


def environment(name: str, executable: str = "") -> Path:
    return CACHE / name / "bin" / (executable or name)


def all_servers(swiftcorn: Path, limit: Path) -> dict[str, Server]:
    """In the order in which they take their turns."""
    servers = [
        Server("limit", "our limit (Swift closure)", limit, _limit),
        Server("swiftcorn", "Swiftcorn sync", swiftcorn, _sync, "swiftcorn"),
        Server(
            "swiftcorn-gthread", "Swiftcorn gthread, 4 threads", swiftcorn, _gthread, "swiftcorn"
        ),
        Server("bjoern", "bjoern", environment("bjoern", "python"), _bjoern, "bjoern"),
        Server("fastwsgi", "fastwsgi", environment("fastwsgi", "python"), _fastwsgi, "fastwsgi"),
        Server("granian", "granian", environment("granian"), _granian, "granian"),
        Server("uwsgi", "uWSGI", environment("uwsgi"), _uwsgi, "uWSGI"),
        Server("gunicorn", "Gunicorn sync", environment("gunicorn"), _sync, "gunicorn"),
        Server(
            "gthread", "Gunicorn gthread, 4 threads", environment("gunicorn"), _gthread, "gunicorn"
        ),
        Server("nginx", "nginx", Path("/usr/sbin/nginx"), _nginx),
    ]
    return {server.key: server for server in servers}


def application_of(module: str, body: bytes, request_body_bytes: int = 0) -> Application:
    if not (APPLICATIONS / f"{module}.py").exists():
        raise FileNotFoundError(f"benchmarks/apps/{module}.py")
    return Application(module, body, request_body_bytes)
