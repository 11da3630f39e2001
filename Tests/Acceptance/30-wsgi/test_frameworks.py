"""Flask and Django: what their applications do most works, and looks the same on the wire."""

import json
from pathlib import Path

import pytest

from support.server import APPLICATIONS

BOUNDARY = "----acceptance"
UPLOAD = (
    (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n'
        "Content-Type: application/x-test\r\n\r\n"
    ).encode()
    + bytes(range(256)) * 4000
    + f"\r\n--{BOUNDARY}--\r\n".encode()
)

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"


@pytest.fixture(params=["flask_shop:app", "django_shop:app"], ids=["flask", "django"])
def site(serving, request):
    return serving(request.param)


def test_a_page(site):
    assert site.ask().text.startswith("Hello from ")


def test_a_page_that_is_not_there(site):
    assert site.ask("/nowhere").status == 404


def test_head(site):
    response = site.ask(method="HEAD")
    assert (response.status, response.content) == (200, b"")
    assert response["Content-Length"] == str(len(site.ask().content))


def test_a_form(site):
    response = site.ask(
        "/form",
        method="POST",
        content=b"a=1&b=caf%C3%A9+x",
        fields=[("Content-Type", "application/x-www-form-urlencoded")],
    )
    assert json.loads(response.content) == {"a": "1", "b": "caf\u00e9 x"}


def test_an_upload(site):
    response = site.ask(
        "/upload",
        method="POST",
        content=UPLOAD,
        fields=[("Content-Type", f"multipart/form-data; boundary={BOUNDARY}")],
    )
    assert json.loads(response.content) == {
        "name": "a.bin",
        "size": 1_024_000,
        "kind": "application/x-test",
    }


def test_a_session(site):
    cookies, counts = [], []
    for _ in range(3):
        response = site.ask("/count", fields=cookies)
        counts.append(response.text)
        cookies = [("Cookie", response["Set-Cookie"].partition(";")[0])]
    assert counts == ["1", "2", "3"]


def test_a_stream(site):
    response = site.ask("/stream")
    assert response.text == "".join(f"{number}\n" for number in range(1000))
    assert response["Transfer-Encoding"] == "chunked"


def test_a_file(site):
    response = site.ask("/file")
    if "flask" in site.arguments[-1]:
        assert response.content == bytes(range(256)) * 100
    else:
        assert response.content == (APPLICATIONS / "echo.py").read_bytes()


def test_its_own_address(site):
    assert site.ask("/url?x=%20", fields=[("X-Forwarded-Proto", "https")]).text == (
        "https://acceptance.test/url?x=%20"
    )


def test_an_exception_in_a_view_is_the_frameworks(site):
    """The framework answers; the server's own page and log line stay out of it."""
    mark = site.log.mark()
    assert site.ask("/fails").status == 500
    assert site.ask().status == 200
    assert "Error handling request" not in "\n".join(site.log.texts(mark))


def test_a_redirect(serving):
    response = serving("flask_shop:app").ask("/redirect")
    assert (response.status, response["Location"]) == (302, "/count")


@pytest.mark.parametrize(
    ("folder", "application", "text"),
    [
        ("hello", "hello:app", "Hello from Swiftcorn\n"),
        ("flask", "shop:app", "Hello from Flask\n"),
        ("django", "site_of_one.wsgi", "Hello from Django\n"),
    ],
)
def test_the_examples(start, folder, application, text):
    server = start("--chdir", str(EXAMPLES / folder), "--workers", "2", application)
    server.wait_until_serving(workers=2)
    assert [server.ask().text for _ in range(4)] == [text] * 4
    server.stop()


@pytest.mark.parametrize("application", ["flask_shop:app", "django_shop:app"])
def test_preloaded(start, application):
    server = start("--preload", "--workers", "2", application)
    server.wait_until_serving(workers=2)
    assert [server.ask().status for _ in range(6)] == [200] * 6
    server.stop()


@pytest.mark.parametrize("application", ["flask_shop:app", "django_shop:app"])
def test_threaded(start, application):
    server = start("--workers", "2", "--threads", "2", application)
    server.wait_until_serving(workers=2)
    assert [server.ask().status for _ in range(6)] == [200] * 6
    server.stop()
