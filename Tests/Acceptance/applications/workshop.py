"""Workers of one's own: a tiny loop written in Python, and variations of the server's own."""

import select

from gunicorn.workers.base import Worker
from gunicorn.workers.sync import SyncWorker


class TinyWorker(Worker):
    """Answers one request per connection, by the shortest loop there can be."""

    @classmethod
    def check_config(cls, cfg, log):
        log.info("checked %s with %s", cfg.worker_class_str, cfg.worker_connections)

    def init_process(self):
        names = [str(one).rpartition(":")[0] for one in self.sockets]
        facts = (self.age, self.timeout, self.cfg.is_ssl, self.max_requests, self.alive)
        self.log.info("born %s at %s, %s", facts, names, [one.fileno() > 2 for one in self.sockets])
        super().init_process()

    def run(self):
        self.log.info("running %s %s", self.booted, callable(self.wsgi))
        while self.alive and self.nr < self.max_requests:
            self.notify()
            for ready in select.select(self.wait_fds, [], [], 0.5)[0]:
                if ready in self.sockets:
                    self.answer(*ready.accept())
        self.log.info("left after %s", self.nr)

    def answer(self, client, address):
        client.setblocking(True)
        target = client.recv(65536).split()[1].decode()
        if target == "/hang":
            select.select([], [], [], 60)
        if target == "/raise":
            raise ValueError("as asked")
        self.nr += 1
        content = b"".join(self.wsgi({"PATH_INFO": target}, lambda status, fields: None))
        client.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + content)
        client.close()

    def handle_exit(self, sig, frame):
        self.log.info("asked to leave")
        super().handle_exit(sig, frame)

    def handle_abort(self, sig, frame):
        self.log.info("aborted")
        super().handle_abort(sig, frame)


class NotingWorker(SyncWorker):
    """The server's own loop, in a process that is set up with more."""

    def init_process(self):
        self.log.info("set up %s", self.age)
        super().init_process()

    def handle_quit(self, sig, frame):
        self.log.info("quitting %s", self.alive)
        super().handle_quit(sig, frame)


class RequestWorker(SyncWorker):
    """Has a method by which Gunicorn's own loop answers."""

    def handle_request(self, listener, req, client, addr):
        self.log.info("handling %s", req.path)
        return super().handle_request(listener, req, client, addr)


class FailingWorker(Worker):
    def run(self):
        raise RuntimeError("as asked")


class DeafWorker(Worker):
    def init_process(self):
        raise ValueError("not at all")


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"path ", environ["PATH_INFO"].encode()]


async def asgi(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": f"path {scope['path']}".encode()})
