"""The status page: what it is made from, and how it looks in a real browser."""

import json
import os
import re
import signal
import struct
import zlib
from pathlib import Path

import pytest

from support import browser
from support.client import Connection, request_bytes
from support.deadline import Deadline, wait_until

pytestmark = pytest.mark.only("swiftcorn")  # Gunicorn has no such page.

#: Where the pictures go; unset, nowhere but into the test. docs/status-page-*.png came so.
PICTURES = os.environ.get("SWIFTCORN_PICTURES")


def test_the_document(monitored):
    """What /status.json says of a server: names and values as docs/observability.md has them."""
    watched = monitored(
        "-w", "2", "--timeout", "40",
        "--env", "PASSWORD=secret", "--name", "<b>shop</b>", "hello:app",
    ).wait_until_ready()
    watched.server.ask()
    watched.wait_for("it is counted", lambda m: m.status_document()["totals"]["requests"] == 1)
    found = watched.status_document()
    assert found["server"]["name"] == "<b>shop</b>"
    assert found["server"]["application"] == "hello:app"
    assert found["server"]["worker_class"] == "sync"
    assert found["server"]["gunicorn"] == "27.0.1"
    assert found["server"]["timeout_seconds"] == 40
    assert found["server"]["pid"] == watched.server.pid
    assert found["state"] == "ready"
    assert found["ready"]["ok"] and found["live"]["ok"]
    assert [check["name"] for check in found["ready"]["checks"]] == [
        "accepting", "workers", "capacity",
    ]  # fmt: skip
    assert sorted(worker["pid"] for worker in found["workers"]) == watched.server.workers
    assert found["totals"]["responses"]["2xx"] == 1
    settings = {setting["name"]: setting for setting in found["settings"]}
    assert settings["workers"]["value"] == "2"
    assert settings["workers"]["origin"] == "command line"
    assert settings["raw_env"]["value"] == "PASSWORD=…"
    assert "secret" not in watched.ask("/status.json").text
    watched.server.stop()


def test_a_reload_shows_the_new_settings(monitored, directory):
    """The history stays: it is not the monitor's own."""
    config = directory / "gunicorn.conf.py"
    config.write_text("graceful_timeout = 11\n")
    watched = monitored("hello:app").wait_until_ready()

    def value() -> str:
        settings = watched.status_document()["settings"]
        (found,) = [setting for setting in settings if setting["name"] == "graceful_timeout"]
        assert found["origin"].endswith("gunicorn.conf.py, line 1")
        return found["value"]

    assert value() == "11"
    watched.wait_for(
        "there is a sample", lambda m: m.status_document()["history"]["samples"]
    )
    before = watched.status_document()["history"]["samples"][0]
    config.write_text("graceful_timeout = 12\n")
    watched.server.signal(signal.SIGHUP)
    wait_until(lambda: watched.status("/livez") == 200 and value() == "12", "the new settings")
    assert watched.status_document()["history"]["samples"][0] == before
    watched.server.stop()


