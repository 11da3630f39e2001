"""What the tests of `swiftcorn.shared` ask servers and plain processes with."""

import json
import subprocess
from urllib.parse import urlencode

import pytest

from support.server import APPLICATIONS, clean_environment, interpreter_of


@pytest.fixture
def python(kind, directory):
    """Runs a program in the server's interpreter, without a server; what it prints."""

    def run(*arguments, seconds=600):
        done = subprocess.run(
            [interpreter_of(kind), *map(str, arguments)],
            cwd=directory,
            env=clean_environment(directory, {"PYTHONPATH": str(APPLICATIONS)}),
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


@pytest.fixture
def ask():
    """Asks `sharing:app` to call a function of the store in one of its workers."""

    def asker(server, name, *arguments):
        query = urlencode({"arguments": json.dumps(arguments)})
        answer = server.ask(f"/{name}?{query}")
        assert answer.status == 200, server.log.text
        return json.loads(answer.text)

    return asker
