"""Five deployments as people have them: the same files under both servers."""

import json
import re
import shutil
import signal
import subprocess

import pytest

from support.client import Connection, request_bytes
from support.deadline import wait_until, wait_until_process_ends
from support.server import free_port, interpreter_of


def reload(server, workers, booted=r"Booting worker with pid: (\d+)"):
    """HUP, and then the old workers are gone."""
    old = re.findall(booted, server.log.text)[-workers:]
    mark = server.log.mark()
    server.signal(signal.SIGHUP)
    server.wait_for_log(booted, count=workers, since=mark)
    for worker in old:
        wait_until_process_ends(int(worker))
    return mark


# Django behind nginx, by a unix socket.


@pytest.fixture
def proxy(directory):
    """nginx in front of the server's socket; answers where it listens."""
    if shutil.which("nginx", path="/usr/sbin:/usr/bin") is None:
        pytest.fail("nginx is missing: scripts/debian.sh nginx-light installs it")
    started = []

    def starter():
        port = free_port()
        config = directory / "nginx.conf"
        config.write_text(config.read_text().replace("@PORT@", str(port)))
        command = [shutil.which("nginx", path="/usr/sbin:/usr/bin"), "-p", directory, "-c", config]
        log = (directory / "nginx.log").open("wb")
        started.append(subprocess.Popen([*command, "-e", "stderr"], cwd=directory, stderr=log))
        log.close()

        def is_listening():
            assert started[-1].poll() is None, (directory / "nginx.log").read_text()
            try:
                Connection(("127.0.0.1", port)).close()
            except ConnectionRefusedError:
                return False
            return True

        wait_until(is_listening, "nginx")
        return ("127.0.0.1", port)

    yield starter
    for process in started:
        process.terminate()
        process.wait()


def through(address, raw, to="GET"):
    with Connection(address) as link:
        return link.send(raw).response(to=to)


def test_django_behind_nginx(deployed, proxy, directory):
    server = deployed("django_nginx", "shop.wsgi:application")
    server.wait_for_log("Booting worker with pid", count=2)
    address = proxy()

    def get(path):
        return through(
            address,
            f"GET {path} HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\n\r\n".encode(),
        )

    assert get("/").text == "Hello from the shop"
    facts = json.loads(get("/facts?a=b").text)
    assert facts == {
        "url": "https://shop.test/facts?a=b",
        "secure": True,
        "forwarded_for": "127.0.0.1",
        # A unix socket's peer is trusted to say it.
        "scheme": "https",
    }
    assert get("/nowhere").status == 404
    file = b"x" * 1_500_000
    form = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n'
        + file
        + b"\r\n--b--\r\n"
    )
    head = (
        "POST /upload HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\n"
        f"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {len(form)}\r\n\r\n"
    )
    assert json.loads(through(address, head.encode() + form).text) == {"size": 1_500_000}

    (directory / "shop" / "greeting.py").write_text('GREETING = "Hello again"\n')
    reload(server, 2)
    assert get("/").text == "Hello again"
    server.stop()
    assert not (directory / "shop.sock").exists() and not (directory / "shop.pid").exists()
    # In any order: there are two workers.
    assert sorted((directory / "access.log").read_text().splitlines()) == [
        '127.0.0.1 "GET / HTTP/1.0" 200 11',
        '127.0.0.1 "GET / HTTP/1.0" 200 19',
        '127.0.0.1 "GET /facts?a=b HTTP/1.0" 200 103',
        '127.0.0.1 "GET /nowhere HTTP/1.0" 404 179',
        '127.0.0.1 "POST /upload HTTP/1.0" 200 17',
    ]


# A Flask factory as a container runs it.


