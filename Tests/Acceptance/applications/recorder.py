"""A config file (`-c python:recorder`) whose hooks write down every call, and its application.

Each line of the file `calls` is the role of the process, the hook's name and its arguments.
"""

import os
import time

MASTER = os.getpid()


def note(name, *arguments):
    role = "master" if os.getpid() == MASTER else "worker"
    words = [role, name, *(described(one) for one in arguments)]
    with open(os.path.join(os.environ["HOME"], "..", "calls"), "a") as file:
        file.write(" ".join(words) + "\n")


def described(value):
    kind = type(value).__name__
    if kind == "Arbiter":
        return server_described(value)
    if kind.endswith("Worker"):
        return worker_described(value)
    if kind == "Request":
        fields = [name for name, _ in value.headers]
        return (
            f"request({value.method} {value.uri} {value.path} {value.query} {value.version} "
            f"{value.scheme} {fields} {value.trailers} {value.remote_addr[0]})"
        )
    if kind == "dict":
        names = sorted(name for name in value if name.startswith("HTTP_"))
        return f"environ({value.get('wsgi.url_scheme')} {names})"
    if kind == "Response":
        return (
            f"response({value.status} {getattr(value, 'status_code', None)} {value.headers} "
            f"{value.sent} {value.response_length} {value.headers_sent} {value.chunked})"
        )
    return repr(value)


def server_described(server):
    living = sorted(worker.age for worker in server.WORKERS.values())
    listeners = [str(one).rpartition(":")[0] for one in server.LISTENERS]
    own = getattr(server, "pid", None) == os.getpid()
    return f"server({server.num_workers} of {living} at {listeners} own={own})"


def worker_described(worker):
    pid = {os.getpid(): "own", "[booting]": "booting"}.get(worker.pid, "other")
    facts = (worker.nr, worker.alive, worker.booted, worker.timeout, worker.cfg.workers)
    own = worker.ppid == MASTER and str(worker) == f"<Worker {worker.pid}>"
    return f"worker({worker.age} {pid} {facts} own={own} {getattr(worker, 'mark', None)})"


def nworkers_changed(server, new_value, old_value):
    # The master's other attributes are not there yet at the first call.
    note("nworkers_changed", new_value, old_value)


def on_starting(server):
    note("on_starting", server, server.cfg.proc_name, server.proc_name, server.master_name)


def when_ready(server):
    note("when_ready", server, server.cfg.bind, server.address, type(server.app).__name__)
    server.log.info("ready to fork %s", server.num_workers)


def on_reload(server):
    note("on_reload", server)


def pre_fork(server, worker):
    worker.mark = f"mark {worker.age}"
    note("pre_fork", server, worker)


def post_fork(server, worker):
    note("post_fork", server, worker)
    worker.log.warning("forked %s", worker.age)


def post_worker_init(worker):
    lives = time.monotonic() - worker.tmp.last_update() < worker.cfg.timeout
    note("post_worker_init", worker, worker.wsgi.__name__, lives)


def worker_int(worker):
    note("worker_int", worker)


def worker_abort(worker):
    note("worker_abort", worker)


def pre_request(worker, req):
    note("pre_request", worker, req)
    req.headers.append(("X-ADDED", "by the hook"))
    req.scheme = "https"
    req.began = worker.age


def post_request(worker, req, environ, resp):
    note("post_request", worker, req, environ, resp, req.began)


def child_exit(server, worker):
    note("child_exit", server, worker)


def worker_exit(server, worker):
    note("worker_exit", worker)


def on_exit(server):
    note("on_exit", server)


def app(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/fail":
        raise ValueError("as asked")
    content = f"{environ['wsgi.url_scheme']} {environ['HTTP_X_ADDED']}".encode()
    length = [("Content-Length", str(len(content)))] if path == "/length" else []
    start_response("200 Fine", [("Content-Type", "text/plain"), *length])
    return [content]
