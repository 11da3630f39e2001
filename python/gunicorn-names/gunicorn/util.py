"""What people import from `gunicorn.util`: addresses, classes by name, files, small conversions."""

from __future__ import annotations

import fcntl
import html
import importlib
import importlib.metadata
import inspect
import os
import pwd
import random
import re
import socket
import sys
import textwrap
import time
import traceback
import urllib.parse
from collections.abc import Callable
from contextlib import suppress
from email.utils import formatdate
from typing import Any, NoReturn

from swiftcorn import _application
from swiftcorn._refusal import refusal

from gunicorn.errors import AppImportError
from gunicorn.workers import SUPPORTED_WORKERS

REDIRECT_TO = getattr(os, "devnull", "/dev/null")
GLOB_MAGIC_RE = re.compile("[*?[]")

# RFC 9110, section 7.6.1, and what older servers held for connection fields too.
hop_headers = frozenset(
    (
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailers",
        "transfer-encoding",
        "upgrade",
        "server",
        "date",
    )
)


# Names and classes.


def load_entry_point(distribution: str, group: str, name: str) -> Any:
    """Load what an installed distribution registers; ImportError where it does not."""
    for point in importlib.metadata.distribution(distribution).entry_points:
        if (point.group, point.name) == (group, name):
            return point.load()
    raise ImportError(f"Entry point {(group, name)!r} not found")


def load_class(
    uri: str | type,
    default: str = "gunicorn.workers.sync.SyncWorker",
    section: str = "gunicorn.workers",
) -> Any:
    """The class that `uri` stands for: itself, a short name, a dotted path, `egg:dist#name`.

    RuntimeError, with the traceback in it, for one that is not there.
    """
    if not isinstance(uri, str):
        return uri
    try:
        return _class_named(uri, default, section)
    except Exception:
        text = f"class uri {uri!r} invalid or not found: \n\n[{traceback.format_exc()}]"
        raise refusal(_CLASS_SETTINGS.get(section, section), text) from None


# The settings whose classes distributions register under these names.
_CLASS_SETTINGS = {"gunicorn.workers": "worker_class", "gunicorn.loggers": "logger_class"}


def _class_named(uri: str, default: str, section: str) -> Any:
    if uri.startswith("egg:"):
        distribution, _, name = uri.removeprefix("egg:").partition("#")
        return load_entry_point(distribution, section, name or default)
    if "." not in uri:
        short = uri.removeprefix("#")
        if short not in SUPPORTED_WORKERS:
            # A name that a distribution may have registered beside ours.
            return load_entry_point("gunicorn", section, short)
        uri = SUPPORTED_WORKERS[short]
    module, _, name = uri.rpartition(".")
    return getattr(importlib.import_module(module), name)


def import_app(module: str) -> Any:
    """The application that `module`, `module:name` or `module:factory(literals)` names."""
    return _application.load(module)


# What counts for `get_arity`.
positionals = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def get_arity(f: Callable[..., Any]) -> int:
    """How many parameters take positional arguments; `*args` counts for none."""
    return sum(one.kind in positionals for one in inspect.signature(f).parameters.values())


def is_glob_pattern(value: str) -> bool:
    return GLOB_MAGIC_RE.search(value) is not None


def make_fail_app(msg: str) -> Callable[..., list[bytes]]:
    """An application that answers everything with 500 and the message."""
    content = to_bytestring(msg)

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        fields = [("Content-Type", "text/plain"), ("Content-Length", str(len(content)))]
        start_response("500 Internal Server Error", fields)
        return [content]

    return app


# Users, processes and files.


def get_username(uid: int) -> str:
    """The name of a user; KeyError for one that has none."""
    return pwd.getpwuid(uid).pw_name


def set_owner_process(uid: int, gid: int, initgroups: bool = False) -> None:
    """Become the user and the group; 0 and None mean to stay who we are.

    With `initgroups` the user's other groups are taken too.
    """
    if gid:
        if initgroups and uid:
            with suppress(KeyError):
                os.initgroups(get_username(uid), gid)
        if gid != os.getgid():
            os.setgid(gid)
    if uid and uid != os.getuid():
        os.setuid(uid)


