from pathlib import Path

METRICS = Path("metrics")
name = "api"
version = "1.2.3"


def child_exit(server, worker):
    METRICS.joinpath(str(worker.pid)).unlink(missing_ok=True)


def when_ready(server):
    METRICS.mkdir(exist_ok=True)


def post_fork(server, worker):
    server.log.info("forked %s for %s", worker.pid, version)


workers, threads = 2, 1
