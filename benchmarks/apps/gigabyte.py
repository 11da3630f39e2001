"""Sends a file through the server's file wrapper, and reads uploads piece by piece."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

PIECE = 1 << 20


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    if environ["REQUEST_METHOD"] in ("PUT", "POST"):
        # Read to the end without keeping it: what is measured is how it came here.
        received = sum(iter(lambda: len(environ["wsgi.input"].read(PIECE)), 0))
        body = str(received).encode("ascii")
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [body]
    if environ["PATH_INFO"] == "/":
        start_response("200 OK", [("Content-Length", "2")])
        return [b"ok"]
    path = Path(os.environ["GIGABYTE_FILE"])
    start_response("200 OK", [("Content-Length", str(path.stat().st_size))])
    wrapper: Iterable[bytes] = environ["wsgi.file_wrapper"](path.open("rb"), PIECE)
    return wrapper
