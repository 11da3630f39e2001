"""Applications and servers that PasteDeploy files describe."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from swiftcorn import _paste

__all__ = ["get_wsgi_app", "has_logging_config", "serve"]


def get_wsgi_app(
    config_uri: str, name: str | None = None, defaults: Mapping[str, str] | None = None
) -> Callable[..., Any]:
    """The application that a PasteDeploy URI or file names; ``defaults`` are its variables."""
    return _paste.load(config_uri, defaults, name)  # type: ignore[no-any-return]


def has_logging_config(config_file: str) -> bool:
    """Whether the file also has what ``logging.config.fileConfig`` reads."""
    return _paste.configures_logging(config_file)


def serve(app: Callable[..., Any], global_conf: Mapping[str, str], **local_conf: Any) -> None:
    """Serve an application for ``[server:main] use = egg:gunicorn#main``; ends the program.

    ``host`` and ``port`` are where to listen, ``config`` names a configuration file, and every
    other key is a setting.
    """
    from gunicorn.app import wsgiapp
    from gunicorn.config import get_default_config_file

    path = global_conf["__file__"]
    settings = {name.lower(): value for name, value in local_conf.items() if value is not None}
    location = settings.pop("config", None) or get_default_config_file()
    host, port = settings.pop("host", ""), settings.pop("port", "")
    if host:
        settings["bind"] = f"{host}:{port}" if port else host.split(",")

    # What a program put in the place of the class is what is asked to serve.
    application_class: Any = wsgiapp.WSGIApplication

    class ServedByPaste(application_class):  # type: ignore[misc]
        def load_config(self) -> None:
            self.cfg.set("default_proc_name", os.fspath(path))
            if has_logging_config(path):
                self.cfg.set("logconfig", path)
            if location:
                self.load_config_from_file(location)
            for name, value in settings.items():
                self.cfg.set(name, value)

        def load(self) -> Callable[..., Any]:
            return app

    ServedByPaste().run()
