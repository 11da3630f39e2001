"""The smallest application: one answer, its length known."""

from collections.abc import Callable, Iterable

BODY = b"Hello from Swiftcorn\n"
FIELDS = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(BODY)))]


def app(environ: dict[str, object], start_response: Callable[..., object]) -> Iterable[bytes]:
    start_response("200 OK", FIELDS)
    return [BODY]
