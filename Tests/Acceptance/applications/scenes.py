"""One small application for each thing PEP 3333 has something to say about; the path chooses it.

What happens after the response is told on standard error, in lines that begin with `NOTE`.
"""

import itertools
import os
import sys
import time

PLAIN = [("Content-Type", "text/plain")]


def note(*words):
    print("NOTE", *words, file=sys.stderr, flush=True)


class Counted:
    """An iterable that tells how often it was closed."""

    def __init__(self, name, pieces, close_raises=False):
        self.name = name
        self.pieces = iter(pieces)
        self.closed = 0
        self.close_raises = close_raises

    def __iter__(self):
        return self

    def __next__(self):
        return next(self.pieces)

    def close(self):
        self.closed += 1
        note("closed", self.name, self.closed)
        if self.close_raises:
            raise RuntimeError("close raised")


def failing_after(*pieces, error=None):
    yield from pieces
    raise error or RuntimeError("raised while iterated")


# start_response


def replaced(environ, start_response):
    start_response("200 OK", [("X-First", "yes")])
    try:
        raise ValueError("changed my mind")
    except ValueError:
        start_response("503 Sorry", [("X-Second", "yes"), ("Content-Length", "5")], sys.exc_info())
    return [b"sorry"]


def replaced_too_late(environ, start_response):
    start_response("200 OK", PLAIN)
    yield b"already sent"
    try:
        raise ValueError("too late")
    except ValueError:
        start_response("503 Sorry", PLAIN, sys.exc_info())
    yield b"never sent"


def twice(environ, start_response):
    start_response("200 OK", PLAIN)
    start_response("200 OK", PLAIN)
    return [b"never"]


def never(environ, start_response):
    return [b"no start_response"]


def late(environ, start_response):
    """start_response may be called as late as in the first step of the iteration."""
    start_response("200 OK", PLAIN)
    yield b"late"


def by_name(environ, start_response):
    start_response(status="200 OK", headers=[("Content-Length", "2")], exc_info=None)
    return [b"ok"]


def positional_none(environ, start_response):
    start_response("200 OK", [("Content-Length", "2")], None)
    return [b"ok"]


def fields_as_tuples(environ, start_response):
    start_response("200 OK", (("Content-Length", "2"), ["X-List", "yes"]))
    return [b"ok"]


def fields_from_a_generator(environ, start_response):
    start_response("200 OK", (pair for pair in [("Content-Length", "2"), ("X-More", "yes")]))
    return [b"ok"]


def fields_changed_afterwards(environ, start_response):
    fields = [("Content-Length", "2")]
    start_response("200 OK", fields)
    fields.append(("X-Late", "yes"))
    return [b"ok"]


WRONG = {
    "status-int": (200, PLAIN),
    "status-bytes": (b"200 OK", PLAIN),
    "status-none": (None, PLAIN),
    "status-short": ("20 OK", PLAIN),
    "status-crlf": ("200 OK\r\nX-Injected: yes", PLAIN),
    "status-latin": ("200 caf\u20ac", PLAIN),
    "name-bytes": ("200 OK", [(b"X-A", "b")]),
    "name-empty": ("200 OK", [("", "b")]),
    "name-space": ("200 OK", [("X A", "b")]),
    "name-colon": ("200 OK", [("X-A:", "b")]),
    "name-crlf": ("200 OK", [("X-A\r\nX-B", "b")]),
    "name-nul": ("200 OK", [("X-A\0", "b")]),
    "status-lf": ("200 OK\nX-Injected: yes", PLAIN),
    "status-nul": ("200 O\0K", PLAIN),
    "name-latin": ("200 OK", [("X-\u00e9", "b")]),
    "value-bytes": ("200 OK", [("X-A", b"b")]),
    "value-int": ("200 OK", [("X-A", 5)]),
    "value-none": ("200 OK", [("X-A", None)]),
    "value-cr": ("200 OK", [("X-A", "b\rc")]),
    "value-lf": ("200 OK", [("X-A", "b\nX-Injected: yes")]),
    "value-crlf": ("200 OK", [("X-A", "b\r\nX-Injected: yes")]),
    "value-nul": ("200 OK", [("X-A", "b\0c")]),
    "value-bell": ("200 OK", [("X-A", "b\x07c")]),
    "value-del": ("200 OK", [("X-A", "b\x7fc")]),
    "value-wide": ("200 OK", [("X-A", "b\u20acc")]),
    "length-word": ("200 OK", [("Content-Length", "five")]),
    "length-negative": ("200 OK", [("Content-Length", "-5")]),
    "pair-of-three": ("200 OK", [("X-A", "b", "c")]),
    "fields-none": ("200 OK", None),
}


