"""What a slow crowd asks for, beside the smallest answer: ten mebibytes, or to read a body."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

HELLO = b"Hello, World!"
LARGE = b"x" * (10 << 20)


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    body = LARGE if environ["PATH_INFO"] == "/large" else HELLO
    if environ["REQUEST_METHOD"] == "POST":
        environ["wsgi.input"].read()
    fields = [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))]
    start_response("200 OK", fields)
    return [body]
