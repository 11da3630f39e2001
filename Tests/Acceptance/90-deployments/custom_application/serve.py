"""The custom application of Gunicorn's documentation, and a few things that people add to it."""

import os

import gunicorn.app.base


def handler(environ, start_response):
    content = f"served from {environ['PATH_INFO']}: {greeting()}".encode()
    start_response("200 OK", [("Content-Length", str(len(content)))])
    return [content]


def greeting():
    with open("greeting.txt", encoding="utf-8") as file:
        return file.read().strip()


class StandaloneApplication(gunicorn.app.base.BaseApplication):
    def __init__(self, app, options=None):
        self.options = options or {}
        self.application = app
        super().__init__()

    def load_config(self):
        config = {
            key: value
            for key, value in self.options.items()
            if key in self.cfg.settings and value is not None
        }
        for key, value in config.items():
            self.cfg.set(key.lower(), value)

    def load(self):
        return self.application


def when_ready(server):
    server.log.info("ready with %s", server.cfg.workers)


if __name__ == "__main__":
    StandaloneApplication(
        handler,
        {
            "bind": "127.0.0.1:0",
            "workers": int(os.environ.get("WORKERS", "2")),
            "accesslog": "-",
            "when_ready": when_ready,
        },
    ).run()