def wrong(environ, start_response):
    start_response(*WRONG[environ["QUERY_STRING"]])
    return [b"hello"]


HINTS = {
    "bytes": [(b"Link", b"</style.css>"), ("X-A", b"b"), (b"X-C", "d")],
    "framing": [("Content-Length", "5"), ("Transfer-Encoding", "chunked"), ("Connection", "x")],
    "name-crlf": [("X-A\r\nX-B", "b")],
    "name-nul": [("X-A\0", "b")],
    "value-cr": [("X-A", "b\rc")],
    "value-lf": [("X-A", "b\nX-Injected: yes")],
    "value-nul": [("X-A", "b\0c")],
    "value-bytes": [("X-A", b"b\r\nX-Injected: yes")],
}


def hinted(environ, start_response):
    environ["wsgi.early_hints"](HINTS[environ["QUERY_STRING"]])
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]


def hinted_too_late(environ, start_response):
    start_response("200 OK", [("Content-Length", "2")])(b"o")
    environ["wsgi.early_hints"](HINTS["bytes"])
    return [b"k"]


def write_text(environ, start_response):
    start_response("200 OK", PLAIN)("text, not bytes")
    return []


def write_then_fail(environ, start_response):
    start_response("200 OK", PLAIN)(b"written")
    raise RuntimeError("raised after write")


def write_more_than_length(environ, start_response):
    write = start_response("200 OK", [("Content-Length", "5")])
    write(b"hel")
    write(b"lo and more")
    return [b"and more"]


# What is returned

RETURNED = {
    "none": None,
    "str": "text",
    "int": 5,
    "list-of-str": ["text"],
    "list-of-none": [None],
    "list-of-bytearray": [bytearray(b"array")],
    "list-of-memoryview": [memoryview(b"view")],
    "bytes": b"abc",
    "tuple": (b"a", b"b"),
    "dict": {b"key": 1},
}


def returned(environ, start_response):
    start_response("200 OK", PLAIN)
    if environ["QUERY_STRING"] == "iterator":
        return iter([b"x"])
    return RETURNED[environ["QUERY_STRING"]]


def counted(environ, start_response):
    start_response("200 OK", [("Content-Length", "6")])
    return Counted("counted", [b"one", b"two"])


def counted_without_content(environ, start_response):
    start_response("304 Not Modified", [])
    return Counted("counted_without_content", [b"one", b"two"])


def counted_failing(environ, start_response):
    start_response("200 OK", PLAIN)
    return Counted("counted_failing", failing_after(b"one"))


def counted_failing_at_once(environ, start_response):
    start_response("200 OK", PLAIN)
    return Counted("counted_failing_at_once", failing_after())


def counted_wrong_type(environ, start_response):
    start_response("200 OK", PLAIN)
    return Counted("counted_wrong_type", [b"one", "text"])


def counted_wrong_field(environ, start_response):
    yield_nothing = Counted("counted_wrong_field", [b"one"])
    start_response("200 OK", [("X-A", "b")])
    return yield_nothing


def close_raises(environ, start_response):
    start_response("200 OK", [("Content-Length", "3")])
    return Counted("close_raises", [b"one"], close_raises=True)


def reads_all(environ, start_response):
    content = str(len(environ["wsgi.input"].read())).encode()
    start_response("200 OK", [("Content-Length", str(len(content)))])
    return [content]


def endless(environ, start_response):
    start_response("200 OK", PLAIN)
    return Counted("endless", itertools.repeat(b"x" * 65536))


def generator_endless(environ, start_response):
    start_response("200 OK", PLAIN)
    try:
        while True:
            yield b"x" * 65536
    except GeneratorExit:
        note("generator closed")
        raise


def generator_with_finally(environ, start_response):
    start_response("200 OK", PLAIN)
    try:
        yield b"content"
    finally:
        note("finally ran")


def step_by_step(environ, start_response):
    """Sends one piece and goes on when the client has shown (by a file) that it has it."""
    start_response("200 OK", PLAIN)
    yield b"first"
    deadline = time.monotonic() + 20
    while not os.path.exists(environ["QUERY_STRING"]) and time.monotonic() < deadline:
        time.sleep(0.005)
    yield b"second" if os.path.exists(environ["QUERY_STRING"]) else b"never seen"


