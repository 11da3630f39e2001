"""An application whose answer depends on what the lock file installs."""

from collections.abc import Callable, Iterable

from itsdangerous import Signer


def app(environ: dict[str, object], start_response: Callable[..., object]) -> Iterable[bytes]:
    signer = Signer("a key of this test")
    body = signer.unsign(signer.sign(b"Hello from Swiftcorn\n"))
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]
