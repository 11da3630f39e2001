"""Runs a configuration file, which is a Python program, and gives its names."""

from __future__ import annotations

import ast
import contextlib
import functools
import importlib
import importlib.machinery
import importlib.util
import os
import sys
import traceback
from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import Any


class ConfigError(Exception):
    """The file failed; its traceback is the text."""


def run_file(path: str) -> dict[str, Any]:
    """Execute the file as the module ``__config__`` and return its names."""
    return _names(_run(path))


def read_file(path: str) -> dict[str, Any]:
    """Execute the file as the module ``__config__``; see ``_reading`` for what is returned."""
    return _reading(_run(path))


def read_module(name: str) -> dict[str, Any]:
    """Import (again, on a reload) the module; see ``_reading`` for what is returned."""
    if name in sys.modules:
        module = importlib.reload(sys.modules[name])
    else:
        module = importlib.import_module(name)
    return _reading(module)


def _run(path: str) -> ModuleType:
    path = os.path.abspath(path)
    loader: importlib.machinery.SourceFileLoader | importlib.machinery.SourcelessFileLoader
    if path.endswith(".pyc"):
        loader = importlib.machinery.SourcelessFileLoader("__config__", path)
    else:
        loader = importlib.machinery.SourceFileLoader("__config__", path)
    spec = importlib.util.spec_from_file_location("__config__", path, loader=loader)
    if spec is None or spec.loader is None:
        raise ConfigError(f"{path} is no Python file\n")
    module = importlib.util.module_from_spec(spec)
    sys.modules["__config__"] = module
    try:
        spec.loader.exec_module(module)
    except Exception:
        raise ConfigError(traceback.format_exc()) from None
    return module


def _names(module: ModuleType) -> dict[str, Any]:
    return {name: value for name, value in vars(module).items() if not name.startswith("__")}


def _reading(module: ModuleType) -> dict[str, Any]:
    """What the file made and how it is written.

    ``names`` are its values; ``order`` their names in the order in which they were made; ``lines``
    where each was last assigned to; ``idle`` the plain values and ``idle_calls`` the functions
    that nothing in the file reads, with their lines; ``variables`` its strings that name variables
    of settings.
    """
    names = _names(module)
    survey = _Survey()
    loader: Any = module.__loader__
    # A file without its source is taken as it is.
    with contextlib.suppress(Exception):
        survey.visit(ast.parse(loader.get_source(module.__name__) or ""))

    def unread(lines: dict[str, int], kinds: tuple[type, ...]) -> dict[str, str]:
        return {
            name: str(line)
            for name, line in lines.items()
            if isinstance(names.get(name), kinds)
            and name not in survey.read
            and not name.startswith("_")
            and not name.isupper()
        }

    lines = {name: str(line) for name, line in survey.lines.items()}
    return {
        "names": names,
        "order": list(names),
        "lines": lines,
        "idle": unread(survey.assigned, _PLAIN),
        "idle_calls": unread(survey.imported | survey.lines, (FunctionType,)),
        "variables": sorted(survey.variables),
    }


_PLAIN = (type(None), bool, int, float, str, list, tuple, dict, set)


class _Survey(ast.NodeVisitor):
    """Reads how a config file is written, without judging it."""

    def __init__(self) -> None:
        # Where names are assigned to or defined, where they are assigned to, and where imported.
        self.lines: dict[str, int] = {}
        self.assigned: dict[str, int] = {}
        self.imported: dict[str, int] = {}
        self.read: set[str] = set()
        self.variables: set[str] = set()
        self._depth = 0

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Store):
            if self._depth == 0:
                self.lines[node.id] = self.assigned[node.id] = node.lineno
        else:
            self.read.add(node.id)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            self.read.add(node.target.id)
        self.generic_visit(node)

    def visit_Global(self, node: ast.Global) -> None:
        self.read.update(node.names)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if self._depth == 0:
            self.imported.update({one.asname or one.name: node.lineno for one in node.names})

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str) and node.value.startswith("GUNICORN_"):
            self.variables.add(node.value)

    def _visit_scope(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> None:
        if self._depth == 0:
            self.lines[node.name] = node.lineno
        self._depth += 1
        self.generic_visit(node)
        self._depth -= 1

    visit_FunctionDef = visit_AsyncFunctionDef = visit_ClassDef = _visit_scope


def resolve_hook(value: Any, arity: int) -> Callable[..., Any]:
    """The callable that a hook's setting stands for, called with ``arity`` arguments.

    ``value`` is the callable itself or its import string. An arity of -1 is that of
    ``post_request``: a function of two, three or four parameters, which is answered as one of four.
    Raises TypeError in Gunicorn's words.
    """
    if isinstance(value, str):
        value = _imported(value)
    if not callable(value):
        raise TypeError(f"Value is not callable: {value}")
    found = _arity(value)
    if arity == -1:
        if found not in (2, 3, 4):
            raise TypeError("Value must have an arity of: 4")
        return value if found == 4 else _with_fewer(value, found)
    if found != arity:
        raise TypeError(f"Value must have an arity of: {arity}")
    return value  # type: ignore[no-any-return]


def resolve_class(value: Any) -> Any:
    """The class, or the name of one, that a class's setting stands for.

    A function is called for it. Raises TypeError in Gunicorn's words for anything else.
    """
    import inspect

    if inspect.isfunction(value) or inspect.ismethod(value):
        value = value()
    if inspect.isclass(value) or value is None:
        return value
    if not isinstance(value, str):
        raise TypeError(f"Not a string: {value}")
    return value.strip()


def _imported(name: str) -> Any:
    module_name, dot, attribute = name.rpartition(".")
    if not dot:
        raise TypeError(
            f"Value '{name}' is not import string. Format: module[.submodules...].object"
        )
    try:
        module = __import__(module_name, fromlist=[attribute])
        return getattr(module, attribute)
    except ImportError as error:
        raise TypeError(str(error)) from None
    except AttributeError:
        raise TypeError(f"Can not load '{attribute}' from '{module_name}'") from None


def _arity(function: Callable[..., Any]) -> int:
    """How many parameters take positional arguments; ``*args`` counts for none."""
    import inspect

    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(one.kind in kinds for one in inspect.signature(function).parameters.values())


def _with_fewer(function: Callable[..., Any], arity: int) -> Callable[..., Any]:
    @functools.wraps(function)
    def post_request(*arguments: Any) -> Any:
        return function(*arguments[:arity])

    return post_request
