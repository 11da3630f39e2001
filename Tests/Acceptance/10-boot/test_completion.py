"""`--completion SHELL`: the script is loaded by the shell, which is asked for candidates."""

import os
import pty
import select
import shutil
import subprocess

import pytest

from support.deadline import Deadline
from support.server import clean_environment, command_of

pytestmark = pytest.mark.only("swiftcorn")

CASES = {
    "an option": (["--worker-cl"], {"--worker-class"}),
    "options by their beginning": (
        ["--dirty-"], {"--dirty-app", "--dirty-workers", "--dirty-timeout", "--dirty-threads",
                       "--dirty-graceful-timeout"}),
    "a word of a few": (["--header-map", "d"], {"drop", "dangerous"}),
    "a class": (["-k", "ge"], {"gevent", "gevent_wsgi", "gevent_pywsgi"}),
    "a file": (["-c", "sett"], {"settings.py"}),
    "a directory": (["--chdir", "fol"], {"folder"}),
}

BASH = """
source <({program} --completion bash)
COMP_WORDS=({program} "$@") COMP_CWORD=$#
previous=${{COMP_WORDS[COMP_CWORD - 1]}}
function=$(complete -p {program} | sed 's/.*-F \\([^ ]*\\).*/\\1/')
$function {program} "${{@: -1}}" "$previous"
printf '%s\\n' "${{COMPREPLY[@]}}"
"""

FISH = "{program} --completion fish | source; complete -C '{program} {line}'"

@pytest.fixture
def place(directory):
    (directory / "settings.py").touch()
    (directory / "folder").mkdir()
    return directory


@pytest.fixture
def world(place):
    """The environment of a shell that finds the command by its name."""
    environment = clean_environment(place)
    folder = command_of("swiftcorn")[0].rpartition("/")[0]
    return {**environment, "PATH": f"{folder}:{environment['PATH']}"}


def asked(place, world, *arguments):
    finished = subprocess.run(
        arguments, cwd=place, env=world, capture_output=True, text=True, timeout=60, check=False)
    assert finished.stderr == ""
    return {line.split("\t")[0].rstrip("/") for line in finished.stdout.splitlines() if line}


@pytest.mark.parametrize("case", CASES)
def test_bash(kind, program, place, world, case):
    words, expected = CASES[case]
    script = BASH.format(program=program)
    assert asked(place, world, "bash", "-c", script, "bash", *words) == expected


@pytest.mark.skipif(shutil.which("fish") is None, reason="fish is not installed")
@pytest.mark.parametrize("case", CASES)
def test_fish(kind, program, place, world, case):
    words, expected = CASES[case]
    script = FISH.format(program=program, line=" ".join(words))
    assert asked(place, world, "fish", "--no-config", "-c", script) == expected


@pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not installed")
def test_zsh(kind, program, place, world):
    """zsh completes in a terminal only, so it gets one, and somebody who presses Tab."""
    ours, theirs = pty.openpty()
    shell = subprocess.Popen(
        ["zsh", "-f", "-i"], cwd=place, env={**world, "TERM": "dumb", "COLUMNS": "200"},
        stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True)
    os.close(theirs)
    try:
        os.write(ours, b"unsetopt zle_bracketed_paste; autoload -Uz compinit && compinit -D -u; "
                 + f"source <({program} --completion zsh) && echo load''ed\n".encode())
        read_until(ours, "loaded")
        for typed, offered in [("--header-map d", ["dangerous", "drop"]),
                               ("--worker-cl", ["--worker-class"]), ("-c sett", ["settings.py"])]:
            os.write(ours, f"{program} {typed}\t\t".encode())
            read_until(ours, *offered)
            os.write(ours, b"\x15\n")
    finally:
        shell.kill()
        shell.wait()
        os.close(ours)


def read_until(terminal, *words):
    """Reads what the shell shows until each of the words has stood there."""
    deadline, shown = Deadline(), ""
    while not all(word in shown for word in words):
        ready, _, _ = select.select([terminal], [], [], deadline.remaining())
        assert ready, f"the terminal shows {shown!r}"
        shown += os.read(terminal, 65536).decode("utf-8", "replace")


def test_another_shell_is_refused(command, refusal):
    finished = command("--completion", "csh")
    assert finished.err == refusal + (
        "argument --completion: invalid choice: 'csh' (choose from 'bash', 'zsh', 'fish')\n")
    assert finished.status == 2
