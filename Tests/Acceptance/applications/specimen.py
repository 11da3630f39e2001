"""What an application expression can name: the good, and each way to be wrong."""


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "6")])
    return [b"hello\n"]


application = app


def saying(text):
    """An application that answers with `text`."""
    content = text.encode("utf-8")

    def answer(environ, start_response):
        start_response("200 OK", [("Content-Length", str(len(content)))])
        return [content]

    return answer


def create(*arguments, **named):
    return saying(repr((arguments, named)))


def no_arguments():
    return saying("made without arguments")


def fails():
    raise TypeError("inside the factory")


def answers_none():
    return None


class OnEachCall:
    """A class is a callable too: called with environ and start_response, iterated, closed."""

    def __init__(self, environ, start_response):
        start_response("200 OK", [("Content-Length", "5")])

    def __iter__(self):
        return iter([b"class"])


class Holder:
    app = staticmethod(saying("a dotted attribute"))


class Callable:
    def __call__(self, environ, start_response):
        start_response("200 OK", [("Content-Length", "8")])
        return [b"instance"]


instance = Callable()
not_callable = 5
none = None
