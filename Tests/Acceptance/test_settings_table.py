"""Our table of settings beside Gunicorn's: names, flags, value names, order, defaults, checks."""

import shutil

import pytest

from support.directory import new_directory
from support.server import GUNICORN, run
from support.settings import (
    OWN, Oracle, help_entries, run_swiftcorn, same_user_directory, without_own)

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
    flags = [switch + name.replace("_", "-") for name in OWN for switch in ("--", "--no-")]
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


# What a check refuses or puts into another form; each is written into a config file.
VALUES = [
    None, True, False, 0, 1, -1, 16384, "", "x", " pad ", "true", "False", "0x10", "007", "-3",
    [], ["a", " b "], {}, {"A": "b"}, "a,b", "127.0.0.1, ::1", "10.0.0.1/8", "*", "drop", "V1",
    "h1,h2", "h2,h2", "auto", "on", "off", "both", "poll", "nobody", ".", "localhost", "h:p",
    "unix:8125",
]

# Hooks and classes are compared by tests of their own. What Gunicorn says against a wrong type in
# the others is an accident of Python's, and ours is a sentence.
LEFT_OUT = ("worker_class", "logger_class", "chdir", "user", "group", "reload_engine",
            "reload_extra_files")


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_every_check(kind, oracle, place, value):
    """Each setting is given the value in a config file, and refuses or shows it as Gunicorn does.

    The settings that take it share one file. Those that refuse it need a run each, so of those that
    refuse it in the same words only the first is tried.
    """
    listing = oracle.ask("hello:app")["listing"]
    hooks = [line.split(" ")[0] for line in listing.splitlines() if line.endswith("()>")]
    complaints = {name: text for name, text in oracle.complaints(value).items()
                  if name not in LEFT_OUT and name not in hooks}
    if value == "h1,h2":  # Gunicorn takes it only where the h2 package is installed
        del complaints["http_protocols"]
    path = place / "conf.py"
    path.write_text("".join(
        f"{name} = {value!r}\n" for name, text in complaints.items() if text is None))
    expected = oracle.ask("-c", "conf.py", "--print-config", "hello:app")["listing"]
    found = run_swiftcorn(place, "-c", "conf.py", "--print-config", "hello:app")
    assert without_own(found.stdout) == expected
    first = {text: name for name, text in reversed(complaints.items()) if text is not None}
    for text, name in first.items():
        path.write_text(f"{name} = {value!r}\n")
        found = run_swiftcorn(place, "-c", "conf.py", "--check-config", "hello:app")
        assert found.stderr == f"Invalid value for {name}: {value}\n\n\nError: {text}\n"
        assert found.returncode == 1
