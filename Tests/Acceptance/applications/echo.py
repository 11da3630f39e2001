"""Answers with what it was asked, as a text that can be compared."""

QUIET = {"REMOTE_PORT", "SERVER_PORT", "SERVER_SOFTWARE"}


def app(environ, start_response):
    content = environ["wsgi.input"].read()
    lines = [
        f"{name}: {value!r}"
        for name, value in sorted(environ.items())
        if (name.isupper() and "." not in name and name not in QUIET)
        or name == "wsgi.url_scheme"
        or name.startswith("HTTP_")
    ]
    text = "\r\n".join([*lines, "", ""]).encode("utf-8") + content
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(text)))])
    return [text]
