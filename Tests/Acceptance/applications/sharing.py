"""Does what it is asked with `swiftcorn.shared`, and answers in JSON."""

import json
import os
from urllib.parse import parse_qsl

from swiftcorn import shared

# By each process that imports this: once where it is preloaded.
shared.incr("imports")
shared.add("first importer", os.getpid())


def fill(size):
    shared.set("filling", "x" * size)


def count():
    for _ in range(100):
        shared.incr("sum")
    return os.getpid()


def app(environ, start_response):
    given = dict(parse_qsl(environ["QUERY_STRING"]))
    name = environ["PATH_INFO"].strip("/")
    arguments = json.loads(given.get("arguments", "[]"))
    found = {
        "get": shared.get,
        "set": shared.set,
        "incr": shared.incr,
        "stats": shared.stats,
        "fill": fill,
        "count": count,
        "pid": os.getpid,
    }[name](*arguments)
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(found).encode()]
