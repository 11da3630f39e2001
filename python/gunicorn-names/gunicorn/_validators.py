"""The checks of values: each takes what was given and answers what is kept.

TypeError for a value of the wrong kind, ValueError or ConfigError for one out of bounds; the texts
are those that the server itself prints.
"""

from __future__ import annotations

import grp
import ipaddress
import os
import pwd
import re
import sys
from collections.abc import Callable
from typing import Any

from swiftcorn import _config

from gunicorn import util
from gunicorn.errors import ConfigError

VALID_HTTP_PROTOCOLS = frozenset(("h1", "h2"))
# What the protocols are called in a TLS handshake.
ALPN_PROTOCOL_MAP = {"h1": "http/1.1", "h2": "h2"}

_LONGEST_WINDOW = 2**31 - 1
_FRAME_SIZES = range(16384, 2**24)


def auto_int(_: Any, x: str) -> int:
    """A number as C writes it: `0022` is octal, `0x1f` hexadecimal."""
    return int(re.sub(r"^0(?=\d)", "0o", x), 0)


def validate_bool(val: Any) -> bool | None:
    if val is None or isinstance(val, bool):
        return val
    if not isinstance(val, str):
        raise TypeError(f"Invalid type for casting: {val}")
    word = val.lower().strip()
    if word not in ("true", "false"):
        raise ValueError(f"Invalid boolean: {val}")
    return word == "true"


def validate_dict(val: Any) -> dict[Any, Any]:
    if not isinstance(val, dict):
        raise TypeError(f"Value is not a dictionary: {val} ")
    return val


def validate_pos_int(val: Any) -> int:
    number = int(val) if isinstance(val, int) else int(val, 0)
    if number < 0:
        raise ValueError(f"Value must be positive: {number}")
    return number


def validate_worker_count(val: Any) -> int | str:
    """A number, or the word by which the server counts the processors when it starts."""
    return "auto" if is_auto(val) else validate_pos_int(val)


def is_auto(val: Any) -> bool:
    return isinstance(val, str) and val.strip().lower() == "auto"


# Whoever looks up the check of this setting finds the name that it has in Gunicorn.
validate_worker_count.__name__ = "validate_pos_int"


def validate_http2_window_size(val: Any) -> int:
    number = validate_pos_int(val)
    if number > _LONGEST_WINDOW:
        raise ValueError(f"HTTP/2 window size must be at most {_LONGEST_WINDOW}: {number}")
    return number


def validate_http2_stream_limit(val: Any) -> int:
    number = validate_pos_int(val)
    if number < 1:
        raise ValueError(f"HTTP/2 max concurrent streams must be at least 1: {number}")
    return number


def validate_http2_frame_size(val: Any) -> int:
    number = int(val) if isinstance(val, int) else int(val, 0)
    if number not in _FRAME_SIZES:
        raise ValueError(
            f"http2_max_frame_size must be between {_FRAME_SIZES[0]} and {_FRAME_SIZES[-1]}, "
            f"got {number}"
        )
    return number


def validate_ssl_version(val: Any) -> Any:
    if val != 2:
        sys.stderr.write(
            "Warning: option `ssl_version` is deprecated and it is ignored. "
            "Use ssl_context instead.\n"
        )
    return val


def validate_string(val: Any) -> str | None:
    if val is None:
        return None
    if not isinstance(val, str):
        raise TypeError(f"Not a string: {val}")
    return val.strip()


def validate_memory_size(val: Any) -> int | str | None:
    return val if isinstance(val, int) else validate_string(val)


def validate_file_exists(val: Any) -> str | None:
    if val is None:
        return None
    if not os.path.exists(val):
        raise ValueError(f"File {val} does not exists.")
    return str(val)


def validate_list_string(val: Any) -> list[str]:
    if not val:
        return []
    if isinstance(val, str):
        val = [val]
    return [_stripped(one) for one in val]


def _stripped(val: Any) -> str:
    text = validate_string(val)
    if text is None:
        raise TypeError(f"Not a string: {val}")
    return text


def validate_list_of_files_or_patterns(val: Any) -> list[str]:
    entries = validate_list_string(val)
    for entry in entries:
        if not util.is_glob_pattern(entry):
            validate_file_exists(entry)
    return entries


def validate_string_to_list(val: Any) -> list[str]:
    text = validate_string(val)
    return [one.strip() for one in text.split(",") if one] if text else []


def validate_string_to_addr_list(val: Any) -> list[str]:
    entries = validate_string_to_list(val)
    for entry in entries:
        if entry != "*":
            ipaddress.ip_network(entry)
    return entries


def validate_class(val: Any) -> Any:
    return _config.resolve_class(val)


def validate_callable(arity: int) -> Callable[[Any], Callable[..., Any]]:
    """The check of a hook that gets so many arguments; an import string is resolved."""

    def _validate_callable(val: Any) -> Callable[..., Any]:
        return _config.resolve_hook(val, arity)

    return _validate_callable


def validate_post_request(val: Any) -> Callable[..., Any]:
    """A function of two, three or four parameters, which is called with as many."""
    return _config.resolve_hook(val, -1)


