"""The application that the command line serves."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

from swiftcorn import _door

from gunicorn import util
from gunicorn.app.base import Application
from gunicorn.errors import ConfigError

__all__ = ["WSGIApplication", "run"]


class WSGIApplication(Application):
    """Serves what APP_MODULE, `wsgi_app` or a Paste file names."""

    app_uri: str | None = None

    def init(self, parser: Any, opts: Any, args: list[str]) -> Any:
        self.app_uri = None
        if opts.paste:
            return self._init_paste(os.path.abspath(opts.paste))
        if args:
            self.cfg.set("default_proc_name", args[0])
            self.app_uri = args[0]
        return None

    def _init_paste(self, uri: str) -> None:
        from gunicorn.app.pasterapp import has_logging_config

        path = uri.partition("#")[0]
        if not os.path.exists(path):
            raise ConfigError(f"{path!r} not found")
        self.cfg.set("default_proc_name", path)
        self.app_uri = uri
        if has_logging_config(path):
            self.cfg.set("logconfig", path)

    def load_config(self) -> None:
        super().load_config()
        if self.app_uri is None:
            self.app_uri = self.cfg.wsgi_app
        if self.app_uri is None:
            raise ConfigError("No application module specified.")

    def load_wsgiapp(self) -> Callable[..., Any]:
        return util.import_app(self.app_uri or "")  # type: ignore[no-any-return]

    def load_pasteapp(self) -> Callable[..., Any]:
        from gunicorn.app.pasterapp import get_wsgi_app

        return get_wsgi_app(self.app_uri, defaults=self.cfg.paste_global_conf)  # type: ignore

    def load(self) -> Callable[..., Any]:
        return self.load_wsgiapp() if self.cfg.paste is None else self.load_pasteapp()

    @classmethod
    def _served(cls, cfg: Any, uri: str) -> WSGIApplication:
        """The application of a server that the core has read the command line of."""
        made = cls.__new__(cls)
        made.usage, made.prog = cfg.usage, cfg.prog
        made.cfg, made.app_uri = cfg, uri
        made.callable = made.logger = None
        return made


def run(prog: str | None = None) -> None:
    """The `gunicorn` command: read the command line and serve; ends the program."""
    sys.exit(_door.main(prog or os.path.basename(sys.argv[0])))


if __name__ == "__main__":
    run()
