"""Reads what it is sent, and tells how much that was and which nameless files are open then."""

import json
import os


def nameless_files():
    for name in os.listdir("/proc/self/fd"):
        try:
            path = os.readlink(f"/proc/self/fd/{name}")
        except OSError:
            continue
        if path.startswith("/") and path.endswith(" (deleted)"):
            yield path


def app(environ, start_response):
    files = list(nameless_files())
    content = environ["wsgi.input"].read()
    text = json.dumps({"length": len(content), "sum": sum(content), "files": files}).encode()
    start_response("200 OK", [("Content-Length", str(len(text)))])
    return [text]
