"""The operator's hooks: the objects they get, and when they are called.

The core tells this half of the arbiter what happens (`starting`, `spawning`, …), and it calls the
hook of that moment. An ending that a hook asks for, or its failure, goes back as a list of texts:
nothing for a hook that returned, else a kind, an exit status, a text, a sentence and the setting
that the sentence is about.
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
import urllib.parse
from collections.abc import Callable, Iterable
from types import FrameType
from typing import TYPE_CHECKING, Any

from swiftcorn import _worker
from swiftcorn._request_methods import ServedRequest

if TYPE_CHECKING:
    from swiftcorn._core import RequestCall

Fields = list[tuple[str, str]]


def make(values: dict[str, Any], uri: str) -> Supervision:
    """For a server whose command line the core has read: `uri` names the application."""
    from gunicorn.app.wsgiapp import WSGIApplication
    from gunicorn.arbiter import Arbiter
    from gunicorn.config import Config

    return Supervision(Arbiter(WSGIApplication._served(Config()._adopt(values), uri)))


def _call(hook: Callable[..., Any], *arguments: Any) -> list[str]:
    from gunicorn.errors import HaltServer

    try:
        hook(*arguments)
    except HaltServer as halt:
        return ["halt", str(halt.exit_status), str(halt.reason or ""), "", ""]
    except (StopIteration, KeyboardInterrupt):
        return ["stop", "0", traceback.format_exc().rstrip("\n"), "", ""]
    except SystemExit as leaving:
        return ["exit", str(_status(leaving.code)), "", "", ""]
    except Exception as error:
        trace = traceback.format_exc().rstrip("\n")
        # Gunicorn says these in a sentence while it starts, and all others with a traceback.
        if isinstance(error, RuntimeError):
            return ["refused", "1", trace, str(error), str(vars(error).get("setting", ""))]
        return ["failed", "1", trace, "", ""]
    return []


def _in_worker(hook: Callable[..., Any], *arguments: Any) -> None:
    """In a worker `HaltServer` ends the worker, with its status."""
    from gunicorn.errors import HaltServer

    try:
        hook(*arguments)
    except HaltServer as halt:
        raise SystemExit(halt.exit_status) from halt


def _status(code: object) -> int:
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF
    print(code, file=sys.stderr)
    return 1


class Supervision:
    """One server: in its arbiter, and in each of its workers after the fork."""

    def __init__(self, server: Any) -> None:
        self.server = server
        self.worker: Any = None
        self._former: tuple[Any, Any] | None = None
        self._exit_status = ""

    # The settings.

    def values(self) -> dict[str, Any]:
        """What the settings of a custom application are, for the core to check."""
        return self.server.app.cfg._plain()  # type: ignore[no-any-return]

    def application_name(self) -> str:
        return str(self.server.app.cfg.default_proc_name)

    def worker_class_name(self) -> str:
        return str(self.server.cfg.worker_class_str)

    def is_served_class(self) -> bool:
        """Whether the core's own loop serves, with nothing of the class to be called."""
        found = self.server.worker_class
        return bool(
            getattr(found, "__module__", "")
            in ("gunicorn.workers.sync", "gunicorn.workers.gthread")
        )

    def check_class(self) -> list[str]:
        check = getattr(self.server.worker_class, "check_config", None)
        return _call(check, self.server.cfg, self.server.log) if check else []

    def read_again(self) -> dict[str, Any]:
        """The settings of a custom application once more; RuntimeError where that fails."""
        server = self.server
        self._former = (server.app, server.app.cfg)
        server._reading = "asked"
        try:
            server.reload()
            if server._reading == "asked":
                raise RuntimeError(f"{type(server).__name__}.reload does not want it")
            return self.values()
        except SystemExit:
            raise RuntimeError("the settings could not be loaded") from None
        finally:
            server._reading = ""

    def adopt(self, values: dict[str, Any], uri: str, adopts_values: bool) -> None:
        """The settings of a reload that the core has taken."""
        from gunicorn.config import Config

        app = self.server.app
        if adopts_values:
            self._former = (app, app.cfg)
            app.cfg = Config(app.cfg.usage, app.cfg.prog)
            app.cfg._adopt(values)
            app.app_uri = uri
        self.server.setup(app)

    def go_back(self) -> None:
        """The reload does not count: what was before is again."""
        if self._former is None:
            return
        app, app.cfg = self._former[0], self._former[1]
        self._former = None
        self.server.setup(app)

    # In the arbiter.

    def count_changed(self, count: int, former: int) -> list[str]:
        self.server._resized(count)
        old = None if former < 0 else former
        return _call(self.server.cfg.nworkers_changed, self.server, count, old)

    def starting(self) -> list[str]:
        self.server._started()
        return _call(self.server.cfg.on_starting, self.server)

    def listening(self, descriptors: list[int]) -> None:
        """The listeners are these, instead of those before; the descriptors stay the core's."""
        self.server.LISTENERS = self._listeners(descriptors, self.server.LISTENERS)

    def _listeners(self, descriptors: list[int], former: Iterable[Any]) -> list[Any]:
        from gunicorn import sock

        for listener in former:
            listener.sock.detach()
        return [sock._adopt(one, self.server.cfg, self.server.log) for one in descriptors]

    def when_ready(self) -> list[str]:
        return _call(self.server.start)

    def allows(self, number: int) -> list[str]:
        """Has the method of a subclass handle a signal; what does not come from it is ignored."""
        from gunicorn.arbiter import Arbiter

        server = self.server
        name = f"handle_{server.SIG_NAMES[number]}"
        if getattr(type(server), name, None) is getattr(Arbiter, name, None):
            return []
        server._handling, server._passes = number, False
        ending = _call(getattr(server, name))
        server._handling = 0
        return ending or ([] if server._passes else ["ignored", "0", "", "", ""])

    def spawning(self, age: int) -> list[str]:
        return _call(self._spawn, age)

    def _spawn(self, age: int) -> None:
        server = self.server
        server.worker_age = age
        self.worker = server.worker_class(
            age,
            server.pid,
            server.LISTENERS,
            server.app,
            server.timeout / 2.0,
            server.cfg,
            server.log,
        )
        server.cfg.pre_fork(server, self.worker)

    def born(self, pid: int) -> None:
        self.worker.pid = self.worker.tmp._pid = pid
        self.server.WORKERS[pid] = self.worker
        self.server._stats["workers_spawned"] += 1

    def ended(self, pid: int, calls_hook: int) -> list[str]:
        """A worker is gone; the hook is not called where its end is the server's."""
        worker = self.server.WORKERS.pop(pid, None)
        if worker is None:
            return []
        worker.tmp.close()
        if not calls_hook:
            return []
        return _call(self.server.cfg.child_exit, self.server, worker)

    def reloaded(self) -> list[str]:
        self.server._stats["reloads"] += 1
        return _call(self.server.cfg.on_reload, self.server)

    def before_program(self) -> list[str]:
        """In the process that is about to become the next program (USR2)."""
        return _call(self.server.cfg.pre_exec, self.server)

    def succeeded(self, pid: int) -> list[str]:
        """The process of the next program is this one; 0 once it is gone."""
        self.server.reexec_pid = pid
        return []

    def promoted(self) -> None:
        self.server._promoted()

    def exiting(self) -> list[str]:
        self.server._is_ending = True
        return _call(self.server.halt)

    # In a worker.

    def forked(self, descriptors: list[int]) -> None:
        """`post_fork`; descriptors are given where this worker has sockets of its own."""
        self.worker.pid = self.worker.tmp._pid = os.getpid()
        _worker.leaving = self._leave
        _worker.noting = self._note
        _worker.reloading = self._reload
        for sibling in self.server.WORKERS.values():
            sibling.tmp.close()
        if descriptors:
            self.worker.sockets = self._listeners(descriptors, [])
        _in_worker(self.server.cfg.post_fork, self.server, self.worker)

    def load(self) -> Callable[..., Any]:
        """The application, in the worker, or in the arbiter before there is one."""
        if self.worker is None:
            return self.server.app.wsgi()  # type: ignore[no-any-return]
        self.worker.load_wsgi()
        return self.worker.wsgi  # type: ignore[no-any-return]

    def initialised(self) -> None:
        _in_worker(self.server.cfg.post_worker_init, self.worker)
        self.worker.booted = True

    def run_worker(self) -> None:
        """A worker's whole life, where its class brings the loop along."""
        _worker.keeps = self._keeps
        _worker.was_told = lambda: not self.worker.alive
        self.worker.init_process()

    def _keeps(self, handler: Any) -> bool:
        """Whether somebody else than our classes has set a signal's handler."""
        worker = self.worker
        ours = (
            worker.handle_abort,
            worker.handle_exit,
            worker.handle_quit,
            worker.handle_usr1,
            worker.handle_winch,
            signal.default_int_handler,
        )
        return callable(handler) and handler not in ours

    def has_booted(self) -> bool:
        return bool(self.worker.booted)

    def _note(self, number: int, frame: FrameType | None) -> None:
        """TERM, USR1 or WINCH, in the worker whose loop is the core's, which acts on it."""
        from gunicorn.workers.base import Worker

        names = {signal.SIGTERM: "handle_exit", signal.SIGUSR1: "handle_usr1"}
        name = names.get(signal.Signals(number), "handle_winch")
        if getattr(type(self.worker), name) is not getattr(Worker, name):
            getattr(self.worker, name)(number, frame)
        elif number == signal.SIGTERM:
            self.worker.alive = False

    def _leave(self, number: int, frame: FrameType | None) -> None:
        """INT, QUIT or ABRT, in the worker whose loop is the core's."""
        worker = self.worker
        handle = worker.handle_abort if number == signal.SIGABRT else worker.handle_quit
        try:
            _in_worker(handle, number, frame)
        except SystemExit as leaving:
            if leaving.code not in (0, 1):
                self._exit_status = str(_status(leaving.code))
            raise
        except Exception as error:
            self._exit_status = "255"
            worker.log.exception("Exception in worker process")
            print(error, file=sys.stderr, flush=True)
            raise SystemExit(255) from None

    def _reload(self) -> None:
        """A source has changed, in the worker whose loop is the core's."""
        self.worker.alive = False
        self.server.cfg.worker_int(self.worker)

    def exit_status(self) -> str:
        """The status that a hook wants the worker to end with; nothing where none does."""
        return self._exit_status

    def left(self, requests: int) -> None:
        """The last that happens in a worker's process, after its last line in the log."""
        # The arbiter may say it once more when a successor serves; what counts is our status.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        self.worker.alive = False
        self.worker.nr = max(self.worker.nr, requests)
        try:
            self.worker.tmp.close()
            _in_worker(self.server.cfg.worker_exit, self.server, self.worker)
        except Exception:
            self.server.log.warning("Exception during worker exit:\n%s", traceback.format_exc())

    # Requests.

    def make_request(self, environ: dict[str, Any], headers: Fields) -> Any:
        """The request, as hooks see it."""
        from gunicorn.http.message import Request

        return Request(environ, headers, self.worker.cfg)

    def calls_methods(self) -> bool:
        """Whether requests go through methods of the worker that are not our classes' own."""
        calls = getattr(self.worker, "_calls_methods", None)
        return calls is not None and bool(calls())

    def handle(self, request: Any, environ: dict[str, Any], call: RequestCall) -> None:
        """Answer a request by the methods of the worker."""
        self.worker._serve(ServedRequest(self, request, environ, call))

    def snapshot(self, request: Any) -> Snapshot:
        return Snapshot(request)

    def pre_request(
        self, request: Any, environ: dict[str, Any], before: Snapshot | None = None
    ) -> None:
        """`pre_request`, on the thread that will run the application."""
        before = before or Snapshot(request)
        self.worker.cfg.pre_request(self.worker, request)
        self.worker.nr += 1
        before.apply_changes(request, environ)

    def post_request(self, request: Any, environ: dict[str, Any], answer: list[Any]) -> None:
        """`post_request`; what it raises is logged.

        `answer` is the status line's text, the fields as lines, the bytes of content sent, the
        length declared (-1: none), whether it was chunked and whether the connection closes. It is
        empty where `pre_request` failed, and the application was not called.
        """
        response = self._response(request, answer) if answer else None
        if response is None:
            environ = {}
        try:
            self.worker.cfg.post_request(self.worker, request, environ, response)
        except Exception:
            self.worker.log.exception("Exception in post_request hook")

    def _response(self, request: Any, answer: list[Any]) -> Any:
        from gunicorn.http.wsgi import Response

        response = Response(request, None, self.worker.cfg)
        status, fields, response.sent, length, response.chunked, response.must_close = answer
        if status:
            response.status = status
            response.status_code = int(status[:3])
            response.headers_sent = True
        response.response_length = length if length >= 0 else None
        pairs = (line.partition(": ") for line in fields.split("\r\n"))
        response.headers = [(name, value) for name, colon, value in pairs if colon]
        return response


