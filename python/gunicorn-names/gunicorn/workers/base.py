"""What every worker is, and what a worker of one's own is made from."""

from __future__ import annotations

import os
import random
import signal
import sys
from types import FrameType
from typing import Any, ClassVar, NoReturn

from swiftcorn import _core

from gunicorn import util
from gunicorn.workers.workertmp import WorkerTmp


class Worker:
    """One process that serves.

    A subclass brings its own loop: `run` serves `self.wsgi` at `self.sockets` while `self.alive`,
    and calls `self.notify()` at least every `self.timeout` seconds. Made in the master before the
    fork, so its constructor must change nothing but the object; `init_process` runs in the worker
    and ends by calling the one here, which calls `run`.
    """

    SIGNALS: ClassVar[list[int]] = [
        signal.SIGABRT,
        signal.SIGHUP,
        signal.SIGQUIT,
        signal.SIGINT,
        signal.SIGTERM,
        signal.SIGUSR1,
        signal.SIGUSR2,
        signal.SIGWINCH,
        signal.SIGCHLD,
    ]
    # A pipe that signals are written to, so that a loop that waits for it wakes up.
    PIPE: Any = ()

    def __init__(  # noqa: PLR0913, PLR0917  the protocol of workers has them
        self,
        age: int,
        ppid: int,
        sockets: list[Any],
        app: Any,
        timeout: float,
        cfg: Any,
        log: Any,
    ) -> None:
        self.age = age
        self.pid: Any = "[booting]"
        self.ppid = ppid
        self.sockets = sockets
        self.app = app
        # Seconds between two heartbeats at most: half of the setting.
        self.timeout = timeout
        self.cfg = cfg
        self.log = log
        self.booted = False
        self.aborted = False
        self.alive = True
        self.reloader: Any = None
        # Requests taken, and how many there may be.
        self.nr = 0
        self.max_requests = sys.maxsize
        if cfg.max_requests > 0:
            self.max_requests = cfg.max_requests + random.randint(0, cfg.max_requests_jitter)
        self.tmp = WorkerTmp(cfg)
        self.wsgi: Any = None
        self.wait_fds: list[Any] = []

    def __str__(self) -> str:
        return f"<Worker {self.pid}>"

    def notify(self) -> None:
        """Show the master that this worker lives."""
        self.tmp.notify()

    def run(self) -> None:
        """Serve until `self.alive` is false; what ends it early ends the worker."""
        raise NotImplementedError

    def init_process(self) -> None:
        """Become a worker in this process, load the application and serve."""
        self._settle()
        self._make_pipe()
        self.init_signals()
        self.load_wsgi()
        self.cfg.post_worker_init(self)
        self.booted = True
        _core.announce_ready()
        self.run()

    def _settle(self) -> None:
        """The environment, the user and the random numbers of this worker."""
        os.environ.update(self.cfg.env or {})
        util.set_owner_process(self.cfg.uid, self.cfg.gid, initgroups=self.cfg.initgroups)
        util.seed()

    def _make_pipe(self) -> None:
        self.PIPE = os.pipe()
        for end in self.PIPE:
            util.set_non_blocking(end)
            util.close_on_exec(end)
        for listener in self.sockets:
            util.close_on_exec(listener)
        self.log.close_on_exec()
        self.wait_fds = [*self.sockets, self.PIPE[0]]

    def load_wsgi(self) -> None:
        """Load the application: afterwards `self.wsgi` is it."""
        self.wsgi = self.app.wsgi()

    def init_signals(self) -> None:
        """Have the signals that the master sends call the methods below."""
        for number in self.SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, self.handle_exit)
        signal.signal(signal.SIGINT, self.handle_quit)
        signal.signal(signal.SIGQUIT, self.handle_quit)
        signal.signal(signal.SIGABRT, self.handle_abort)
        signal.signal(signal.SIGUSR1, self.handle_usr1)
        signal.signal(signal.SIGWINCH, self.handle_winch)
        # System calls of a request that runs go on after these.
        signal.siginterrupt(signal.SIGTERM, False)
        signal.siginterrupt(signal.SIGUSR1, False)
        signal.set_wakeup_fd(self.PIPE[1])

    def handle_usr1(self, sig: int, frame: FrameType | None) -> None:
        """Open the log files again."""
        self.log.reopen_files()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """TERM: finish what is being served, and end."""
        self.alive = False

    def handle_quit(self, sig: int, frame: FrameType | None) -> NoReturn:
        """INT, QUIT: end now."""
        self.alive = False
        self.cfg.worker_int(self)
        sys.exit(0)

    def handle_abort(self, sig: int, frame: FrameType | None) -> NoReturn:
        """ABRT: the master has waited for a heartbeat for too long."""
        self.alive = False
        self.cfg.worker_abort(self)
        sys.exit(1)

    def handle_winch(self, sig: int, fname: FrameType | None) -> None:
        self.log.debug("worker: SIGWINCH ignored.")

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """Log what went wrong with a request and answer it with 500, or what the error says."""
        status = getattr(exc, "code", None)
        if status is None:
            what = " ".join(
                str(getattr(req, name)) for name in ("method", "uri") if hasattr(req, name)
            )
            self.log.error(
                "Error handling request %s", what or "(no URI read)",
                exc_info=(type(exc), exc, exc.__traceback__),
            )  # fmt: skip
            status, reason, text = 500, "Internal Server Error", ""
        else:
            host = (addr or ("", -1))[0]
            self.log.warning("Invalid request from ip=%s: %s", host, exc)
            reason, text = "Bad Request", str(exc)
        try:
            util.write_error(client, status, reason, text)
        except OSError:
            self.log.debug("Failed to send error message.")
