"""Command lines, made at random, read by Python's argparse with Gunicorn's table, and by us."""

import shlex
import shutil

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from support.directory import new_directory
from support.settings import (
    Oracle, run_swiftcorn, same_user_directory, without_explanation, without_own)

# What these do is compared by tests of their own; here they would only stop the comparison.
LEFT_OUT = ("--paste", "--paster", "-c", "--config", "--chdir")

VALUES = [
    "0", "1", "4", "-3", "-1.5", "-x", "-a b", "a b", "x=y", "=", "a=b=c", "abc", "0x10", "0022",
    "089", "1_000", " 7 ", "+3", "", "-", "it's", '"q"', "drop", "off", "v1", "h1", "*",
    "127.0.0.1", "10.0.0.1/8", "2001:db8::/32", ":8000", "[::1]:80", "unix:/tmp/x", "fd://3",
    "nobody", "99999", "poll", "-w2", "--workers", "localhost:8125", "16384", "both", "on",
    "two 'words' \"q\"", "a\\b", "#", "$HOME", "caf\u00e9", "--=x", "-=",
]


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


@st.composite
def options(draw, table):
    """One option with its value, in one of the forms in which it can be written."""
    row = draw(st.sampled_from([row for row in table if row["flags"]]))
    flag = draw(st.sampled_from(row["flags"]))
    assume(flag not in LEFT_OUT)
    if flag.startswith("--") and draw(st.integers(0, 2)) == 0:
        flag = flag[: draw(st.integers(4, len(flag)))]
        # A shorter option may hide in a longer one's name: --reload in --reload-engine.
        assume(flag in row["flags"] or not any(flag in one["flags"] for one in table))
        assume(not any(one.startswith(flag) for one in LEFT_OUT))
    if not row["takes_value"]:
        bundles = ["-RD", "-DR", "-Rw2", "-DRb:80", "-Rx"]
        return [draw(st.sampled_from([flag, flag, flag, flag + "=1", *bundles]))]
    value = draw(st.sampled_from(VALUES))
    if row["whole_number"] and draw(st.booleans()):
        value = str(draw(st.integers(0, 99999)))
    if row["optional"]:
        return [draw(st.sampled_from([flag, f"{flag}={value}"]))]
    joined = f"{flag}={value}" if flag.startswith("--") else flag + value
    return draw(st.sampled_from([[flag, value], [joined], [f"{flag}={value}"]]))


@st.composite
def command_lines(draw, table):
    parts = draw(st.lists(options(table), max_size=5))
    if draw(st.integers(0, 9)) == 0:
        parts.append([draw(st.sampled_from(["--nope", "-Z", "-w", "--version"]))])
    if draw(st.integers(0, 9)) == 0:
        parts.append(["--", "hello:app"])
    elif draw(st.integers(0, 9)) > 0:
        parts.insert(draw(st.integers(0, len(parts))), ["hello:app"])
    return [word for part in parts for word in part]


@pytest.mark.only("swiftcorn")
def test_both_read_the_same_from_a_command_line(kind, oracle, place):
    @settings(max_examples=200, deadline=None, derandomize=True,
              suppress_health_check=list(HealthCheck))
    @given(command_lines(oracle.table))
    def same(arguments):
        expected = oracle.ask("--print-config", *arguments)
        assume(isinstance(expected["status"], int))
        found = run_swiftcorn(place, "--print-config", *arguments)
        if expected["listing"] is not None:
            assert without_own(found.stdout) == expected["listing"]
        else:
            assert (found.returncode, found.stdout, without_explanation(found.stderr)) == (
                expected["status"], expected["out"], expected["err"])

    same()


@st.composite
def shell_texts(draw, table):
    """Words as a shell takes them: quoted for it, or with quotes and blanks wherever they fall."""
    words = [word for part in draw(st.lists(options(table), max_size=4)) for word in part]
    if draw(st.booleans()):
        return shlex.join(words)
    pieces = st.sampled_from(["'", '"', "\\", " ", "  ", "\t", "-w2", "--name", "x y", "=", "''"])
    return " ".join(words) + " " + "".join(draw(st.lists(pieces, max_size=6)))