class Snapshot:
    """A request before `pre_request`, to see what the hook changed."""

    SAME_NAMES = (
        ("method", "REQUEST_METHOD"),
        ("query", "QUERY_STRING"),
        ("uri", "RAW_URI"),
        ("scheme", "wsgi.url_scheme"),
    )

    def __init__(self, request: Any) -> None:
        self._values = [getattr(request, name) for name, _ in self.SAME_NAMES]
        self._path = request.path
        self._headers = list(request.headers)

    def apply_changes(self, request: Any, environ: dict[str, Any]) -> None:
        for (name, key), former in zip(self.SAME_NAMES, self._values, strict=True):
            if getattr(request, name) != former:
                environ[key] = getattr(request, name)
        if request.path != self._path:
            path = urllib.parse.unquote_to_bytes(request.path).decode("latin-1")
            environ["PATH_INFO"] = path.removeprefix(environ["SCRIPT_NAME"])
        if request.headers != self._headers:
            self._apply_fields(request.headers, environ)

    def _apply_fields(self, headers: Fields, environ: dict[str, Any]) -> None:
        for name, _ in self._headers:
            environ.pop(_key(name), None)
        for name, value in headers:
            key = _key(name)
            is_more = key in environ and key.startswith("HTTP_")
            environ[key] = f"{environ[key]},{value}" if is_more else value


def _key(name: str) -> str:
    if name in ("CONTENT-TYPE", "CONTENT-LENGTH"):
        return name.replace("-", "_")
    return "HTTP_" + name.replace("-", "_")


__all__ = ["Supervision", "make"]
