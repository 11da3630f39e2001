"""Answers with the request as it was heard: what a parser makes of it, as JSON."""

import json


def app(environ, start_response):
    content = environ["wsgi.input"].read()
    fields = {name: value for name, value in environ.items() if name.startswith("HTTP_")}
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if name in environ:
            fields[name] = environ[name]
    text = json.dumps(
        {
            "method": environ["REQUEST_METHOD"],
            "target": environ["RAW_URI"],
            "version": environ["SERVER_PROTOCOL"],
            "fields": fields,
            "content": content.decode("latin-1"),
        }
    ).encode("ascii")
    start_response("200 OK", [("Content-Length", str(len(text)))])
    return [text]
