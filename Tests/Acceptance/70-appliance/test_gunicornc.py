"""`gunicornc`: Gunicorn's own client, and ours, at both servers."""

import re
import subprocess
from pathlib import Path

import pytest

from support.control import Control
from support.deadline import DEFAULT_SECONDS, wait_until
from support.server import GUNICORN, SWIFTCORN, clean_environment, command_of

pytestmark = pytest.mark.both

QUESTIONS = [
    "show all", "show workers", "show dirty", "show stats", "show listeners", "show config",
    "SHOW STATS", "help", "dirty add 2", "worker kill 1", "show nothing", "dance", "worker add x",
]  # fmt: skip


def run(client, directory, *arguments, given=""):
    """Status and texts of a client, with what differs from one moment to the next covered."""
    ended = subprocess.run(
        [str(Path(command_of(client)[0]).with_name("gunicornc")), *arguments],
        cwd=directory,
        env=clean_environment(directory),
        input=given,
        capture_output=True,
        text=True,
        timeout=DEFAULT_SECONDS,
        check=False,
    )
    return ended.returncode, covered(ended.stdout), covered(ended.stderr)


def covered(text):
    text = re.sub(r"\d+(\.\d+)?s ago", "N ago", text)
    text = re.sub(r"(Uptime: +).*", r"\1N", text)
    return re.sub(r'("(?:uptime|last_heartbeat)": )[\d.]+', r"\1N", text)


@pytest.fixture
def controlled(start, directory):
    server = start("--control-socket", "c.ctl", "-w", "2", "hello:app")
    server.wait_until_serving(2)
    control = Control(directory / "c.ctl").wait_until_there()
    if server.kind == SWIFTCORN:
        wait_until(
            lambda: all(one["booted"] for one in control.data("show workers")["workers"]),
            "the workers have booted",
        )
    yield server
    server.stop()


def test_both_clients_say_the_same(controlled, directory):
    questions = [[question] for question in QUESTIONS]
    for question, *more in [*questions, ["show all", "--json"], ["show nothing", "--json"]]:
        asked = ["-s", "c.ctl", "-c", question, *more]
        found = run(GUNICORN, directory, *asked)
        assert run(SWIFTCORN, directory, *asked) == found
        assert found[0] == int(question in QUESTIONS[-3:]), found
        assert found[1] or found[2]


def test_a_conversation(controlled, directory):
    given = "show listeners\n\nshow nothing\nhelp\nQuit\nshow all\n"
    found = run(GUNICORN, directory, "-s", "c.ctl", given=given)
    assert found[0] == 0 and "Error: Invalid argument: Unknown show target: nothing" in found[1]
    assert run(SWIFTCORN, directory, "-s", "c.ctl", given=given) == found
    assert run(SWIFTCORN, directory, "-s", "c.ctl", given="help\n") == run(
        GUNICORN, directory, "-s", "c.ctl", given="help\n"
    )


def test_without_a_server(directory):
    for asked in (
        ["--version"],
        ["--help"],
        ["-c", "show all"],
        ["-s", "nowhere.ctl", "-c", "help"],
        ["-s", "nowhere.ctl"],
        ["--nonsense"],
    ):
        found = run(GUNICORN, directory, *asked)
        assert run(SWIFTCORN, directory, *asked) == found
        assert found[0] == {"--version": 0, "--help": 0, "--nonsense": 2}.get(asked[0], 1)
