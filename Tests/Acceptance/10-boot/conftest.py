"""What the tests of the boot share."""

from pathlib import Path

import pytest

from support.server import command_of


@pytest.fixture
def program(kind):
    """The name the command was called by; argparse shows it."""
    return Path(command_of(kind)[0]).name


@pytest.fixture
def refusal(program):
    """What argparse says to a wrong command line."""
    return f"usage: {program} [OPTIONS] [APP_MODULE]\n{program}: error: "
