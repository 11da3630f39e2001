"""Workers of one's own: a tiny loop written in Python, and variations of the server's own."""

import select
import signal

from gunicorn.workers.base import Worker
from gunicorn.workers.gthread import ThreadWorker
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
    """Overrides what answers a request and what signals do, as metrics and identity layers do."""

    def init_signals(self):
        super().init_signals()
        signal.signal(signal.SIGUSR2, self.handle_user2)

    def handle_user2(self, sig, frame):
        self.log.info("told by user2")

    def handle_usr1(self, sig, frame):
        self.log.info("told by usr1")
        super().handle_usr1(sig, frame)

    def handle_exit(self, sig, frame):
        self.log.info("leaving %s", self.alive)
        super().handle_exit(sig, frame)

    def handle_request(self, listener, req, client, addr):
        port = listener.getsockname()[1]
        at = port == client.getsockname()[1]
        self.log.info("handling %s %s from %s %s", req.method, req.path, addr[0], at)
        if req.path == "/raw":
            client.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\n\r\nraw")
            return
        if req.path == "/silent":
            return
        fields = dict(req.headers)
        fields["X-USER"] = "somebody"
        req.headers = list(fields.items())
        original = self.wsgi
        self.wsgi = lambda environ, start: original(environ | {"worker.age": self.age}, start)
        try:
            super().handle_request(listener, req, client, addr)
        except ValueError as error:
            self.log.info("seen %s", error)
            raise
        finally:
            self.wsgi = original
            self.log.info("handled %s", self.nr)

    def handle_error(self, req, client, addr, exc):
        self.log.info("error at %s: %s", req.path, exc)
        super().handle_error(req, client, addr, exc)
        self.log.info("error handled")


class RequestThreads(ThreadWorker):
    """The same for threads, where the method is given other things."""

    def handle_request(self, req, conn):
        self.log.info("handling %s from %s", req.path, conn.client[0])
        req.headers.append(("X-USER", "somebody"))
        # What is answered means that the connection is kept: some answer nothing.
        super().handle_request(req, conn)


class ReplacedHandle(SyncWorker):
    def handle(self, listener, client, addr):
        self.log.info("before")
        super().handle(listener, client, addr)
        self.log.info("after")


class FailingWorker(Worker):
    def run(self):
        raise RuntimeError("as asked")


class DeafWorker(Worker):
    def init_process(self):
        raise ValueError("not at all")


def showing(environ, start_response):
    """Shows what a worker has added to the request."""
    if environ["PATH_INFO"] == "/raise":
        raise ValueError("as asked")
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{environ.get('HTTP_X_USER')} {environ.get('worker.age')}".encode()]


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
