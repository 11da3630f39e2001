"""Reads the request's body and answers with its length."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    received = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    body = str(len(received)).encode("ascii")
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]