def short(environ, start_response):
    start_response("200 OK", [("Content-Length", "10")])
    return [b"short"]


def large(environ, start_response):
    """QUERY_STRING: total size, size of a piece, and `length` where the length is declared."""
    size, piece, *declared = environ["QUERY_STRING"].split(",")
    size, piece = int(size), int(piece)
    start_response("200 OK", [("Content-Length", str(size))] if declared else PLAIN)
    pattern = bytes(range(251)) * (piece // 251 + 2)
    for offset in range(0, size, piece):
        start = offset % 251
        yield pattern[start : start + min(piece, size - offset)]


# Exceptions


class NotAnException(BaseException):
    """Derives from neither Exception nor any that Python itself raises."""


RAISED = {
    "value": ValueError("raised at once"),
    "exit": SystemExit(5),
    "exit-zero": SystemExit(0),
    "interrupt": KeyboardInterrupt(),
    "base": NotAnException("neither"),
    "generator-exit": GeneratorExit(),
    "stop": StopIteration(),
    "os": OSError(5, "made up"),
    "pipe": BrokenPipeError(32, "made up"),
    "unicode": ValueError("caf\u00e9 \u20ac \ud800"),
}


def raised(environ, start_response):
    raise RAISED[environ["QUERY_STRING"]]


def raised_after_start(environ, start_response):
    start_response("200 OK", [("X-Never", "sent")])
    raise RAISED[environ["QUERY_STRING"]]


def raised_in_iteration(environ, start_response):
    start_response("200 OK", PLAIN)
    return Counted(
        "raised_in_iteration", failing_after(b"sent", error=RAISED[environ["QUERY_STRING"]])
    )


def pid(environ, start_response):
    content = str(os.getpid()).encode()
    start_response("200 OK", [("Content-Length", str(len(content)))])
    return [content]


def errors(environ, start_response):
    stream = environ["wsgi.errors"]
    stream.write("one line\n")
    stream.write("caf\u00e9 \u20ac\n")
    stream.writelines(["two ", "pieces\n"])
    print("printed", "there", file=stream)
    stream.flush()
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]


KEPT = {}


def keep(environ, start_response):
    """Keeps everything it was given, for `use_kept`."""

    def remember(*arguments):
        KEPT["write"] = start_response(*arguments)

    remember("200 OK", [("Content-Length", "2")])
    KEPT.update(
        environ=environ,
        start_response=start_response,
        input=environ["wsgi.input"],
        errors=environ["wsgi.errors"],
        hints=environ["wsgi.early_hints"],
        wrapper=environ["wsgi.file_wrapper"](open(__file__, "rb")),
        socket=environ.get("gunicorn.socket"),
    )
    return [b"ok"]


def use_kept(environ, start_response):
    """Uses it after its request is over: each use answers or raises, and nothing breaks."""
    uses = {
        "environ": lambda: KEPT["environ"]["PATH_INFO"],
        "read": lambda: KEPT["input"].read(),
        "read some": lambda: KEPT["input"].read(5),
        "readline": lambda: KEPT["input"].readline(),
        "readlines": lambda: KEPT["input"].readlines(),
        "iterate": lambda: list(KEPT["input"]),
        "errors": lambda: KEPT["errors"].write("after the request\n"),
        "write": lambda: KEPT["write"](b"injected"),
        "start_response": lambda: KEPT["start_response"]("200 OK", []),
        "start_response again": lambda: KEPT["start_response"](
            "200 OK", [], (ValueError, ValueError("x"), None)
        ),
        "hints": lambda: KEPT["hints"]([("Link", "injected")]),
        "wrapper": lambda: len(b"".join(KEPT["wrapper"])),
        "repr": lambda: [repr(value)[:0] for value in KEPT.values()],
        "delete": lambda: KEPT.clear(),
    }
    told = []
    for name, use in uses.items():
        try:
            told.append(f"{name}: {use()!r}")
        except Exception as error:
            told.append(f"{name}: {type(error).__name__}")
    content = "\n".join(told).encode()
    start_response("200 OK", [("Content-Length", str(len(content)))])
    return [content]


SCENES = {name: value for name, value in list(globals().items()) if callable(value)}


def app(environ, start_response):
    return SCENES[environ["PATH_INFO"].strip("/")](environ, start_response)
