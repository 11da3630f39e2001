"""Applications that a PasteDeploy file describes."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from swiftcorn import _paste

from gunicorn.app.base import BaseApplication

__all__ = ["get_wsgi_app", "has_logging_config", "serve"]


def get_wsgi_app(
    config_uri: str, name: str | None = None, defaults: dict[str, str] | None = None
) -> Callable[..., Any]:
    """The application of a file, by `path#name` or by `name`; PasteDeploy has to be installed."""
    uri = config_uri if name is None else f"{config_uri.partition('#')[0]}#{name}"
    return _paste.load(uri, defaults or {})  # type: ignore[no-any-return]


def has_logging_config(config_file: str) -> bool:
    """Whether the file configures logging too."""
    return _paste.configures_logging(config_file)


class _ServedByPaste(BaseApplication):
    """What `paste.server_runner` hands in: an application and its file's settings."""

    def __init__(self, app: Callable[..., Any], settings: dict[str, Any]) -> None:
        self._app = app
        self._settings = settings
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._settings.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Callable[..., Any]:
        return self._app


def serve(app: Callable[..., Any], global_conf: dict[str, Any], **local_conf: Any) -> None:
    """Serve an application with the settings of a `[server:main]` section; ends the program.

    `host` and `port` of the section are where it listens, unless `bind` says so.
    """
    settings = dict(local_conf)
    file = global_conf.get("__file__")
    if file:
        settings.setdefault("default_proc_name", os.path.abspath(str(file)))
    host, port = settings.pop("host", None), settings.pop("port", None)
    if "bind" not in settings and (host or port):
        settings["bind"] = f"{host or '0.0.0.0'}:{port or 8000}"
    _ServedByPaste(app, settings).run()
