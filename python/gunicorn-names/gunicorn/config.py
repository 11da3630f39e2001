"""The settings as Python objects: one class each, and `Config`, which holds their values.

The classes are made from the server's own table, so they are the settings that the command line
knows, with the same defaults. A subclass of `Setting` that a program declares joins them.
"""

from __future__ import annotations

import argparse
import copy
import inspect
import ipaddress
import os
import re
import shlex
import ssl
import sys
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from swiftcorn import _core

from gunicorn import __version__, _validators, util
from gunicorn._setting_kinds import CHECKS, CLASS_NAMES, JOINED
from gunicorn._validators import *  # noqa: F403  which names, it says itself
from gunicorn.errors import ConfigError

# Every class of a setting, in the order of declaration.
KNOWN_SETTINGS: list[type[Setting]] = []
PLATFORM = sys.platform


class SettingMeta(type):
    """Puts each declared setting into `KNOWN_SETTINGS`."""

    def __new__(mcs, name: str, bases: tuple[type, ...], attributes: dict[str, Any]) -> SettingMeta:
        is_setting = any(isinstance(base, SettingMeta) for base in bases)
        if is_setting:
            attributes["order"] = len(KNOWN_SETTINGS)
            attributes["validator"] = staticmethod(attributes["validator"])
            attributes["desc"] = inspect.cleandoc(attributes.get("desc") or "")
            attributes["short"] = attributes["desc"].partition("\n")[0]
        made = super().__new__(mcs, name, bases, attributes)
        if is_setting:
            KNOWN_SETTINGS.append(made)  # type: ignore[arg-type]
        return made


class Setting(metaclass=SettingMeta):
    """One setting: what it is called, how it can be given, and its value.

    `validator` is what a value goes through when it is set; `cli`, `meta`, `type`, `action`,
    `nargs` and `const` are what `argparse` needs to know.
    """

    name: str = ""
    value: Any = None
    section: str = ""
    cli: list[str] | None = None
    validator: ClassVar[Callable[..., Any]] = _validators.validate_string
    type: Callable[[Any], Any] | None = None
    meta: str | None = None
    action: str | None = None
    default: Any = None
    short: str = ""
    desc: str = ""
    nargs: Any = None
    const: Any = None
    order: ClassVar[int] = 0

    def __init__(self) -> None:
        if self.default is not None:
            self.set(self.default)

    def add_option(self, parser: argparse.ArgumentParser) -> None:
        """Teach a parser the flags, unless the setting can only be given in a file."""
        if not self.cli:
            return
        details: dict[str, Any] = {
            "dest": self.name,
            "action": self.action or "store",
            "type": self.type or str,
            "default": None,
            "help": f"{self.short} [{self.default}]".replace("%", "%%"),
            "metavar": self.meta or self.name.upper(),
            "nargs": self.nargs,
            "const": self.const,
        }
        if details["action"] != "store":
            del details["type"]
        if details["action"].startswith("store_"):
            del details["metavar"], details["nargs"]
        if details["action"] in ("store_true", "store_false") or details["const"] is None:
            details.pop("const")
        if details.get("nargs", 0) is None:
            del details["nargs"]
        if details["action"] == "store_const":
            details["const"] = self.const
        parser.add_argument(*self.cli, **details)

    def copy(self) -> Setting:
        return copy.copy(self)

    def get(self) -> Any:
        return self.value

    def set(self, val: Any) -> None:
        """Check a value and take it; TypeError, ValueError or ConfigError where it is wrong."""
        self.value = type(self).validator(val)

    def __lt__(self, other: Setting) -> bool:
        return (self.section, self.order) < (other.section, other.order)

    def __repr__(self) -> str:
        kind = f"{type(self).__module__}.{type(self).__name__}"
        return f"<{kind} object at {id(self):x} with value {self.value!r}>"


def make_settings(ignore: Iterable[str] | None = None) -> dict[str, Setting]:
    """A fresh instance of every known setting, by name."""
    left_out = set(ignore or ())
    made = (setting() for setting in KNOWN_SETTINGS if setting.name not in left_out)
    return {setting.name: setting for setting in made}


def get_default_config_file() -> str | None:
    """The path of `gunicorn.conf.py` in the working directory, where there is one."""
    path = os.path.join(os.path.abspath(os.getcwd()), "gunicorn.conf.py")
    return path if os.path.exists(path) else None


