"""A response, as hooks see it."""

from __future__ import annotations

import re
from typing import Any

from swiftcorn._wsgi import FileWrapper

from gunicorn._pending import pending

BLKSIZE = 0x3FFFFFFF
HEADER_VALUE_RE = re.compile(r"[ \t\x21-\x7e\x80-\xff]*")
STATUS_RE = re.compile(r"\d{3} .*")


class Response:
    """What was answered: `status` as the application wrote it, its fields, and what was sent.

    `sent` are bytes of content; `response_length` is what the application declared. One that was
    never begun has no status.
    """

    def __init__(self, req: Any, sock: Any = None, cfg: Any = None, version: str = "") -> None:
        self.req = req
        self.sock = sock
        self.cfg = cfg
        self.version = version
        self.status: str | None = None
        self.status_code: int | None = None
        self.headers: list[tuple[str, str]] = []
        self.chunked = False
        self.headers_sent = False
        self.must_close = False
        self.response_length: int | None = None
        self.sent = 0
        self.upgrade = False

    def force_close(self) -> None:
        self.must_close = True

    def should_close(self) -> bool:
        return self.must_close or bool(self.req.should_close())

    def is_chunked(self) -> bool:
        return self.chunked


__all__ = ["BLKSIZE", "HEADER_VALUE_RE", "STATUS_RE", "FileWrapper", "Response"]

__getattr__ = pending(
    __name__,
    "WSGIErrorsWrapper",
    "base_environ",
    "create",
    "default_environ",
    "proxy_environ",
)
