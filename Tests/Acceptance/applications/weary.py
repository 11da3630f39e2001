"""Requests and boots that wear a worker out: they take memory, or time, and do not come back."""

import os
import time

from labour import PATHS as LABOUR
from labour import answer, note, wait_for

_kept = []


def grow(environ, start_response):
    """Takes the MiB that QUERY_STRING begins with, and works until the file after them is there."""
    size, _, path = environ["QUERY_STRING"].partition(":")
    _kept.append(b"x" * (int(size) << 20))
    note("grown")
    if path:
        wait_for(path)
    return answer(start_response, os.getpid())


def linger(environ, start_response):
    """Works until the file named in QUERY_STRING is there, and sends content then."""
    note("lingering")
    wait_for(environ["QUERY_STRING"])
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b"late"


def begun(environ, start_response):
    """Sends some content and works until the file named in QUERY_STRING is there."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b"some"
    note("begun")
    wait_for(environ["QUERY_STRING"])
    yield b"more"


def boot():
    """What HANG names: a file that is made by the first to hang, or seconds that a boot takes."""
    hang = os.environ.get("HANG")
    if hang is None:
        return
    if hang.replace(".", "").isdigit():
        time.sleep(float(hang))
    elif not os.path.exists(hang):
        open(hang, "w").close()
        time.sleep(60)


boot()

PATHS = {**LABOUR, "/grow": grow, "/linger": linger, "/begun": begun}


def app(environ, start_response):
    return PATHS.get(environ["PATH_INFO"], LABOUR["/pid"])(environ, start_response)