def chown(path: str, uid: int, gid: int) -> None:
    os.chown(path, uid, gid)


def unlink(filename: str) -> None:
    """Remove a file; one that is not there is no error."""
    with suppress(FileNotFoundError, NotADirectoryError):
        os.unlink(filename)


def check_is_writable(path: str) -> None:
    """RuntimeError where the file cannot be opened to append; it is made where it is not there."""
    try:
        with open(path, "a"):
            pass
    except OSError as error:
        raise RuntimeError(f"Error: {path!r} isn't writable [{error!r}]") from None


def getcwd() -> str:
    """The working directory, by the name in PWD where that is the same directory."""
    real = os.getcwd()
    with suppress(KeyError, OSError):
        if os.path.samefile(os.environ["PWD"], real):
            return os.environ["PWD"]
    return real


def daemonize(enable_stdio_inheritance: bool = False) -> None:
    """Go to the background: two forks, a session of its own, umask 022.

    The standard streams become the null device; with `enable_stdio_inheritance` those that are no
    terminal stay, except standard input. Does nothing in a process that was re-executed.
    """
    if "GUNICORN_FD" in os.environ:
        return
    if os.fork():
        os._exit(0)
    os.setsid()
    if os.fork():
        os._exit(0)
    os.umask(0o22)
    with open(REDIRECT_TO, "r+b") as null:
        for number in (0, 1, 2):
            if number == 0 or not enable_stdio_inheritance or os.isatty(number):
                os.dup2(null.fileno(), number)


def seed() -> None:
    """Give this process random numbers of its own."""
    random.seed(os.urandom(64))


def _setproctitle(title: str) -> None:
    """Processes of Swiftcorn are named by the core: nothing to do here."""


# Addresses and sockets.


def is_ipv6(addr: str) -> bool:
    try:
        socket.inet_pton(socket.AF_INET6, addr)
    except (OSError, ValueError):
        return False
    return True


def parse_address(netloc: str, default_port: str | int = "8000") -> str | int | tuple[str, int]:
    """Where `bind` says to listen: a path, a descriptor's number, or host and port.

    RuntimeError for a port or a descriptor that is no number.
    """
    if netloc.startswith("unix://"):
        return netloc.removeprefix("unix://")
    if netloc.startswith("unix:"):
        return netloc.removeprefix("unix:")
    if netloc.startswith("fd://"):
        number = netloc.removeprefix("fd://")
        try:
            return int(number)
        except ValueError:
            raise RuntimeError(f"{number!r} is not a valid file descriptor.") from None
    netloc = netloc.removeprefix("tcp://")
    bracketed = re.fullmatch(r"\[(.*)\](?::(.*))?", netloc)
    if bracketed:
        host, port = bracketed.group(1).lower(), bracketed.group(2)
    elif ":" in netloc:
        host, port = netloc.split(":")[0].lower(), netloc.split(":")[1]
    else:
        host, port = (netloc.lower() or "0.0.0.0"), None
    if port is None:
        port = str(default_port)
    try:
        return (host, int(port))
    except ValueError:
        raise RuntimeError(f"{port!r} is not a valid port number.") from None


def close_on_exec(fd: Any) -> None:
    fcntl.fcntl(fd, fcntl.F_SETFD, fcntl.fcntl(fd, fcntl.F_GETFD) | fcntl.FD_CLOEXEC)


def set_non_blocking(fd: Any) -> None:
    fcntl.fcntl(fd, fcntl.F_SETFL, fcntl.fcntl(fd, fcntl.F_GETFL) | os.O_NONBLOCK)


def has_fileno(obj: Any) -> bool:
    """Whether the kernel knows the object by a number."""
    try:
        obj.fileno()
    except (AttributeError, OSError, ValueError):
        return False
    return True


def close(sock: Any) -> None:
    with suppress(OSError):
        sock.close()


