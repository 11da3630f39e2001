"""Sends files through wsgi.file_wrapper, in the ways a recipe in QUERY_STRING asks for."""

import io
import os
import sys

PATH = os.environ.get("SERVED_FILE", "")


class Closing(io.BytesIO):
    """Not a real file: has read and close, and no descriptor."""

    def close(self):
        if not self.closed:
            print("NOTE closed object", self.name, file=sys.stderr, flush=True)
        super().close()


class ClosingFile(io.FileIO):
    def close(self):
        if not self.closed:
            print("NOTE closed file", self.called, file=sys.stderr, flush=True)
        super().close()


def app(environ, start_response):
    options = dict(part.partition("=")[::2] for part in environ["QUERY_STRING"].split("&") if part)
    size = os.path.getsize(PATH)
    offset = int(options.get("offset", 0))
    fields = [("Content-Type", "application/octet-stream")]
    if "length" in options:
        fields.append(("Content-Length", options["length"] or str(size - offset)))
    start_response(options.get("status", "200") + " OK", fields)
    kind = options.get("kind", "file")
    if kind == "bytes":
        with open(PATH, "rb") as source:
            opened = Closing(source.read())
        opened.name = options.get("name", "")
    elif kind == "empty":
        opened = open(os.devnull, "rb")
    else:
        opened = ClosingFile(PATH, "rb")
        opened.called = options.get("name", "")
    opened.seek(offset)
    if "block" in options:
        return environ["wsgi.file_wrapper"](opened, int(options["block"]))
    return environ["wsgi.file_wrapper"](opened)
