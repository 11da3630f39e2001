"""A JSON document under ten header fields, serialised for each request."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

DOCUMENT = {"message": "Hello, World!", "items": [1, 2, 3], "more": False}
FIELDS = [
    ("Content-Type", "application/json"),
    ("Cache-Control", "no-store, max-age=0"),
    ("ETag", '"5d8c72a5edda8"'),
    ("Vary", "Accept-Encoding, Cookie"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("X-Request-Id", "7c5e3b1a-8f2d-4b60-9a55-0d1c2e3f4a5b"),
    ("Referrer-Policy", "same-origin"),
    ("Set-Cookie", "session=4f1d2c3b5a69788796a5b4c3d2e1f0; Path=/; HttpOnly"),
]


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    body = json.dumps(DOCUMENT).encode("ascii")
    start_response("200 OK", [*FIELDS, ("Content-Length", str(len(body)))])
    return [body]
