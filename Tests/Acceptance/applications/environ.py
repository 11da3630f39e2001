"""Answers with its environ, value by value and type by type, as JSON."""

import json
import sys

METHODS = ["read", "readline", "readlines", "write", "writelines", "flush", "close", "fileno"]


def described(value):
    if isinstance(value, (str, int, bool, float, tuple)):
        return [type(value).__name__, value]
    return [
        "object",
        [name for name in METHODS if callable(getattr(value, name, None))],
        callable(value),
        hasattr(value, "__iter__"),
    ]


def app(environ, start_response):
    found = {name: described(value) for name, value in environ.items()}
    content = json.dumps(
        {
            "environ": found,
            "type": type(environ) is dict,
            "exact": all(type(name) is str for name in environ),
            "version": list(sys.version_info[:2]),
        }
    ).encode("ascii")
    start_response(
        "200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(content)))]
    )
    return [content]
