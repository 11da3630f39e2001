"""APP_MODULE: each form that names an application, and what each failure says and exits with."""

import pytest

GOOD = {
    "specimen": "hello\n",
    "specimen:app": "hello\n",
    "specimen:app ": "hello\n",
    "package.inner.module:app": "hello\n",
    "package.inner.module": "hello\n",
    "specimen:instance": "instance",
    "specimen:OnEachCall": "class",
    "specimen:no_arguments()": "made without arguments",
    "specimen:create()": "((), {})",
    "specimen:create('x', debug=True)": "(('x',), {'debug': True})",
    'specimen:create("a:b", [-2.5], {"k": (None, b"y")}, {1})': (
        "(('a:b', [-2.5], {'k': (None, b'y')}, {1}), {})"
    ),
    "specimen:saying('a factory, called')": "a factory, called",
}

NOT_LOADED = {
    "specimen:create(": "Failed to parse 'create(' as an attribute name or function call.",
    "specimen:": "Failed to parse '' as an attribute name or function call.",
    "specimen: app": "Failed to parse ' app' as an attribute name or function call.",
    "specimen:5": "Failed to parse '5' as an attribute name or function call.",
    "specimen:app[0]": "Failed to parse 'app[0]' as an attribute name or function call.",
    "specimen:app + 1": "Failed to parse 'app + 1' as an attribute name or function call.",
    "specimen:lambda: 1": "Failed to parse 'lambda: 1' as an attribute name or function call.",
    "specimen:create(x)": "Failed to parse arguments as literal values: 'create(x)'",
    "specimen:create(*[1])": "Failed to parse arguments as literal values: 'create(*[1])'",
    "specimen:create(1 + 1)": "Failed to parse arguments as literal values: 'create(1 + 1)'",
    "specimen:missing": "Failed to find attribute 'missing' in 'specimen'.",
    "specimen:missing()": "Failed to find attribute 'missing' in 'specimen'.",
    "specimen:no_arguments(1)": (
        "TypeError: no_arguments() takes 0 positional arguments but 1 was given"
    ),
    "specimen:answers_none()": "Failed to find application object: 'answers_none()'",
    "specimen:none": "Failed to find application object: 'none'",
    "specimen:not_callable": "Application object must be callable.",
}

NOT_BOOTED = {
    "nosuch:app": "ModuleNotFoundError: No module named 'nosuch'",
    "nosuch.inner:app": "ModuleNotFoundError: No module named 'nosuch'",
    "specimen.inner:app": (
        "ModuleNotFoundError: No module named 'specimen.inner'; 'specimen' is not a package"
    ),
    "local.py": "ImportError: Failed to find application, did you mean 'local:application'?",
    "local.py:web": "ImportError: Failed to find application, did you mean 'local:web'?",
    ":app": "ValueError: Empty module name",
    "specimen:fails()": "TypeError: inside the factory",
    "broken_import:app": "ModuleNotFoundError: No module named 'no_such_dependency'",
    "raising:app": "RuntimeError: raised at import",
}


@pytest.mark.parametrize("expression", GOOD)
def test_an_application_is_found(start, expression):
    server = start(expression)
    assert server.ask().text == GOOD[expression]
    server.stop()


@pytest.mark.parametrize("expression", NOT_LOADED)
def test_an_application_is_not_there(start, expression):
    """Status 4, and the sentence stands alone on a line."""
    server = start(expression)
    server.expect_clean_exit(status=4)
    lines = server.masked_log()
    assert [line for line in lines if not line.startswith("[TIME]")] == [NOT_LOADED[expression]]
    assert lines[-1] == "[TIME] [MASTER] [ERROR] Reason: App failed to load."


@pytest.mark.parametrize("expression", NOT_BOOTED)
def test_a_module_does_not_import(start, directory, expression):
    """Status 3; the traceback under `Exception in worker process`, then the text once more."""
    (directory / "local.py").write_text("from specimen import app as web\n")
    (directory / "broken_import.py").write_text("import no_such_dependency\n")
    (directory / "raising.py").write_text("raise RuntimeError('raised at import')\n")
    server = start(expression)
    server.expect_clean_exit(status=3)
    lines = server.masked_log()
    place = lines.index("[TIME] [WORKER] [ERROR] Exception in worker process")
    assert lines[place + 1] == "Traceback (most recent call last):"
    error = NOT_BOOTED[expression]
    assert error in lines[place:]
    assert lines[lines.index(error) + 1] == error.partition(": ")[2]
    assert lines[-1] == "[TIME] [MASTER] [ERROR] Reason: Worker failed to boot."


def test_a_module_with_a_syntax_error(start, directory):
    (directory / "unfinished.py").write_text("app = (\n")
    server = start("unfinished:app")
    server.expect_clean_exit(status=3)
    text = server.log.text
    assert f'  File "{directory}/unfinished.py", line 1\n    app = (\n          ^\n' in text
    assert "\nSyntaxError: '(' was never closed\n" in text
    assert "\n'(' was never closed (unfinished.py, line 1)\n" in text


def test_a_dotted_attribute(start, differs):
    server = start("specimen:Holder.app")
    status = differs("dotted-attribute", gunicorn=4, swiftcorn=None)
    if status is None:
        assert server.ask().text == "a dotted attribute"
        server.stop()
    else:
        server.expect_clean_exit(status)
        assert "Failed to parse 'Holder.app' as an attribute name or function call." in (
            server.log.text
        )


def test_a_dotted_call(start):
    server = start("specimen:Holder.app()")
    server.expect_clean_exit(status=4)
    assert "Function reference must be a simple name: 'Holder.app()'" in server.log.text


def test_the_application_may_stand_anywhere(start):
    for arguments in (
        ["specimen:app", "--workers", "1"],
        ["--workers", "1", "specimen:app", "--timeout", "20"],
        ["--workers=1", "--", "specimen:app"],
    ):
        server = start(*arguments)
        assert server.ask().text == "hello\n"
        server.stop()


def test_what_follows_the_application_directly_is_the_applications(start, directory):
    """A second word after APP_MODULE is accepted, and the application finds it in sys.argv."""
    (directory / "arguments.py").write_text(
        "import sys\nfrom specimen import saying\napp = saying(repr(sys.argv[1:]))\n"
    )
    server = start("arguments:app", "extra")
    assert server.ask().text == repr(["--bind", "127.0.0.1:0", "arguments:app", "extra"])
    server.stop()


def test_the_config_file_may_name_the_application(start, directory):
    (directory / "gunicorn.conf.py").write_text("wsgi_app = 'specimen:app'\n")
    server = start()
    assert server.ask().text == "hello\n"
    server.stop()


def test_the_command_line_wins_over_the_config_file(start, directory):
    (directory / "gunicorn.conf.py").write_text("wsgi_app = 'nosuch:app'\n")
    server = start("specimen:instance")
    assert server.ask().text == "instance"
    server.stop()
