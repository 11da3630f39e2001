"""Gunicorn's own parser, asked about one stream of bytes after another.

Runs under the interpreter that has Gunicorn. Reads `LENGTH\\n` and that many bytes, and answers
with one line of JSON: the requests it reads in the stream, and the name of the exception that ended
it.
"""

import json
import sys

from gunicorn import config, http


def readings(raw):
    found = []
    try:
        for request in http.RequestParser(config.Config(), iter([raw]), ("127.0.0.1", 1)):
            content = request.body.read()
            found.append(
                {
                    "method": request.method,
                    "target": request.uri,
                    "version": list(request.version),
                    "fields": request.headers,
                    "content": content.decode("latin-1"),
                }
            )
    except Exception as error:
        return found, type(error).__name__
    return found, ""


def main():
    while line := sys.stdin.buffer.readline():
        raw = sys.stdin.buffer.read(int(line))
        sys.stdout.write(json.dumps(readings(raw)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
