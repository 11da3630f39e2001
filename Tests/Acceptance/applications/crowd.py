"""Requests that meet, wait for each other, and tell how they were run."""

import os
import threading

from labour import answer, until

_places: dict[int, threading.Barrier] = {}
_lock = threading.Lock()


def meet(environ, start_response):
    """Answers as soon as so many requests are here at once, as QUERY_STRING says."""
    count = int(environ["QUERY_STRING"])
    with _lock:
        place = _places.setdefault(count, threading.Barrier(count, timeout=20))
    place.wait()
    return answer(start_response, "met")


def thread(environ, start_response):
    """The thread that runs this, and what environ says about threads."""
    current = threading.current_thread()
    is_main = current is threading.main_thread()
    name = current.name.rstrip("0123456789")
    return answer(start_response, f"{name} {is_main} {environ['wsgi.multithread']}")


def waited(environ, start_response):
    return answer(start_response, environ.get("swiftcorn.queue_time"))


def large(environ, start_response):
    content = b"x" * int(environ["QUERY_STRING"])
    start_response("200 OK", [("Content-Length", str(len(content)))])
    return [content]


def pid(environ, start_response):
    return answer(start_response, os.getpid())


PATHS = {"/meet": meet, "/thread": thread, "/waited": waited, "/large": large, "/until": until}


def app(environ, start_response):
    return PATHS.get(environ["PATH_INFO"], pid)(environ, start_response)
