"""Custom applications: a server inside a program of one's own."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import traceback
from collections.abc import Callable
from typing import Any

from swiftcorn import _config

from gunicorn import debug, util
from gunicorn.arbiter import Arbiter
from gunicorn.config import Config, get_default_config_file

__all__ = ["Application", "BaseApplication"]


class BaseApplication:
    """Settings and an application, and `run`, which serves it.

    A subclass says in `load_config` what the settings are (`self.cfg.set(name, value)`) and in
    `load` what is served. Both are called again: `load` in each worker, `load_config` at a reload.
    """

    def __init__(self, usage: str | None = None, prog: str | None = None) -> None:
        self.usage = usage
        self.prog = prog
        self.cfg: Any = None
        self.callable: Any = None
        self.logger: Any = None
        self.do_load_config()

    def do_load_config(self) -> None:
        """Load the settings afresh; what is wrong with them ends the program with status 1."""
        try:
            self.load_default_config()
            self.load_config()
            self.cfg.validate()
        except Exception as error:
            print(f"\nError: {error}", file=sys.stderr, flush=True)
            sys.exit(1)

    def load_default_config(self) -> None:
        self.cfg = Config(self.usage, prog=self.prog)

    def init(self, parser: argparse.ArgumentParser, opts: Any, args: list[str]) -> Any:
        """Settings of the application's own, after the command line was read; may be a dict."""
        raise NotImplementedError

    def load(self) -> Callable[..., Any]:
        """The WSGI application."""
        raise NotImplementedError

    def load_config(self) -> None:
        """Set in `self.cfg` what differs from the defaults."""
        raise NotImplementedError

    def reload(self) -> None:
        self.do_load_config()
        if self.cfg.spew:
            debug.spew()

    def wsgi(self) -> Callable[..., Any]:
        """The application, loaded once in each process."""
        if self.callable is None:
            self.callable = self.load()
        return self.callable  # type: ignore[no-any-return]

    def run(self) -> None:
        """Serve until the server is told to stop; ends the program."""
        try:
            Arbiter(self).run()
        except RuntimeError as error:
            print(f"\nError: {error}\n", file=sys.stderr, flush=True)
            sys.exit(1)


class Application(BaseApplication):
    """An application with a command line: flags, GUNICORN_CMD_ARGS and a config file."""

    def chdir(self) -> None:
        """Go where the settings say, and make what is there importable."""
        os.chdir(self.cfg.chdir)
        if self.cfg.chdir not in sys.path:
            sys.path.insert(0, self.cfg.chdir)

    def get_config_from_filename(self, filename: str) -> dict[str, Any]:
        """Run a config file; its names. A file that fails ends the program with status 1."""
        if not os.path.exists(filename):
            raise RuntimeError(f"{filename!r} doesn't exist")
        if os.path.splitext(filename)[1] not in (".py", ".pyc"):
            util.warn("configuration file should have a valid Python extension.\n")
        try:
            return _config.run_file(filename)
        except _config.ConfigError as error:
            print(f"Failed to read config file: {filename}\n{error}", file=sys.stderr, flush=True)
            sys.exit(1)

    def get_config_from_module_name(self, module_name: str) -> dict[str, Any]:
        return vars(importlib.import_module(module_name))

    def load_config_from_module_name_or_filename(self, location: str) -> dict[str, Any]:
        """Take the settings of `python:MODULE`, `file:PATH` or a path; other names are left."""
        if location.startswith("python:"):
            found = self.get_config_from_module_name(location.removeprefix("python:"))
        else:
            found = self.get_config_from_filename(location.removeprefix("file:"))
        for name in [name for name in found if name in self.cfg.settings]:
            try:
                self.cfg.set(name, found[name])
            except Exception:
                print(f"Invalid value for {name}: {found[name]}\n", file=sys.stderr, flush=True)
                raise
        return found

    def load_config_from_file(self, filename: str) -> dict[str, Any]:
        return self.load_config_from_module_name_or_filename(location=filename)

    def load_config(self) -> None:
        """Weakest first: what `init` answers, the config file, GUNICORN_CMD_ARGS, the flags."""
        parser = self.cfg.parser()
        line = parser.parse_args()
        own = self.init(parser, line, line.args)
        self.chdir()
        self._set_all(own or {})
        variable = parser.parse_args(self.cfg.get_cmd_args_from_env())
        location = line.config or variable.config or get_default_config_file()
        if location:
            self.load_config_from_file(location)
        for given in (variable, line):
            self._set_all({k: v for k, v in vars(given).items() if k != "args"})
        self.chdir()

    def _set_all(self, values: dict[str, Any]) -> None:
        for name, value in values.items():
            if value is not None:
                self.cfg.set(name.lower(), value)

    def run(self) -> None:
        if self.cfg.print_config:
            print(self.cfg)
        if self.cfg.print_config or self.cfg.check_config:
            self._check()
        if self.cfg.spew:
            debug.spew()
        if self.cfg.daemon:
            util.daemonize(self.cfg.enable_stdio_inheritance)
        for path in (self.cfg.pythonpath or "").split(","):
            absolute = os.path.abspath(path)
            if path and absolute not in sys.path:
                sys.path.insert(0, absolute)
        super().run()

    def _check(self) -> None:
        try:
            self.load()
        except Exception:
            print("\nError while loading the application:\n", file=sys.stderr)
            traceback.print_exc()
            sys.exit(1)
        sys.exit(0)
