import os
from functools import partial


def env(key, default=None, cast=str):
    return cast(os.environ.get(key, default))


integer = partial(env, cast=int)


class Defaults:
    worker = 2
    time_out = 30
    preload = False


workers = integer("W", Defaults.worker)
timeout = integer("T", Defaults.time_out)
preload_app = Defaults.preload


def worker_count():
    worker = 4
    return worker


backlog = worker_count() * 512
