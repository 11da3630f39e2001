"""The servers of the endurance scenarios, each as its documentation would have it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from harness.servers import Server, Start, all_servers

WORKERS = 4
CROWDED_WORKERS = 2
# Long enough that no measurement outlasts it.
KEEP_ALIVE_SECONDS = 600
IDLE_CONNECTIONS_A_WORKER = 19_000

Command = Callable[[Server, Start], list[str]]


def _gunicorn(*options: str) -> Command:
    def command(server: Server, start: Start) -> list[str]:
        return [str(server.executable), "--bind", start.address, *options, start.target]

    return command


def _granian(server: Server, start: Start) -> list[str]:
    host, port = start.address.split(":")
    options = ["--interface", "wsgi", "--host", host, "--port", port, "--http", "1", "--no-ws"]
    options += ["--workers", str(WORKERS), "--log-level", "warning"]
    return [str(server.executable), *options, start.target]


def _uwsgi(server: Server, start: Start) -> list[str]:
    options = ["--http11-socket", start.address, "--module", start.target, "--master"]
    options += ["--processes", str(WORKERS), "--threads", "16", "--disable-logging"]
    return [str(server.executable), *options, "--need-app", "--die-on-term", "--lazy-apps"]


def open_loop_servers(swiftcorn: Path) -> list[Server]:
    """Four workers each, and threads where a server needs them to keep connections."""
    known = all_servers(swiftcorn, Path())
    workers = ("--workers", str(WORKERS), "--keep-alive", "75")
    return [
        replace(known["swiftcorn"], command=_gunicorn(*workers)),
        replace(
            known["swiftcorn"],
            key="swiftcorn-gthread",
            label="Swiftcorn gthread, 4 threads",
            command=_gunicorn(*workers, "--threads", "4"),
        ),
        replace(known["gthread"], command=_gunicorn(*workers, "--threads", "4")),
        replace(known["granian"], command=_granian),
        replace(known["uwsgi"], label="uWSGI, 16 threads", command=_uwsgi),
    ]


def crowded_server(swiftcorn: Path) -> Server:
    options = ("--workers", str(CROWDED_WORKERS), "--keep-alive", "75")
    return replace(all_servers(swiftcorn, Path())["swiftcorn"], command=_gunicorn(*options))


def idle_server(swiftcorn: Path, workers: int) -> Server:
    options = ["--workers", str(workers), "--keep-alive", str(KEEP_ALIVE_SECONDS)]
    options += ["--worker-connections", str(IDLE_CONNECTIONS_A_WORKER)]
    return replace(all_servers(swiftcorn, Path())["swiftcorn"], command=_gunicorn(*options))


def gigabyte_servers(swiftcorn: Path, file: Path) -> list[Server]:
    known = all_servers(swiftcorn, Path())
    return [
        replace(known["swiftcorn"], command=_gunicorn("--env", f"GIGABYTE_FILE={file}")),
        replace(known["nginx"], command=_nginx_with_files(file)),
    ]


def _nginx_with_files(file: Path) -> Command:
    """nginx sends the file, and writes an upload to one before it hands the request on."""

    def command(server: Server, start: Start) -> list[str]:
        text = NGINX.replace("@DIRECTORY@", str(start.directory))
        text = text.replace("@ADDRESS@", start.address).replace("@FILE@", str(file))
        configuration = start.directory / "nginx.conf"
        configuration.write_text(text)
        return [str(server.executable), "-p", str(start.directory), "-c", str(configuration)]

    return command


NGINX = """
daemon off;
worker_processes 1;
pid @DIRECTORY@/nginx.pid;
error_log stderr crit;
events { worker_connections 1024; }
http {
    access_log off;
    client_body_temp_path @DIRECTORY@/body;
    proxy_temp_path @DIRECTORY@/proxy;
    fastcgi_temp_path @DIRECTORY@/fastcgi;
    uwsgi_temp_path @DIRECTORY@/uwsgi;
    scgi_temp_path @DIRECTORY@/scgi;
    client_max_body_size 0;
    sendfile on;
    server {
        listen unix:@DIRECTORY@/inner.sock;
        location / { return 200 "ok"; }
    }
    server {
        listen @ADDRESS@;
        location = / { return 200 "ok"; }
        location = /file { alias @FILE@; }
        location = /upload {
            client_body_in_file_only clean;
            proxy_pass_request_body off;
            proxy_set_header Content-Length "";
            proxy_pass http://unix:@DIRECTORY@/inner.sock;
        }
    }
}
"""