def close_graceful(sock: Any, timeout: float = 2.0, max_drain: int = 65536) -> None:
    """Close so that the peer still gets what was sent: read on for a while first.

    At most `timeout` seconds and `max_drain` bytes.
    """
    end = time.monotonic() + timeout
    with suppress(OSError):
        sock.shutdown(socket.SHUT_WR)
        while max_drain > 0 and (left := end - time.monotonic()) > 0:
            sock.settimeout(left)
            data = sock.recv(min(max_drain, 8192))
            if not data:
                break
            max_drain -= len(data)
    close(sock)


def write_chunk(sock: Any, data: bytes) -> None:
    """Send one chunk of chunked content."""
    sock.sendall(b"%X\r\n%s\r\n" % (len(data), data))


def write(sock: Any, data: bytes, chunked: bool = False) -> None:
    if chunked:
        write_chunk(sock, data)
    else:
        sock.sendall(data)


def write_nonblock(sock: Any, data: bytes, chunked: bool = False) -> None:
    """Send without blocking; the socket is as it was afterwards."""
    timeout = sock.gettimeout()
    sock.setblocking(False)
    try:
        write(sock, data, chunked)
    finally:
        sock.settimeout(timeout)


def write_error(sock: Any, status_int: int, reason: str, mesg: str) -> None:
    """Send a whole response that refuses the request, and ask for the connection's end."""
    page = textwrap.dedent(
        """\
        <html>
          <head>
            <title>{reason}</title>
          </head>
          <body>
            <h1><p>{reason}</p></h1>
            {mesg}
          </body>
        </html>
        """
    ).format(reason=reason, mesg=html.escape(mesg))
    head = (
        f"HTTP/1.1 {status_int} {reason}\r\nConnection: close\r\n"
        f"Content-Type: text/html\r\nContent-Length: {len(page)}\r\n\r\n"
    )
    write_nonblock(sock, (head + page).encode("latin-1"))


# Text.


def http_date(timestamp: float | None = None) -> str:
    """A moment (seconds since 1970; now) as HTTP writes it."""
    return formatdate(timestamp, localtime=False, usegmt=True)


def is_hoppish(header: str) -> bool:
    """Whether a field is about the connection and not the application's to send."""
    return header.lower().strip() in hop_headers


def to_bytestring(value: str | bytes, encoding: str = "utf8") -> bytes:
    if isinstance(value, bytes):
        return value
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a string")
    return value.encode(encoding)


def bytes_to_str(b: str | bytes) -> str:
    return b if isinstance(b, str) else str(b, "latin1")


def unquote_to_wsgi_str(string: str) -> str:
    """Percent-decoded, each octet one character, as WSGI wants paths."""
    return urllib.parse.unquote_to_bytes(string).decode("latin-1")


def split_request_uri(uri: str) -> urllib.parse.SplitResult:
    """The parts of a request's target, where `//` begins a path and no host."""
    if not uri.startswith("//"):
        return urllib.parse.urlsplit(uri)
    parts = urllib.parse.urlsplit("." + uri)
    return parts._replace(path=parts.path[1:])


def reraise(tp: type[BaseException], value: BaseException | None, tb: Any = None) -> NoReturn:
    error = tp() if value is None else value
    raise error.with_traceback(tb)


def warn(msg: str) -> None:
    """Print a warning that is hard to miss to standard error."""
    lines = [f"!!! {line}" for line in (f"WARNING: {msg}").splitlines()]
    print("!!!", *lines, "!!!\n", sep="\n", file=sys.stderr, flush=True)


__all__ = [
    "GLOB_MAGIC_RE",
    "REDIRECT_TO",
    "AppImportError",
    "bytes_to_str",
    "check_is_writable",
    "chown",
    "close",
    "close_graceful",
    "close_on_exec",
    "daemonize",
    "get_arity",
    "get_username",
    "getcwd",
    "has_fileno",
    "http_date",
    "import_app",
    "is_glob_pattern",
    "is_hoppish",
    "is_ipv6",
    "load_class",
    "load_entry_point",
    "make_fail_app",
    "parse_address",
    "reraise",
    "seed",
    "set_non_blocking",
    "set_owner_process",
    "split_request_uri",
    "to_bytestring",
    "unlink",
    "unquote_to_wsgi_str",
    "warn",
    "write",
    "write_chunk",
    "write_error",
    "write_nonblock",
]
