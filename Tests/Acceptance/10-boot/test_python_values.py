"""Settings that hold Python objects: hooks and classes, given as objects or by import strings."""

import pytest

MODULE = """
class Hooks:
    def ready(self, server):
        pass

    def __call__(self, server):
        pass

def one(server):
    pass

def with_default(server, verbose=False):
    pass

def with_keyword(server, *, verbose=False):
    pass

def anything(*arguments):
    pass

def two(worker, request):
    pass

def three(worker, request, environ):
    pass

def four(worker, request, environ, response):
    pass

hooks, number = Hooks(), 5

class Kind:
    pass

def kind():
    return Kind

def named():
    return " sync "

def nothing():
    return 7
"""

TAKEN = {
    "a function": ("when_ready = pieces.one", "when_ready", "<one()>"),
    "an import string": ("when_ready = 'pieces.one'", "when_ready", "<one()>"),
    "a bound method": ("when_ready = pieces.hooks.ready", "when_ready", "<Hooks.ready()>"),
    "a function of the file": ("def on_exit(server): pass", "on_exit", "<on_exit()>"),
    "a lambda": ("on_exit = lambda server: None", "on_exit", "<<lambda>()>"),
    "a keyword": ("when_ready = pieces.with_keyword", "when_ready", "<with_keyword()>"),
    "all four": ("post_request = pieces.four", "post_request", "<four()>"),
    "a class": ("worker_class = pieces.Kind", "worker_class", "<Kind()>"),
    "a function for a class": ("worker_class = pieces.kind", "worker_class", "<Kind()>"),
    "a function for a name": ("worker_class = pieces.named", "worker_class", "sync"),
    "a class for the logger": ("logger_class = pieces.Kind", "logger_class", "<Kind()>"),
    "a dictionary of more than text": (
        "logconfig_dict = {'version': 1, 'root': {'level': 'INFO'}}", "logconfig_dict",
        "{'version': 1, 'root': {'level': 'INFO'}}"),
}

REFUSED = {
    "too many parameters": ("when_ready = pieces.two", "Value must have an arity of: 1"),
    "a default counts": ("when_ready = pieces.with_default", "Value must have an arity of: 1"),
    "a star counts for none": ("when_ready = pieces.anything", "Value must have an arity of: 1"),
    "a number": ("when_ready = pieces.number", "Value is not callable: 5"),
    "None": ("when_ready = None", "Value is not callable: None"),
    "a string that names no number's parameters": (
        "pre_fork = 'pieces.one'", "Value must have an arity of: 2"),
    "no dot": (
        "on_exit = 'one'",
        "Value 'one' is not import string. Format: module[.submodules...].object"),
    "no such name": ("on_exit = 'pieces.none'", "Can not load 'none' from 'pieces'"),
    "no such module": ("on_exit = 'nobody.one'", "No module named 'nobody'"),
    "one parameter for post_request": (
        "post_request = pieces.one", "Value must have an arity of: 4"),
    "a function for no class": ("worker_class = pieces.nothing", "Not a string: 7"),
    "an object for a class": ("logger_class = pieces.number", "Not a string: 5"),
}


@pytest.fixture
def configured(command, directory):
    def run(line):
        (directory / "pieces.py").write_text(MODULE)
        (directory / "gunicorn.conf.py").write_text(f"import pieces\n{line}\n")
        return command("--print-config", "hello:app")

    return run


@pytest.mark.parametrize("case", TAKEN)
def test_an_object_is_taken(configured, case):
    line, name, shown = TAKEN[case]
    finished = configured(line)
    assert finished.status == 0, finished.err
    (found,) = [one for one in finished.out.splitlines() if one.split(" ")[0] == name]
    assert found.split(" = ", 1)[1] == shown


@pytest.mark.parametrize("case", REFUSED)
def test_an_object_is_refused(configured, case):
    line, sentence = REFUSED[case]
    finished = configured(line)
    assert f"\nError: {sentence}\n" in finished.err
    assert (finished.status, finished.out) == (1, "")


@pytest.mark.parametrize("function", ["two", "three"])
def test_post_request_may_take_fewer(configured, differs, function):
    finished = configured(f"post_request = pieces.{function}")
    assert finished.status == 0, finished.err
    shown = differs(
        "short-post-request",
        gunicorn="validate_post_request.<locals>.<lambda>",
        swiftcorn=function,
    )
    assert f"= <{shown}()>" in finished.out