class Config:
    """The values of all settings: read as attributes, changed by `set`.

    `cfg.workers` is the value of `workers`; `cfg.settings["workers"]` is the setting itself.
    Some names answer what follows from a value instead: `worker_class` the class, `address` the
    parsed addresses, `env` a dict, `proc_name` the name that is used.
    """

    settings: dict[str, Setting]

    def __init__(self, usage: str | None = None, prog: str | None = None) -> None:
        self.settings = make_settings()
        self.usage = usage
        self.prog = prog or os.path.basename(sys.argv[0] if sys.argv else "gunicorn")
        self.env_orig = dict(os.environ)

    def __str__(self) -> str:
        width = max(map(len, self.settings))
        return "\n".join(
            f"{name:{width}} = {_shown(self.settings[name].value)}"
            for name in sorted(self.settings)
        )

    def __getattr__(self, name: str) -> Any:
        settings = self.__dict__.get("settings")
        if settings is None or name not in settings:
            raise AttributeError(f"No configuration setting for: {name}")
        return settings[name].get()

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self.__dict__.get("settings", ()):
            raise AttributeError("Invalid access!")
        super().__setattr__(name, value)

    def set(self, name: str, value: Any) -> None:
        """Check a value and take it; AttributeError for a name that is no setting."""
        if name not in self.settings:
            raise AttributeError(f"No configuration setting for: {name}")
        self.settings[name].set(value)

    def validate(self) -> None:
        """Check settings against each other; ConfigError where they make no server."""
        if "h2" not in self.http_protocols:
            return
        if not self.is_ssl and self.http2_cleartext == "off":
            print(
                "Warning: http_protocols includes h2 but there is no TLS and http2_cleartext is "
                "off, so HTTP/2 will never be negotiated.",
                file=sys.stderr,
            )

    def get_cmd_args_from_env(self) -> list[str]:
        """The words of GUNICORN_CMD_ARGS, as it was at start."""
        return shlex.split(self.env_orig.get("GUNICORN_CMD_ARGS", ""))

    def parser(self) -> argparse.ArgumentParser:
        """A parser for the flags of all settings; `args` is what is left."""
        parser = argparse.ArgumentParser(usage=self.usage, prog=self.prog)
        parser.add_argument(
            "-v",
            "--version",
            action="version",
            default=argparse.SUPPRESS,
            version=f"%(prog)s (version {__version__})\n",
            help="show program's version number and exit",
        )
        parser.add_argument("args", nargs="*", help=argparse.SUPPRESS)
        for setting in sorted(self.settings.values()):
            setting.add_option(parser)
        return parser

    # What follows from values.

    @property
    def worker_class_str(self) -> str:
        uri = self.settings["worker_class"].get()
        if not isinstance(uri, str):
            return str(uri.__name__)
        return "gthread" if self._wants_threads(uri) else uri

    @property
    def worker_class(self) -> Any:
        """The class; its `setup()` is called each time it is asked for."""
        uri = self.settings["worker_class"].get()
        if isinstance(uri, str) and self._wants_threads(uri):
            uri = "gthread"
        found = util.load_class(uri)
        if hasattr(found, "setup"):
            found.setup()
        return found

    def _wants_threads(self, uri: str) -> bool:
        return int(self.threads) > 1 and (uri == "sync" or uri.endswith("SyncWorker"))

    @property
    def address(self) -> list[Any]:
        return [util.parse_address(util.bytes_to_str(one)) for one in self.settings["bind"].get()]

    @property
    def uid(self) -> int:
        return int(self.settings["user"].get())

    @property
    def gid(self) -> int:
        return int(self.settings["group"].get())

    @property
    def proc_name(self) -> str:
        name = self.settings["proc_name"].get()
        return str(self.settings["default_proc_name"].get() if name is None else name)

    @property
    def logger_class(self) -> Any:
        uri = self.settings["logger_class"].get()
        plain = "gunicorn.glogging.Logger"
        if uri in ("simple", plain):
            has_statsd = self.settings["statsd_host"].get() is not None
            uri = "gunicorn.instrument.statsd.Statsd" if has_statsd else plain
        found = util.load_class(uri, default=plain, section="gunicorn.loggers")
        if hasattr(found, "install"):
            found.install()
        return found

    @property
    def is_ssl(self) -> Any:
        return self.certfile or self.keyfile

    @property
    def ssl_options(self) -> dict[str, Any]:
        return {
            name: setting.get() for name, setting in self.settings.items()
            if setting.section == "SSL"
        }  # fmt: skip

    @property
    def env(self) -> dict[str, str]:
        """What `raw_env` sets; RuntimeError for an entry without `=`."""
        return dict(
            _pair(util.bytes_to_str(one), "=") for one in self.settings["raw_env"].get() or ()
        )

    @property
    def sendfile(self) -> bool:
        if self.settings["sendfile"].get() is not None:
            return False
        word = os.environ.get("SENDFILE")
        return word is None or word.lower() in ("y", "1", "yes", "true")

    @property
    def reuse_port(self) -> bool:
        return bool(self.settings["reuse_port"].get())

    @property
    def paste_global_conf(self) -> dict[str, str] | None:
        raw = self.settings["raw_paste_global_conf"].get()
        if raw is None:
            return None
        pairs = (_pair(util.bytes_to_str(one), r"(?<!\\)=") for one in raw)
        return {key.replace("\\=", "="): value.replace("\\=", "=") for key, value in pairs}

    def forwarded_allow_networks(self) -> list[Any]:
        return _networks(self.forwarded_allow_ips)

    def proxy_allow_networks(self) -> list[Any]:
        return _networks(self.proxy_allow_ips)

    # How the core and this object exchange values.

    def _adopt(self, values: dict[str, Any]) -> Config:
        """Take values that the core has checked."""
        for name, value in values.items():
            setting = self.settings.get(name)
            if setting is None or (value is None and callable(setting.value)):
                continue
            if name == "statsd_host":
                setting.set(value)
            else:
                setting.value = value
        return self

    def _plain(self) -> dict[str, Any]:
        """The values of the core's settings that differ from their defaults, as it takes them."""
        fresh = make_settings()
        plain: dict[str, Any] = {}
        for name in _OWN_NAMES:
            value = self.settings[name].value
            if value is None or value == fresh[name].value:
                continue
            plain[name] = _as_written(name, value)
        return plain


