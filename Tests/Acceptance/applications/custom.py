"""A program with a server of its own: the documented custom application, and one with flags.

`python custom.py` serves with the settings of `options.json` in the working directory.
"""

import json
import os
import sys

from gunicorn.app.base import Application, BaseApplication
from gunicorn.arbiter import Arbiter

MASTER = os.getpid()


def hello(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello from " + environ["PATH_INFO"].encode()]


def say(*words):
    role = "master" if os.getpid() == MASTER else "worker"
    print("SAY", role, *words, file=sys.stderr, flush=True)


def when_ready(server):
    say("ready", type(server.app).__name__, server.cfg.workers, server.app.cfg is server.cfg)


def post_worker_init(worker):
    say("serving", worker.app.callable is worker.wsgi, worker.app.application.__name__)


class StandaloneApplication(BaseApplication):
    def __init__(self, app, file):
        self.file = file
        self.application = app
        super().__init__()

    def load_config(self):
        with open(self.file) as file:
            options = json.load(file)
        say("load_config", options["workers"])
        for key, value in options.items():
            if key in self.cfg.settings and value is not None:
                self.cfg.set(key.lower(), value)
        self.cfg.set("when_ready", when_ready)
        self.cfg.set("post_worker_init", "custom.post_worker_init")

    def load(self):
        say("load")
        return self.application


class FlaggedApplication(Application):
    application = staticmethod(hello)

    def init(self, parser, opts, args):
        say("init", opts.workers, args)
        return {"workers": 3, "proc_name": "flagged"}

    def load(self):
        say("load", self.cfg.workers, self.cfg.proc_name, self.cfg.threads)
        return hello


class RefusingApplication(StandaloneApplication):
    def reload(self):
        raise ValueError("as asked")


class WatchingArbiter(Arbiter):
    """Has methods of the master's loop, as launchers of applications have them."""

    def start(self):
        super().start()
        say("started at", len(self.LISTENERS))

    def handle_ttin(self):
        say("more than", self.num_workers)
        super().handle_ttin()

    def handle_winch(self):
        say("no matter")

    def handle_usr2(self):
        self.handle_term()

    def reload(self):
        try:
            super().reload()
        except ValueError as error:
            say("refused", error)

    def halt(self):
        say("cleaning up")
        super().halt()

    def manage_workers(self):
        say("managing", len(self.WORKERS))
        super().manage_workers()


if __name__ == "__main__":
    if sys.argv[1:] == ["arbiter"]:
        WatchingArbiter(RefusingApplication(hello, "options.json")).run()
    if len(sys.argv) > 1:
        FlaggedApplication("%(prog)s [OPTIONS]").run()
    StandaloneApplication(hello, "options.json").run()