def test_events_tell_what_changes(monitored):
    """Live, by server-sent events; who ends is forgotten."""
    watched = monitored("hello:app").wait_until_ready()
    with Connection(("127.0.0.1", watched.port)) as link:
        link.send(request_bytes("GET", "/events"))
        head = link.read_until(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 OK")
        assert b"Content-Type: text/event-stream" in head

        def event() -> dict:
            text = link.read_until(b"\n\n").decode()
            while not text.startswith("data: "):
                text = link.read_until(b"\n\n").decode()
            return json.loads(text.removeprefix("data: "))

        first = event()
        assert first["state"] == "ready"
        assert "settings" not in first
        watched.server.ask()
        deadline = Deadline()
        while event()["totals"]["requests"] == 0:
            assert not deadline.expired()
    assert watched.ask("/events", "HEAD").status == 200
    watched.server.stop()


def test_too_many_who_look(monitored):
    """The next one is told to come later, and gets in when somebody has left."""
    watched = monitored("hello:app").wait_until_ready()
    looking = []
    try:
        for _ in range(32):
            link = Connection(("127.0.0.1", watched.port))
            looking.append(link)
            link.send(request_bytes("GET", "/events")).read_until(b"\r\n\r\n")
        answer = watched.ask("/events")
        assert (answer.status, answer["Retry-After"]) == (503, "10")
        assert watched.status("/readyz") == 200
        looking.pop().close()

        def is_let_in() -> bool:
            with Connection(("127.0.0.1", watched.port)) as link:
                link.send(request_bytes("GET", "/events"))
                return b" 200 " in link.read_until(b"\r\n")

        wait_until(is_let_in, "there is room again")
    finally:
        for link in looking:
            link.close()
    watched.server.stop()


def test_the_page_asks_nobody_else(monitored):
    """One file: no address of another host, and a policy that forbids to use one."""
    watched = monitored("hello:app").wait_until_ready()
    page = watched.ask("/")
    assert page["Content-Type"] == "text/html; charset=utf-8"
    assert page["Content-Security-Policy"].startswith("default-src 'none';")
    assert page["X-Content-Type-Options"] == "nosniff"
    addresses = set(re.findall(r"https?://[^\s'\"]+", page.text))
    assert addresses == {"http://www.w3.org/2000/svg"}
    assert len(page.content) < 64 * 1024
    assert watched.ask("/", "HEAD")["Content-Length"] == str(len(page.content))
    watched.server.stop()


@pytest.mark.skipif(browser.program() is None, reason="chromium is not installed")
def test_in_a_browser(monitored, directory, tmp_path):
    """Wide and narrow, light and dark: everything is there and nothing sticks out."""
    watched = monitored("-w", "3", "--name", "<i>shop</i>", "labour:app").wait_until_ready()
    server = watched.server
    for _ in range(20):
        server.ask("/pid")
    with browser.Browser(tmp_path) as page, server.connect() as link:
        link.send(request_bytes("GET", f"/until?{directory}/go"))
        server.wait_for_log("^NOTE begun")
        page.show(1280, 900)
        page.open(f"http://127.0.0.1:{watched.port}/")
        page.wait_for("document.querySelector('.pulse:not(.lost)')", "the page is live")
        page.wait_for("document.querySelectorAll('#workers tr').length === 3", "three workers")
        page.wait_for("document.querySelector('path.series[d^=M]')", "the charts have a sample")
        text = str(page.evaluate("document.body.innerText"))
        assert "<i>shop</i>" in text
        assert "Workers: 3 of 3 ready" in text
        for pid in server.workers:
            assert f"pid {pid}" in text
        page.wait_for("document.querySelector('#workers .bar')", "somebody is busy")
        for name, width, dark in (
            ("wide", 1280, False), ("wide-dark", 1280, True),
            ("narrow", 390, False), ("narrow-dark", 390, True),
        ):  # fmt: skip
            page.show(width, 900, dark=dark)
            page.wait_for(f"innerWidth === {width}", "the size is taken")
            assert page.evaluate("document.documentElement.scrollWidth") == width
            picture = page.picture()
            background = pixel(picture)
            assert (sum(background[:3]) < 200) == dark, background
            if PICTURES:
                (Path(PICTURES) / f"status-page-{name}.png").write_bytes(picture)
        (directory / "go").touch()
        assert link.response().status == 200
    server.stop()


def pixel(picture: bytes) -> tuple[int, ...]:
    """The first pixel of a PNG: what is behind everything."""
    assert picture.startswith(b"\x89PNG")
    pieces, place = [], 8
    while place < len(picture):
        (length,) = struct.unpack(">I", picture[place : place + 4])
        if picture[place + 4 : place + 8] == b"IDAT":
            pieces.append(picture[place + 8 : place + 8 + length])
        place += length + 12
    # Behind the filter of the first row, which changes nothing about its first pixel.
    return tuple(zlib.decompressobj().decompress(b"".join(pieces), 8)[1:4])
