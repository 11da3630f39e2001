"""The examples answer under both commands, as their README says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from delivered import BIN, REPOSITORY, get, get_when_ready, serving

EXAMPLES = REPOSITORY / "examples"
COMMANDS = ("gunicorn", "swiftcorn")
CASES = {
    "hello": ("hello:app", b"Hello from Swiftcorn\n"),
    "flask": ("shop:app", b"Hello from Flask\n"),
    "django": ("site_of_one.wsgi", b"Hello from Django\n"),
}


def options(name: str) -> list[str | Path]:
    return ["--bind", "127.0.0.1:0", "--chdir", EXAMPLES / name, CASES[name][0]]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("name", CASES)
def test_the_example_answers(name: str, command: str) -> None:
    with serving(BIN / command, *options(name)) as server:
        assert get_when_ready(server.port()) == CASES[name][1]


@pytest.mark.parametrize("name", ["flask", "django"])
def test_a_framework_routes_and_answers_json(name: str) -> None:
    with serving(BIN / "gunicorn", *options(name)) as server:
        status, body = get(server.port(), "/items/7")
        assert (status, json.loads(body)) == (200, {"number": 7, "name": "item 7"})
        assert get(server.port(), "/nowhere")[0] == 404


@pytest.mark.parametrize("name", CASES)
def test_the_command_is_the_one_in_the_readme(name: str) -> None:
    text = (EXAMPLES / "README.md").read_text()
    assert f"swiftcorn --chdir examples/{name} {CASES[name][0]}" in text
