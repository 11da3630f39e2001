"""Work that lasts as long as the test wants, and ways for a worker to come to harm."""

import ctypes
import os
import signal
import sys
import time


def note(*words):
    print("NOTE", *words, file=sys.stderr, flush=True)


def answer(start_response, text):
    content = str(text).encode()
    start_response("200 OK", [("Content-Length", str(len(content)))])
    return [content]


def wait_for(path, seconds=30):
    deadline = time.monotonic() + seconds
    while not os.path.exists(path) and time.monotonic() < deadline:
        time.sleep(0.005)


def until(environ, start_response):
    """Works until the file named in QUERY_STRING is there."""
    note("begun")
    wait_for(environ["QUERY_STRING"])
    note("done")
    return answer(start_response, f"done by {os.getpid()}")


def stuck(environ, start_response):
    """Sleeps in Python, and lets itself be interrupted."""
    note("stuck", os.getpid())
    time.sleep(60)
    return answer(start_response, "never")


def stuck_after_content(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b"some"
    note("stuck", os.getpid())
    time.sleep(60)


def stubborn(environ, start_response):
    """Deadlocks in C with the GIL held: no handler of Python's can run, no abort helps."""
    library, mutex = ctypes.PyDLL(None), ctypes.create_string_buffer(64)
    note("stuck", os.getpid())
    library.pthread_mutex_lock(mutex)
    library.pthread_mutex_lock(mutex)


def leave(environ, start_response):
    """Ends its own worker with the status in QUERY_STRING."""
    os._exit(int(environ["QUERY_STRING"]))


def signalled(environ, start_response):
    """Ends its own worker by the signal in QUERY_STRING."""
    os.kill(os.getpid(), getattr(signal, environ["QUERY_STRING"]))
    time.sleep(60)


def orphan(environ, start_response):
    """A child that ends by itself, and that somebody else has to reap."""
    if os.fork() == 0:
        os._exit(0)
    return answer(start_response, "forked")


def pid(environ, start_response):
    return answer(start_response, os.getpid())


PATHS = {f"/{name}": value for name, value in list(globals().items()) if callable(value)}


def app(environ, start_response):
    return PATHS.get(environ["PATH_INFO"], pid)(environ, start_response)