@pytest.mark.only("swiftcorn")
def test_both_read_the_same_from_the_environment_variable(kind, oracle, place):
    @settings(max_examples=100, deadline=None, derandomize=True,
              suppress_health_check=list(HealthCheck))
    @given(shell_texts(oracle.table))
    def same(variable):
        expected = oracle.ask_with(variable, "--print-config", "hello:app")
        assume(isinstance(expected["status"], int))
        found = run_swiftcorn(place, "--print-config", "hello:app", variable=variable)
        if expected["listing"] is not None:
            assert without_own(found.stdout) == expected["listing"]
            return
        said = without_explanation(found.stderr)
        if expected["err"].startswith(("\nError: No closing", "\nError: No escaped")):
            # Row unclosed-quote: we show where.
            said = said.split(" in GUNICORN_CMD_ARGS")[0] + "\n"
        assert (found.returncode, found.stdout, said) == (
            expected["status"], expected["out"], expected["err"])

    same()


OPTIONS = [
    ["-w2", "--worker-con", "5", "-b", ":1", "-b", "unix:a", "--preload", "-n", "a b"],
    ["-w", "2", "-RD", "-e", "A=1", "--env=B=2 'c'", "--access-logformat", '%(h)s "%(r)s"'],
    ["--workers=2", "--name=-x", "--proxy-protocol=v1", "-t=9"],
    ["--workers", "2", "--proxy-protocol"],
]


@pytest.mark.parametrize("words", OPTIONS, ids=shlex.join)
def test_the_application_may_stand_anywhere(command, words):
    """First, last, after `--`; in an image's ENTRYPOINT with the options in CMD, or the reverse."""
    more = ["--no-sendfile", "--keep-alive", "3"]
    listings = [
        command("--print-config", *line) for line in (
            ["hello:app", *words, *more], [*words, *more, "hello:app"],
            [*words, more[0], "hello:app", *more[1:]], [*more, *words, more[0], "--", "hello:app"])
    ]
    assert {(one.status, one.out) for one in listings} == {(0, listings[0].out)}
    assert printed(listings[0], "default_proc_name") == "hello:app"


def printed(finished, name):
    (line,) = [one for one in finished.out.splitlines() if one.split(" ")[0] == name]
    return line.split(" = ", 1)[1]


def test_words_directly_after_the_application_are_its_own(command):
    finished = command("--print-config", "hello:app", "extra", "-", "7")
    assert (finished.status, printed(finished, "default_proc_name")) == (0, "hello:app")


def test_a_second_application_directly_after_the_first(command, differs):
    """An image's ENTRYPOINT names one and its CMD another."""
    finished = command("--print-config", "hello:app", "specimen:app")
    chosen = differs("several-applications", gunicorn="hello:app", swiftcorn="specimen:app")
    assert (finished.status, printed(finished, "default_proc_name")) == (0, chosen)
    warning = "the last one, specimen:app, is served" in finished.err
    assert warning == differs("several-applications", gunicorn=False, swiftcorn=True)


def test_a_second_application_after_an_option(command, differs):
    finished = command("--print-config", "hello:app", "-w", "2", "specimen")
    status = differs("several-applications", gunicorn=2, swiftcorn=0)
    assert finished.status == status
    if status == 0:
        assert printed(finished, "default_proc_name") == "specimen"


def test_the_application_in_the_environment_variable(command, differs):
    finished = command("--check-config", environment={"GUNICORN_CMD_ARGS": "-w 2 hello:app"})
    assert finished.status == differs("application-in-variable", gunicorn=1, swiftcorn=0)


def test_an_unclosed_quote_in_the_environment_variable(command, differs):
    finished = command("hello:app", environment={"GUNICORN_CMD_ARGS": "-w2 --name 'abc"})
    place = differs("unclosed-quote", gunicorn="", swiftcorn=(
        " in GUNICORN_CMD_ARGS, at character 12: \"'abc\""))
    assert finished.err == f"\nError: No closing quotation{place}\n"
    assert finished.status == 1
