"""Reads its content by a recipe in QUERY_STRING, and answers with what each step gave.

A step is `name` or `name:argument`; `None` stands for itself. The answer is the list of results.
"""

import hashlib
import json


def step(data, text):
    name, _, argument = text.partition(":")
    arguments = [None if argument == "None" else int(argument)] if argument else []
    if name == "iterate":
        return list(data)
    if name == "next":
        return next(iter(data), b"end")
    if name == "hash":
        digest, total = hashlib.sha256(), 0
        while piece := data.read(*arguments):
            digest.update(piece)
            total += len(piece)
        return f"{total} {digest.hexdigest()}".encode()
    return getattr(data, name)(*arguments)


def shown(value):
    if isinstance(value, list):
        return [shown(one) for one in value]
    assert type(value) is bytes, type(value)
    return value.decode("latin-1")


def app(environ, start_response):
    data = environ["wsgi.input"]
    results = []
    for text in environ["QUERY_STRING"].split(","):
        try:
            results.append(shown(step(data, text)))
        except Exception as error:
            results.append(type(error).__name__)
    content = json.dumps(results).encode("ascii")
    start_response("200 OK", [("Content-Length", str(len(content)))])
    return [content]
