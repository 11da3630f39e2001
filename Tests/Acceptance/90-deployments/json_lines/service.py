def app(environ, start_response):
    if environ["PATH_INFO"] == "/fails":
        raise KeyError("no such thing")
    content = environ["PATH_INFO"].encode("latin-1")
    start_response("200 OK", [("Content-Length", str(len(content)))])
    return [content]
