"""A request, as hooks see it."""

from __future__ import annotations

import re
import urllib.parse
from enum import IntEnum
from typing import Any

from gunicorn._pending import pending

MAX_REQUEST_LINE = 8190
MAX_HEADERS = 32768
DEFAULT_MAX_HEADERFIELD_SIZE = 8190
PP_V2_SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"

# RFC 9110, section 5.6.2: what a token is made of.
RFC9110_5_6_2_TOKEN_SPECIALS = r"!#$%&'*+-.^_`|~"
TOKEN_RE = re.compile(rf"[{re.escape(RFC9110_5_6_2_TOKEN_SPECIALS)}0-9a-zA-Z]+")
METHOD_BADCHAR_RE = re.compile("[a-z#]")
VERSION_RE = re.compile(r"HTTP/(\d)\.(\d)")


class PPCommand(IntEnum):
    """What a PROXY header (version 2) is about."""

    LOCAL = 0
    PROXY = 1


class PPFamily(IntEnum):
    UNSPEC = 0
    INET = 1
    INET6 = 2
    UNIX = 3


class PPProtocol(IntEnum):
    UNSPEC = 0
    STREAM = 1
    DGRAM = 2


class Message:
    """The fields and the content of a message; `headers` are pairs with names in capitals."""

    headers: list[tuple[str, str]]
    trailers: list[tuple[str, str]]
    version: tuple[int, int]
    body: Any
    must_close: bool

    def force_close(self) -> None:
        self.must_close = True

    def should_close(self) -> bool:
        """Whether the connection ends with this message."""
        if self.must_close:
            return True
        for name, value in self.headers:
            if name == "CONNECTION":
                word = value.lower().strip(" \t")
                if word in ("close", "keep-alive"):
                    return word == "close"
        return self.version <= (1, 0)


class Request(Message):
    """One request. Hooks may read it, change it and give it attributes of their own.

    What `pre_request` changes of `method`, `path`, `query`, `uri`, `scheme` and `headers` is what
    the application then gets. `path`, `query` and `uri` are as the client wrote them.
    """

    def __init__(self, environ: dict[str, Any], headers: list[tuple[str, str]], cfg: Any) -> None:
        self.cfg = cfg
        self.method: str = environ["REQUEST_METHOD"]
        self.uri: str = environ["RAW_URI"]
        self.query: str = environ["QUERY_STRING"]
        self.path, self.fragment = _path_and_fragment(self.uri)
        protocol = environ["SERVER_PROTOCOL"]
        self.version = (int(protocol[5]), int(protocol[7]))
        self.headers = headers
        self.trailers = []
        self.scheme: str = environ["wsgi.url_scheme"]
        self.body = environ["wsgi.input"]
        self.remote_addr: Any = _peer(environ)
        self.peer_addr: Any = self.remote_addr
        self.proxy_protocol_info: Any = None
        self.must_close = False
        self.req_number = 1
        self.unreader: Any = None


def _path_and_fragment(uri: str) -> tuple[str, str]:
    if uri == "*":
        return uri, ""
    # "//" begins a path here, never a host.
    parts = urllib.parse.urlsplit("." + uri if uri.startswith("//") else uri)
    return (parts.path[1:] if uri.startswith("//") else parts.path), parts.fragment


def _peer(environ: dict[str, Any]) -> Any:
    port = environ.get("REMOTE_PORT")
    if port is None:
        return environ.get("REMOTE_ADDR", "")
    return (environ["REMOTE_ADDR"], int(port) if port.isdigit() else port)


__getattr__ = pending(
    __name__,
    "HeaderPolicy",
    "RFC9110_5_3_SINGLETON_FIELDS",
    "RFC9110_5_5_INVALID_AND_DANGEROUS",
    "RFC9110_6_5_1_FORBIDDEN_TRAILER",
    "RFC9112_TARGET_INVALID",
)
