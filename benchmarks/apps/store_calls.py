"""Measures the store of the server that it runs in: seconds for a call, by the call's name."""

import json
import timeit

CALLS = 20_000
REPEATS = 5
SHORT = b"a value of some length"
LONG = b"x" * 4096


def measure(get, put, incr, calls=CALLS):
    """The least of a few runs of each call: what disturbs only ever adds."""
    put("short", SHORT)
    put("long", LONG)
    incr("count")
    cases = {
        "get": lambda: get("short"),
        "get, 4 KiB": lambda: get("long"),
        "get, nothing there": lambda: get("nowhere"),
        "set": lambda: put("short", SHORT),
        "set, 4 KiB": lambda: put("long", LONG),
        "incr": lambda: incr("count"),
    }
    found = {}
    for name, case in cases.items():
        case()
        least = min(timeit.repeat(case, number=calls, repeat=REPEATS))
        found[name] = least / calls
    return found


def of_this_server():
    try:
        import uwsgi
    except ImportError:
        from swiftcorn import shared

        return shared.get, shared.set, shared.incr
    return uwsgi.cache_get, uwsgi.cache_update, uwsgi.cache_inc


def app(environ, start_response):
    content = json.dumps(measure(*of_this_server())).encode()
    start_response("200 OK", [("Content-Length", str(len(content)))])
    return [content]
