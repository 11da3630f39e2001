"""What the application finds around it: directory, path, environment, arguments, identity."""

import json

import pytest

REPORT = """
import json, os, sys

def app(environ, start_response):
    found = json.dumps({
        "cwd": os.getcwd(), "path": sys.path[:3], "argv": sys.argv[1:], "name": __name__,
        "environment": {k: v for k, v in os.environ.items() if k.isupper()},
        "pid": os.getpid(), "parent": os.getppid(), "main": sys.modules["__main__"].__name__,
        "umask": os.umask(0o077),
    }).encode()
    os.umask(0)
    start_response("200 OK", [("Content-Length", str(len(found)))])
    return [found]
"""


@pytest.fixture
def report(start, directory):
    """Starts with these arguments and answers what the application saw."""
    (directory / "report.py").write_text(REPORT)

    def asked(*arguments, **options):
        server = start(*arguments, "report:app", **options)
        found = json.loads(server.ask().content)
        server.stop()
        return {**found, "server": server}

    return asked


def test_a_plain_start(report, directory):
    found = report()
    assert found["cwd"] == str(directory)
    assert found["path"][0] == str(directory)
    assert found["argv"] == ["--bind", "127.0.0.1:0", "report:app"]
    assert found["environment"]["SERVER_SOFTWARE"] == "gunicorn/27.0.1"
    assert found["parent"] == found["server"].pid
    assert found["pid"] != found["server"].pid
    assert found["name"] == "report"


def test_another_directory(report, directory):
    (directory / "inner").mkdir()
    (directory / "inner" / "report.py").write_text(REPORT)
    found = report("--chdir", "inner")
    assert found["cwd"] == str(directory / "inner")
    assert found["path"][0] == str(directory / "inner")


def test_more_places_for_modules(report, directory):
    (directory / "one").mkdir()
    (directory / "two").mkdir()
    found = report("--pythonpath", f"one,{directory}/two")
    assert found["path"][:3] == [str(directory / "two"), str(directory / "one"), str(directory)]


def test_environment_settings(report):
    found = report("-e", "COLOUR=blue", "--env", "EQUATION=a=b", "-e", "EMPTY=")
    environment = found["environment"]
    assert environment["COLOUR"] == "blue"
    assert environment["EQUATION"] == "a=b"
    assert environment["EMPTY"] == ""


def test_environment_settings_are_there_when_the_application_is_preloaded(start, directory):
    (directory / "early.py").write_text(
        "import os\nfrom specimen import saying\napp = saying(os.environ['COLOUR'])\n"
    )
    server = start("--preload", "-e", "COLOUR=blue", "early:app")
    assert server.ask().text == "blue"
    server.stop()


def test_the_umask_of_the_process_is_the_callers(report):
    assert report("-m", "0027")["umask"] == 0o022