def validate_user(val: Any) -> int:
    return _identity(val, os.geteuid, lambda name: pwd.getpwnam(name).pw_uid, "user")


def validate_group(val: Any) -> int:
    return _identity(val, os.getegid, lambda name: grp.getgrnam(name).gr_gid, "group")


def _identity(val: Any, own: Callable[[], int], look_up: Callable[[str], int], noun: str) -> int:
    if val is None:
        return own()
    if isinstance(val, int):
        return val
    if val.isdigit():
        return int(val)
    try:
        return look_up(val)
    except KeyError:
        raise ConfigError(f"No such {noun}: '{val}'") from None


def validate_chdir(val: Any) -> str:
    path = os.path.abspath(os.path.normpath(os.path.join(util.getcwd(), _stripped(val))))
    if not os.path.exists(path):
        raise ConfigError(f"can't chdir to {val!r}")
    return path


def validate_statsd_address(val: Any) -> str | tuple[str, int] | None:
    text = validate_string(val)
    if text is None:
        return None
    # "unix:8125" is a host of that name, as it was before there were unix sockets here.
    host, _, port = text.partition(":")
    if host == "unix" and port.isdigit():
        return (host, int(port))
    try:
        address = util.parse_address(text, default_port="8125")
    except RuntimeError:
        raise TypeError("Value must be one of ('host:port', 'unix://PATH')") from None
    return address  # type: ignore[return-value]


def validate_reload_engine(val: Any) -> str:
    if val not in ("auto", "poll", "inotify"):
        raise ConfigError(f"Invalid reload_engine: {val!r}")
    return str(val)


def validate_proxy_protocol(val: Any) -> str:
    if val is None:
        return "off"
    if isinstance(val, bool):
        return "auto" if val else "off"
    if not isinstance(val, str):
        raise TypeError("proxy_protocol must be string or bool")
    word = val.lower().strip()
    meaning = {"false": "off", "0": "off", "none": "off", "true": "auto", "1": "auto"}
    word = meaning.get(word, word)
    if word not in ("off", "auto", "v1", "v2"):
        raise ValueError("proxy_protocol must be: off, v1, v2, or auto")
    return word


def validate_http_protocols(val: Any) -> list[str]:
    if val is None:
        return ["h1"]
    if not isinstance(val, str):
        raise TypeError("http_protocols must be a string")
    names = [one for one in (part.strip().lower() for part in val.split(",")) if one]
    for name in names:
        if name not in VALID_HTTP_PROTOCOLS:
            raise ValueError(f"Invalid protocol '{name}'. Valid protocols: h1, h2")
    if len(set(names)) != len(names):
        raise ValueError("Duplicate protocols specified")
    return names or ["h1"]


def validate_http2_cleartext(val: Any) -> str | None:
    if isinstance(val, bool):
        return "prior-knowledge" if val else "off"
    words = ("off", "prior-knowledge", "upgrade", "both")
    return _word(val, words, "Invalid http2_cleartext: {}", none="off")


def validate_header_map_behaviour(val: Any) -> str | None:
    if val is not None and not isinstance(val, str):
        raise TypeError(f"Invalid type for casting: {val}")
    words = ("drop", "refuse", "dangerous")
    return _word(val, words, f"Invalid header map behaviour: {val}", none=None)


def validate_asgi_loop(val: Any) -> str | None:
    return _word(val, ("auto", "asyncio", "uvloop"), "Invalid ASGI loop: {}", none="auto")


def validate_asgi_lifespan(val: Any) -> str | None:
    return _word(val, ("auto", "on", "off"), "Invalid ASGI lifespan: {}", none="auto")


def validate_http_parser(val: Any) -> str | None:
    if val is not None and not isinstance(val, str):
        raise TypeError("http_parser must be a string")
    refusal = "http_parser must be one of: auto, fast, python"
    return _word(val, ("auto", "fast", "python"), refusal, none="auto")


def _word(val: Any, words: tuple[str, ...], refusal: str, none: str | None) -> str | None:
    if val is None:
        return none
    if not isinstance(val, str):
        raise TypeError(f"Invalid type for casting: {val}")
    word = val.lower().strip()
    if word not in words:
        raise ValueError(refusal.format(word))
    return word


__all__ = [
    "ALPN_PROTOCOL_MAP",
    "VALID_HTTP_PROTOCOLS",
    "auto_int",
    "validate_asgi_lifespan",
    "validate_asgi_loop",
    "validate_bool",
    "validate_callable",
    "validate_chdir",
    "validate_class",
    "validate_dict",
    "validate_file_exists",
    "validate_group",
    "validate_header_map_behaviour",
    "validate_http2_cleartext",
    "validate_http2_frame_size",
    "validate_http2_stream_limit",
    "validate_http2_window_size",
    "validate_http_parser",
    "validate_http_protocols",
    "validate_list_of_files_or_patterns",
    "validate_list_string",
    "validate_pos_int",
    "validate_post_request",
    "validate_proxy_protocol",
    "validate_reload_engine",
    "validate_ssl_version",
    "validate_statsd_address",
    "validate_string",
    "validate_string_to_addr_list",
    "validate_string_to_list",
    "validate_user",
]