def test_flask_factory_in_a_container(deployed, directory):
    server = deployed(
        "flask_factory",
        "factory:create_app('production')",
        environment={
            "GUNICORN_CMD_ARGS": "--bind=127.0.0.1:0 --workers=2 --access-logfile=- "
            "--worker-tmp-dir=/dev/shm --access-logformat '%(m)s %(U)s %(s)s'",
            "APP_GREETING": "good day",
            "PYTHONUNBUFFERED": "1",
        },
    )
    server.wait_until_serving(workers=2)
    assert server.ask().text == "good day from production"
    content = b"[1, 2, 3]"
    fields = [("Content-Type", "application/json")]
    assert server.ask("/sum", method="POST", fields=fields, content=content).text == "6\n"
    assert server.ask("/fails").status == 500
    server.wait_for_log("LookupError: nothing there")
    code = (directory / "factory.py").read_text()
    (directory / "factory.py").write_text(code.replace("from {stage}", "again from {stage}"))
    reload(server, 2)
    assert server.ask().text == "good day again from production"
    server.stop()
    # Of a request that failed Gunicorn does not know the path.
    said = [re.sub("^GET (None|/fails) 500$", "GET ... 500", one) for one in server.out.texts()]
    assert sorted(said) == ["GET ... 500", "GET / 200", "GET / 200", "POST /sum 200"]
    lines = [line for line in server.masked_log() if "Control socket" not in line]
    assert lines[:3] == [
        "[TIME] [MASTER] [INFO] Starting gunicorn 27.0.1",
        "[TIME] [MASTER] [INFO] Listening at: http://127.0.0.1:PORT (MASTER)",
        "[TIME] [MASTER] [INFO] Using worker: sync",
    ]
    assert lines[-1] == "[TIME] [MASTER] [INFO] Shutting down: Master"


# Pyramid, by a Paste file that configures the logs as well.


def test_pyramid_by_paste(deployed, directory):
    server = deployed("pyramid_paste", "--paste", "production.ini", "--bind=127.0.0.1:0")
    server.wait_for_log(r"^INFO  \[gunicorn\.error\] Booting worker with pid: \d+$")
    assert server.ask("/pages/ann").text == "Hello, ann"
    server.wait_for_log(r"^INFO  \[site_of_pages\] page for ann$")
    assert server.ask("/nowhere").status == 404
    settings = (directory / "production.ini").read_text()
    (directory / "production.ini").write_text(settings.replace("= Hello", "= Welcome"))
    reload(server, 1)
    assert server.ask("/pages/bob").text == "Welcome, bob"
    server.stop()
    assert server.log.texts()[-1] == "INFO  [gunicorn.error] Shutting down: Master"


# A program of its own that serves by Gunicorn's classes.


def test_a_custom_application(deployed, directory, kind):
    server = deployed("custom_application", command=[interpreter_of(kind), "serve.py"])
    server.wait_until_serving(workers=2)
    server.wait_for_log(r"\[INFO\] ready with 2$")
    assert server.ask("/a").text == "served from /a: hello"
    assert server.ask("/b", method="HEAD").status == 200
    (directory / "greeting.txt").write_text("good bye")
    reload(server, 2)
    assert server.ask("/c").text == "served from /c: good bye"
    server.stop()
    assert sorted(re.sub(r"\[.*\]", "[TIME]", text) for text in server.out.texts()) == [
        '127.0.0.1 - - [TIME] "GET /a HTTP/1.1" 200 21 "-" "-"',
        '127.0.0.1 - - [TIME] "GET /c HTTP/1.1" 200 24 "-" "-"',
        '127.0.0.1 - - [TIME] "HEAD /b HTTP/1.1" 200 0 "-" "-"',
    ]


# JSON lines for a collector of logs.


def test_json_lines(deployed, directory):
    server = deployed("json_lines", "service:app")
    server.wait_for_log("Booting worker with pid", count=2)
    fields = [("X-Request-ID", "r-1")]
    assert server.ask("/a%22b", fields=fields).text == '/a"b'
    assert server.ask("/healthz").status == 200
    assert server.ask("/fails").status == 500
    server.wait_for_log("Error handling request")
    code = (directory / "service.py").read_text()
    (directory / "service.py").write_text(code.replace("content =", "content = b'new ' +"))
    reload(server, 2)
    assert server.ask("/c").text == "new /c"
    server.stop()

    said = [json.loads(text) for text in server.log.texts()]
    requests = [json.loads(text) for text in server.out.texts()]
    assert said[-1]["message"] == "Shutting down: Master" and said[-1]["pid"] == server.pid
    assert {entry["logger"] for entry in said} == {"gunicorn.error"}
    (failure,) = [entry for entry in said if entry["level"] == "error"]
    assert failure["message"] == "Error handling request GET /fails"
    assert failure["traceback"].endswith("KeyError: 'no such thing'")
    told = {entry["request"]["path"]: entry for entry in requests}
    assert len(requests) == 3
    assert told["/c"]["message"] == "GET /c 200"
    first = told['/a\\"b']["request"]
    assert first.pop("microseconds") > 0
    assert first == {
        "method": "GET",
        "path": '/a\\"b',
        "status": 200,
        "bytes": 4,
        "client": "127.0.0.1",
        "id": "r-1",
    }
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT.*\+00:00", entry["time"]) for entry in said)
