"""Our table of settings beside Gunicorn's: names, flags, value names, order, defaults, checks."""

import json
import shutil
from pathlib import Path

import pytest

from support.directory import new_directory
from support.server import GUNICORN, run
from support.settings import (
    OWN, Oracle, help_entries, run_swiftcorn, same_user_directory, without_explanation,
    without_own)

pytestmark = pytest.mark.only("swiftcorn")


@pytest.fixture(scope="module")
def place():
    path = same_user_directory(new_directory())
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="module")
def oracle(place):
    process = Oracle(place)
    yield process
    process.close()


def test_every_name_and_every_default(kind, oracle, place):
    theirs = oracle.ask("--print-config", "hello:app")["listing"]
    ours = run_swiftcorn(place, "--print-config", "hello:app")
    assert without_own(ours.stdout) == theirs
    assert len(ours.stdout.splitlines()) == 120 + len(OWN)


def test_every_flag_and_value_name_in_order(kind, place, directory):
    """The words of the help texts are our own; flags, value names, order and defaults are not."""
    wide = {"COLUMNS": "1000"}
    theirs = run(GUNICORN, "--help", directory=directory, environment=wide).out
    ours = run("swiftcorn", "--help", directory=directory, environment=wide).out
    flags = ["--completion", *("--" + name.replace("_", "-") for name in OWN)]
    found = [entry for entry in help_entries(ours) if entry[0].split(" ")[0] not in flags]
    assert found == help_entries(theirs)


@pytest.mark.parametrize("columns", ["40", "60", "80", "100", "200"])
def test_the_help_is_laid_out_for_the_terminal(kind, place, directory, columns):
    """Texts begin in one column and no line is longer than the terminal allows."""
    narrow = {"COLUMNS": columns}
    lines = run("swiftcorn", "--help", directory=directory, environment=narrow).out.splitlines()
    texts = [line for line in lines if line.startswith("      ")]
    (column,) = {len(line) - len(line.lstrip()) for line in texts}
    theirs = run(GUNICORN, "--help", directory=directory, environment=narrow).out.splitlines()
    assert {len(line) - len(line.lstrip()) for line in theirs if line.startswith("      ")} == {
        column}
    assert max(len(line) for line in texts) <= int(columns) - 2


# What checks refuse or put into another form.
VALUES = [
    None, True, False, 0, 1, -1, 384, 16383, 16384, 65536, 16777216, 2147483647, 2147483648,
    "", "x", " pad ", "a b", "true", "False", "TRUE", "yes", "none", "0", "1", "0x10", "007",
    "0o600", "1_000", " 7 ", "-3", "1.5", [], ["a", " b "], {}, {"A": "b"}, "a,b", "a, b ,",
    "127.0.0.1", "127.0.0.1, ::1", "10.0.0.1/8", "10.0.0.0/8", "::1/129", "fe80::/10", "*", "*,::1",
    "drop", "Refuse", "dangerous", "off", "v1", "V2", "auto", "h1", "h2", "h3", " H1 , h2", "h2,h2",
    "prior-knowledge", "upgrade", "both", "uvloop", "asyncio", "on", "fast", "python", "poll",
    "inotify", "Poll", "localhost", "localhost:9", "h:p", "[::1]:1", "unix:8125", "unix:///x",
    "gthread", "it's", "caf\u00e9",
]

# Hooks and classes are compared by tests of their own, and what the file system and the machine's
# users decide by others. What Gunicorn says against a wrong type there is an accident of Python's.
LEFT_OUT = ("worker_class", "logger_class", "chdir", "user", "group", "reload_extra_files")

RECORDED = Path(__file__).resolve().parents[1] / "SettingsTests" / "verdicts.json"


def test_the_recorded_verdicts_are_those_of_gunicorn(kind, oracle, request):
    """What each of Gunicorn's checks makes of each value; SettingsTests hold our checks to it."""
    listing = oracle.ask("hello:app")["listing"]
    hooks = [line.split(" ")[0] for line in listing.splitlines() if line.endswith("()>")]
    found = []
    for value in VALUES:
        row = {"value": value, "taken": {}, "refused": {}}
        for name, verdict in oracle.verdicts(value).items():
            refused = isinstance(verdict, list)
            if name in (*LEFT_OUT, *hooks) or refused and "unhashable" in verdict[0]:
                continue
            group = row["refused"] if refused else row["taken"]
            text = verdict[0] if refused else verdict
            group.setdefault(text, []).append(name)
        found.append(row)
    if request.config.getoption("--record"):
        rows = ",\n".join(json.dumps(row, sort_keys=True) for row in found)
        RECORDED.write_text(f"[\n{rows}\n]\n")
    assert json.loads(RECORDED.read_text()) == found


@pytest.mark.parametrize("value", [None, -1, "drop", ["a", " b "], {"A": "b"}], ids=repr)
def test_a_value_from_a_config_file(kind, oracle, place, value):
    """The settings that take it share one file; of those that refuse it alike one is tried."""
    listing = oracle.ask("hello:app")["listing"]
    hooks = [line.split(" ")[0] for line in listing.splitlines() if line.endswith("()>")]
    complaints = {name: text for name, text in oracle.complaints(value).items()
                  if name not in LEFT_OUT and name not in hooks}
    path = place / "conf.py"
    path.write_text("".join(
        f"{name} = {value!r}\n" for name, text in complaints.items() if text is None))
    expected = oracle.ask("-c", "conf.py", "--print-config", "hello:app")["listing"]
    found = run_swiftcorn(place, "-c", "conf.py", "--print-config", "hello:app")
    assert without_own(found.stdout) == expected
    first = {text: name for name, text in reversed(complaints.items())
             if text is not None and "unhashable" not in text}
    for text, name in first.items():
        path.write_text(f"{name} = {value!r}\n")
        found = run_swiftcorn(place, "-c", "conf.py", "--check-config", "hello:app")
        said = f"Invalid value for {name}: {value}\n\n\nError: {text}\n"
        assert without_explanation(found.stderr) == said
        assert f"{name} (conf.py, line 1) takes " in found.stderr
        assert found.returncode == 1
