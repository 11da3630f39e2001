"""One request in a hundred sleeps a second, the others a millisecond; the path says which."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

BODY = b"Hello, World!"
FIELDS = [("Content-Type", "text/plain"), ("Content-Length", str(len(BODY)))]


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    time.sleep(1.0 if environ["PATH_INFO"] == "/slow" else 0.001)
    start_response("200 OK", FIELDS)
    return [BODY]