def _shown(value: Any) -> Any:
    return f"<{value.__qualname__}()>" if callable(value) else value


def _pair(text: str, separator: str) -> tuple[str, str]:
    parts = re.split(separator, text, maxsplit=1)
    if len(parts) != 2:
        raise RuntimeError(f"environment setting {text!r} invalid")
    return parts[0], parts[1]


def _networks(addresses: Iterable[str]) -> list[Any]:
    return [ipaddress.ip_network(one) for one in addresses if one != "*"]


def _as_written(name: str, value: Any) -> Any:
    """A value in a form that the core's own check takes."""
    if name == "statsd_host" and isinstance(value, tuple):
        return f"{value[0]}:{value[1]}"
    if isinstance(value, list) and type_of_check.get(name) in JOINED:
        return ",".join(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return int(value)
    return value


# The classes.


def _default_context(config: Any, default_ssl_context_factory: Callable[[], Any]) -> Any:
    return default_ssl_context_factory()


def _log_request(worker: Any, req: Any) -> None:
    worker.log.debug("%s %s", req.method, req.path)


def _nothing_to_do(class_name: str, name: str, arity: int) -> Callable[..., Any]:
    """The hook that is there when nobody sets one, by the name it is shown with."""
    if name == "pre_request":
        found: Callable[..., Any] = _log_request
    elif name == "ssl_context":
        found = _default_context
    else:
        found = (
            lambda server: None,
            lambda server, worker: None,
            lambda server, new_value, old_value: None,
            lambda worker, req, environ, resp: None,
        )[arity - 1]
    found.__name__ = name
    found.__qualname__ = f"{class_name}.{name}"
    return found


def _declare(row: dict[str, Any]) -> None:
    name: str = row["name"]
    class_name = CLASS_NAMES.get(name) or "".join(word.capitalize() for word in name.split("_"))
    attributes: dict[str, Any] = {
        "__module__": __name__,
        "name": name,
        "section": row["section"],
        "cli": list(row["flags"]) or None,
        "meta": row["metavar"],
        "default": row["default"],
        "desc": "\n\n".join(text for text in (row["summary"], row["details"]) if text),
    }
    if row["kind"] == "hook":
        class_name = row["shown_as"].partition(".")[0]
        is_post_request = row["arity"] == -1
        arity = 4 if is_post_request else row["arity"]
        check = (
            _validators.validate_post_request
            if is_post_request
            else _validators.validate_callable(arity)
        )
        attributes.update(validator=check, type=callable)
        attributes["default"] = staticmethod(_nothing_to_do(class_name, name, arity))
        attributes[name] = attributes["default"]
    else:
        check, details = CHECKS[row["kind"]]
        attributes.update(details, validator=check)
    if name == "ssl_version":
        attributes["default"] = ssl.PROTOCOL_TLS
    elif name == "cert_reqs":
        attributes["default"] = ssl.CERT_NONE
    type_of_check[name] = row["kind"]
    globals()[class_name] = SettingMeta(class_name, (Setting,), attributes)


# By name of the setting: the kind of its check in the server's table.
type_of_check: dict[str, str] = {}

for _row in _core.settings_table():
    _declare(_row)

_OWN_NAMES = tuple(type_of_check)


def __getattr__(name: str) -> Any:
    """The classes of the settings are made when the module is loaded; typed, they are these."""
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "KNOWN_SETTINGS",
    "PLATFORM",
    "Config",
    "ConfigError",
    "Setting",
    "SettingMeta",
    "get_default_config_file",
    "make_settings",
]
__all__ += _validators.__all__
