"""The master process, as hooks and custom applications see it."""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import suppress
from typing import Any, ClassVar, NoReturn

from swiftcorn import _core, _log
from swiftcorn._hooks import Supervision

from gunicorn import util
from gunicorn.errors import HaltServer

__all__ = ["Arbiter", "HaltServer"]


class Arbiter:
    """What hooks get as `server`, and what `Arbiter(app).run()` starts.

    The supervision itself is the core's: this object shows it (`WORKERS`, `LISTENERS`,
    `num_workers`, …) and passes on what is asked of it. A subclass may override `start`,
    `reload`, `halt`, `stop` and what handles a signal (`handle_hup`, …): they are called at their
    moments, and do what they do where they call the methods here. The methods of the loop itself
    are never called; the log names those that a subclass has.
    """

    # A worker that ends with one of these ends the server: it did not boot, or has nothing to
    # serve.
    WORKER_BOOT_ERROR = 3
    APP_LOAD_ERROR = 4

    START_CTX: dict[Any, Any] = {}  # noqa: RUF012  each server has its own
    LISTENERS: list[Any] = []  # noqa: RUF012
    WORKERS: dict[int, Any] = {}  # noqa: RUF012
    WAKEUP_REQUEST = signal.NSIG
    SIGNALS: ClassVar[list[int]] = [
        signal.SIGHUP,
        signal.SIGQUIT,
        signal.SIGINT,
        signal.SIGTERM,
        signal.SIGTTIN,
        signal.SIGTTOU,
        signal.SIGUSR1,
        signal.SIGUSR2,
        signal.SIGWINCH,
    ]
    SIG_NAMES: ClassVar[dict[int, str]] = {
        number: number.name.removeprefix("SIG").lower() for number in signal.Signals
    }

    # What a subclass may bring along and nobody would call.
    _NOT_CALLED = (
        "handle_chld",
        "init_signals",
        "manage_workers",
        "murder_workers",
        "reap_workers",
        "spawn_worker",
        "spawn_workers",
    )
    # What the supervision is about to do, while methods of a subclass are asked about it.
    _handling = 0
    _passes = False
    _reading = ""
    _is_ending = False

    def __init__(self, app: Any) -> None:
        self.app = app
        self.pid = os.getpid()
        self.master_pid = 0
        self.reexec_pid = 0
        self.master_name = "Master"
        self.systemd = False
        self.pidfile: Any = None
        self.worker_age = 0
        self.LISTENERS = []
        self.WORKERS = {}
        self.START_CTX = {
            "args": [sys.executable, *sys.argv],
            "cwd": util.getcwd(),
            0: sys.executable,
        }
        self._stats: dict[str, Any] = {
            "start_time": None,
            "workers_spawned": 0,
            "workers_killed": 0,
            "reloads": 0,
        }
        self.log: Any = None
        self._num_workers: int | None = None
        self.setup(app)

    def setup(self, app: Any) -> None:
        """Take the settings of the application; again at each reload."""
        self.app = app
        self.cfg = app.cfg
        self.log = _log.make(self.cfg)
        self.worker_class = self.cfg.worker_class
        self.address = self.cfg.address
        self.timeout = self.cfg.timeout
        self.proc_name = self.cfg.proc_name
        if self._num_workers is None:
            self._num_workers = self.cfg.workers

    @property
    def num_workers(self) -> int:
        """How many workers there shall be; setting it makes it so at the next turn."""
        return self._num_workers or 0

    @num_workers.setter
    def num_workers(self, value: int) -> None:
        number = signal.SIGTTIN if value > self.num_workers else signal.SIGTTOU
        for _ in range(abs(value - self.num_workers)):
            self.signal(number, None)

    def run(self) -> NoReturn:
        """Serve, and leave this process with the status to leave with; workers leave here too."""
        sys.exit(_core.serve(Supervision(self)))

    # What can be asked of it.

    def signal(self, sig: int, frame: Any) -> None:
        """Do what the signal asks the master for."""
        os.kill(self.pid, sig)

    def wakeup(self) -> None:
        """Have the next turn begin now."""
        self.signal(signal.SIGCHLD, None)

    def start(self) -> None:
        """Called when the server listens; calls the hook `when_ready`."""
        self.cfg.when_ready(self)

    def reload(self) -> None:
        """Read the settings again and replace the workers, at the next turn.

        Called by the supervision when it does so: an override that does not come here, or raises,
        keeps everything as it is.
        """
        if self._reading:
            self.app.reload()
            self._reading = "read"
        else:
            self.signal(signal.SIGHUP, None)

    def halt(self, reason: str | None = None, exit_status: int = 0) -> None:
        """End the server; called by a hook in the master.

        Called by the supervision when the workers are gone: then it calls the hook `on_exit`.
        """
        if not self._is_ending:
            raise HaltServer(reason or "", exit_status)
        self.stop()
        self.cfg.on_exit(self)

    def stop(self, graceful: bool = True) -> None:
        """End the workers, or the server: called by the supervision when that has happened."""
        if not self._is_ending:
            self.signal(signal.SIGTERM if graceful else signal.SIGQUIT, None)

    def handle_hup(self) -> None:
        self._act_on(signal.SIGHUP)

    def handle_int(self) -> None:
        self._act_on(signal.SIGINT)

    def handle_quit(self) -> None:
        self._act_on(signal.SIGQUIT)

    def handle_term(self) -> None:
        self._act_on(signal.SIGTERM)

    def handle_ttin(self) -> None:
        self._act_on(signal.SIGTTIN)

    def handle_ttou(self) -> None:
        self._act_on(signal.SIGTTOU)

    def handle_usr1(self) -> None:
        self._act_on(signal.SIGUSR1)

    def handle_usr2(self) -> None:
        self._act_on(signal.SIGUSR2)

    def handle_winch(self) -> None:
        self._act_on(signal.SIGWINCH)

    def _act_on(self, number: int) -> None:
        """The signal that is being handled is acted on; another one is sent."""
        if number == self._handling:
            self._passes = True
        else:
            self.signal(number, None)

    def kill_worker(self, pid: int, sig: int) -> None:
        """Send a worker a signal; one that is gone already is no error."""
        with suppress(ProcessLookupError):
            os.kill(pid, sig)
            if sig in (signal.SIGTERM, signal.SIGKILL):
                self._stats["workers_killed"] += 1

    def kill_workers(self, sig: int) -> None:
        for pid in list(self.WORKERS):
            self.kill_worker(pid, sig)

    # What the supervision tells it.

    def _started(self) -> None:
        self.pid = os.getpid()
        self._stats["start_time"] = time.time()
        if "GUNICORN_PID" in os.environ:
            self.master_pid = int(os.environ["GUNICORN_PID"])
            self.master_name = "Master.2"
            self.proc_name += ".2"
        for name in self._NOT_CALLED:
            if getattr(type(self), name, None) is not getattr(Arbiter, name, None):
                self.log.warning(
                    "%s.%s is not called: the workers are supervised by the core",
                    type(self).__name__,
                    name,
                )

    def _promoted(self) -> None:
        self.master_pid = 0
        self.master_name = "Master"
        self.proc_name = self.cfg.proc_name

    def _resized(self, count: int) -> None:
        self._num_workers = count
