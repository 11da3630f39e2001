"""What is measured: each scenario, its load and its rows."""

from __future__ import annotations

import json
from dataclasses import dataclass

from harness.place import BENCHMARKS
from harness.servers import Application, Variant, application_of
from harness.wrk import CONNECTIONS, Load

WSGI_SERVERS = (
    "swiftcorn",
    "bjoern",
    "fastwsgi",
    "granian",
    "uwsgi",
    "gunicorn",
    "gthread",
)
PLAIN = Variant()
CLOSING = Variant(closing=True)
LOGGED = Variant(access_log=True)
UPLOAD_BYTES = 65536
MEMORY_WORKERS = 4
MEMORY_REQUESTS = 10_000


@dataclass(frozen=True)
class Row:
    """One server in one variant."""

    server: str
    variant: Variant = PLAIN

    @property
    def key(self) -> str:
        return self.server + self.variant.suffix


@dataclass(frozen=True)
class Scenario:
    """One table of the report."""

    key: str
    title: str
    note: str
    application: Application
    rows: tuple[Row, ...]
    load: Load = Load()
    # Memory scenarios send this many requests instead of running the load generator.
    requests: int = 0
    # Ratios are to the same server's plain row, not to Swiftcorn's.
    against_itself: bool = False


def _rows(*servers: str, variant: Variant = PLAIN) -> tuple[Row, ...]:
    return tuple(Row(server, variant) for server in servers)


def _json_body() -> bytes:
    document = {"message": "Hello, World!", "items": [1, 2, 3], "more": False}
    return json.dumps(document).encode("ascii")


def _logged_rows() -> tuple[Row, ...]:
    servers = ("swiftcorn", "granian", "uwsgi", "gunicorn", "gthread", "nginx")
    return tuple(Row(server, variant) for server in servers for variant in (PLAIN, LOGGED))


def _memory_rows() -> tuple[Row, ...]:
    default = Variant(workers=MEMORY_WORKERS, closing=True)
    preloaded = Variant(workers=MEMORY_WORKERS, closing=True, preload=True)
    both = [Row(s, v) for s in ("swiftcorn", "gunicorn", "uwsgi") for v in (default, preloaded)]
    return (*both, Row("gthread", default), Row("gthread", preloaded), Row("granian", default))


def all_scenarios() -> dict[str, Scenario]:
    hello = application_of("hello", b"Hello, World!")
    flask = application_of("flask_app", hello.body)
    scenarios = [
        Scenario(
            "hello",
            "Hello, keep-alive, one worker",
            f"{CONNECTIONS} connections. Gunicorn's sync worker closes each after its answer; "
            "uWSGI has a thread for each, because a thread of it stays with its connection.",
            hello,
            _rows("limit", "swiftcorn-gthread", *WSGI_SERVERS, "nginx"),
        ),
        Scenario(
            "connection",
            "A new connection for each request",
            "`Connection: close` in every request. wrk on its one core opens connections hardly "
            "faster than the quick servers take them: where a server is not 100 % busy, only its "
            "CPU time tells it from the others.",
            hello,
            _rows("limit", *WSGI_SERVERS, "nginx", variant=CLOSING),
            Load(fields=("Connection: close",), closing=True),
        ),
        Scenario(
            "json",
            "JSON under ten header fields",
            "The document is serialised for each request.",
            application_of("json_fields", _json_body()),
            _rows(*WSGI_SERVERS),
        ),
        Scenario(
            "megabyte",
            "1 MiB response",
            "One bytes object; nginx sends a file.",
            application_of("megabyte", b"x" * (1 << 20)),
            _rows("limit", *WSGI_SERVERS, "nginx"),
        ),
        Scenario(
            "upload",
            "64 KiB upload",
            "The application reads the whole body and answers its length.",
            application_of("upload", str(UPLOAD_BYTES).encode(), UPLOAD_BYTES),
            _rows(*WSGI_SERVERS),
            Load(script=BENCHMARKS / "wrk" / "upload.lua"),
        ),
        Scenario("flask", "Flask", "One route.", flask, _rows(*WSGI_SERVERS)),
        Scenario(
            "django",
            "Django",
            "One view under the four middlewares that need no database.",
            application_of("django_app", hello.body),
            _rows(*WSGI_SERVERS),
        ),
        Scenario(
            "access-log",
            "Access log to a file, on and off",
            "Hello again; bjoern and fastwsgi have no access log.",
            hello,
            _logged_rows(),
            against_itself=True,
        ),
        Scenario(
            "memory",
            f"Memory: Flask, {MEMORY_WORKERS} workers, after {MEMORY_REQUESTS:,} requests",
            "uWSGI has one thread a worker here, and runs with `--lazy-apps` unless preloaded. "
            "granian cannot preload.",
            flask,
            _memory_rows(),
            requests=MEMORY_REQUESTS,
        ),
    ]
    return {scenario.key: scenario for scenario in scenarios}
