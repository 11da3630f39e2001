"""The files for nginx and Caddy, in the real ones, before the command that each file prints."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest
from delivered import BIN, DEADLINE_SECONDS, REPOSITORY, free_port, get_when_ready, run, serving

DEPLOY = REPOSITORY / "deploy"
SOCKET = "/run/swiftcorn/app.sock"
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin")
STREAM_MODULE = Path("/usr/lib/nginx/modules/ngx_stream_module.so")
ECHO = """
def app(environ, start_response):
    sent = environ["wsgi.input"].read()
    facts = [environ["REMOTE_ADDR"] or "-", environ["wsgi.url_scheme"], environ["HTTP_HOST"],
             environ.get("HTTP_X_FORWARDED_FOR", "-"), str(len(sent))]
    body = " ".join(facts).encode()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]
"""


def delivered(path: str, folder: Path, port: int) -> str:
    """The file with a port and a path that this test may use, and with nothing else changed."""
    text = (DEPLOY / path).read_text()
    assert SOCKET in text
    text = text.replace(SOCKET, f"{folder}/app.sock")
    text, count = re.subn(r"^( *listen )80\b", rf"\g<1>127.0.0.1:{port}", text, flags=re.M)
    text, more = re.subn(r"^:80 ", f":{port} ", text, flags=re.M)
    assert count + more == 1
    return text


def command_of(path: str, folder: Path) -> list[str]:
    """The command line that the file says is the server's."""
    (line,) = re.findall(r"^#   gunicorn (.*)$", (DEPLOY / path).read_text(), re.M)
    words = line.replace(SOCKET, f"{folder}/app.sock").replace("myproject.wsgi:app", "echo:app")
    return [str(BIN / "gunicorn"), "--chdir", str(folder), "--workers=2", *words.split()]


@contextmanager
def proxied(command: list[str | Path], folder: Path, port: int) -> Iterator[None]:
    """The proxy, once it answers."""
    environment = {**os.environ, "HOME": str(folder), "XDG_DATA_HOME": str(folder)}
    with (folder / "proxy.log").open("wb") as log:
        process = subprocess.Popen(command, stderr=log, stdout=log, env=environment)
    try:
        get_when_ready(port, "/")
        yield
    except BaseException:
        print((folder / "proxy.log").read_text())
        raise
    finally:
        process.terminate()
        process.wait(DEADLINE_SECONDS)


def ask(port: int, body: bytes = b"") -> list[str]:
    connection = HTTPConnection("127.0.0.1", port, timeout=DEADLINE_SECONDS)
    try:
        method = "POST" if body else "GET"
        connection.request(method, "/facts", body=body or None, headers={"Host": "shop.test"})
        answer = connection.getresponse()
        assert answer.status == 200
        return answer.read().decode().split()
    finally:
        connection.close()


@contextmanager
def server(path: str, folder: Path) -> Iterator[None]:
    (folder / "echo.py").write_text(ECHO)
    with serving(*command_of(path, folder)):
        end = time.monotonic() + DEADLINE_SECONDS
        while not (folder / "app.sock").exists():
            assert time.monotonic() < end
            time.sleep(0.02)
        yield


def nginx(folder: Path, http: str = "", around: str = "") -> list[str | Path]:
    """nginx by a configuration around the file, in one process."""
    assert NGINX, "nginx is missing: scripts/debian.sh nginx-light libnginx-mod-stream installs it"
    places = "".join(
        f"{kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    inside = f"http {{\naccess_log off;\n{places}{http}\n}}\n" if http else ""
    (folder / "nginx.conf").write_text(
        f"{around.partition('|')[0]}daemon off;\nmaster_process off;\npid {folder}/nginx.pid;\n"
        f"error_log stderr;\nevents {{ }}\n{inside}{around.partition('|')[2]}"
    )
    command: list[str | Path] = [NGINX, "-p", folder, "-e", "stderr", "-c", folder / "nginx.conf"]
    run(*command, "-t")
    return command


def test_nginx_over_a_unix_socket(tmp_path: Path) -> None:
    port = free_port()
    file = "nginx/swiftcorn.conf"
    command = nginx(tmp_path, delivered(file, tmp_path, port))
    with server(file, tmp_path), proxied(command, tmp_path, port):
        assert ask(port) == ["-", "http", "shop.test", "127.0.0.1", "0"]
        assert ask(port, b"x" * 3_000_000)[-1] == "3000000"


@pytest.mark.skipif(
    not STREAM_MODULE.exists(), reason="libnginx-mod-stream is not installed; make test does it"
)
def test_nginx_as_a_balancer_with_the_proxy_protocol(tmp_path: Path) -> None:
    port = free_port()
    file = "nginx/swiftcorn-stream.conf"
    around = f"load_module {STREAM_MODULE};\n|{delivered(file, tmp_path, port)}"
    command = nginx(tmp_path, around=around)
    with server(file, tmp_path), proxied(command, tmp_path, port):
        assert ask(port) == ["127.0.0.1", "http", "shop.test", "-", "0"]
        assert ask(port, b"x" * 100_000)[-1] == "100000"


def test_caddy_with_the_proxy_protocol(tmp_path: Path) -> None:
    port = free_port()
    file = "caddy/Caddyfile"
    caddyfile = tmp_path / "Caddyfile"
    text = delivered(file, tmp_path, port)
    caddyfile.write_text("{\n\tadmin off\n\tdefault_bind 127.0.0.1\n}\n" + text)
    # As its own tool writes it, so that a user's editor changes nothing.
    assert run(BIN / "caddy", "fmt", DEPLOY / file).stdout == (DEPLOY / file).read_text()
    command: list[str | Path] = [BIN / "caddy", "run", "--config", caddyfile]
    with server(file, tmp_path), proxied(command, tmp_path, port):
        assert ask(port) == ["127.0.0.1", "http", "shop.test", "127.0.0.1", "0"]
        assert ask(port, b"x" * 3_000_000)[-1] == "3000000"
