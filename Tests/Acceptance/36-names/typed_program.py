"""A program that uses the names as people do: type checkers accept it (`make lint` runs one)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from gunicorn import SERVER_SOFTWARE, __version__, util, version_info
from gunicorn.app.base import Application, BaseApplication
from gunicorn.app.wsgiapp import WSGIApplication
from gunicorn.arbiter import Arbiter
from gunicorn.config import (
    AccessLogFormat,
    Config,
    Setting,
    make_settings,
    validate_pos_int,
    validate_string,
)
from gunicorn.errors import AppImportError, ConfigError, HaltServer
from gunicorn.glogging import Logger
from gunicorn.http.errors import InvalidHeader, ParseException
from gunicorn.http.message import Request
from gunicorn.http.wsgi import FileWrapper, Response
from gunicorn.pidfile import Pidfile
from gunicorn.sock import create_sockets
from gunicorn.systemd import sd_notify
from gunicorn.workers.base import Worker
from gunicorn.workers.gthread import ThreadWorker
from gunicorn.workers.sync import SyncWorker

StartResponse = Callable[..., Any]


def app(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"x"]


class Standalone(BaseApplication):
    def __init__(self, application: Callable[..., Any], options: dict[str, Any] | None = None):
        self.options = options or {}
        self.application = application
        super().__init__()

    def load_config(self) -> None:
        for key, value in self.options.items():
            if key in self.cfg.settings and value is not None:
                self.cfg.set(key.lower(), value)

    def load(self) -> Callable[..., Any]:
        return self.application


class Lines(Logger):
    def setup(self, cfg: Config) -> None:
        super().setup(cfg)
        self.error_log.info("set up %s", cfg.workers)

    def access(
        self, resp: Response, req: Request, environ: dict[str, Any], request_time: Any
    ) -> None:
        if req.path != "/health":
            super().access(resp, req, environ, request_time)


class Noting(SyncWorker):
    def handle_request(self, listener: Any, req: Any, client: Any, addr: Any) -> None:
        self.log.info("handling %s", req.path)
        super().handle_request(listener, req, client, addr)


class Own(Worker):
    def run(self) -> None:
        while self.alive:
            self.notify()


class Tuned(ThreadWorker):
    def handle_request(self, req: Any, conn: Any) -> bool:
        return super().handle_request(req, conn)


class MySetting(Setting):
    name = "my_setting"
    section = "Mine"
    cli = ["--my-setting"]
    meta = "INT"
    validator = validate_pos_int
    type = int
    default = 1
    desc = "Mine."


def when_ready(server: Arbiter) -> None:
    server.log.info("ready %s %s", server.pid, list(server.WORKERS))


def post_fork(server: Arbiter, worker: Worker) -> None:
    worker.log.info("forked %s %s", worker.pid, worker.age)


def halting() -> None:
    try:
        raise HaltServer("reason", 3)
    except (AppImportError, ConfigError) as error:
        print(error)


def lists() -> tuple[str, int]:
    cfg = Config("usage", prog="x")
    cfg.set("workers", 3)
    print(AccessLogFormat.default)
    print(make_settings(), cfg.address, cfg.env, cfg.is_ssl, validate_string("x"))
    print(util.http_date(), util.parse_address("x:1"), version_info, __version__, SERVER_SOFTWARE)
    return "x", version_info[0]


NAMES = (
    Application,
    FileWrapper,
    InvalidHeader,
    ParseException,
    Pidfile,
    WSGIApplication,
    create_sockets,
    sd_notify,
)


if __name__ == "__main__":
    Standalone(app, {"workers": 2}).run()
