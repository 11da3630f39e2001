"""Finds the application named by ``module``, ``module:name`` or ``module:factory(args)``."""

from __future__ import annotations

import ast
import importlib
import os
import sys
import traceback
from typing import Any


class AppImportError(Exception):
    """The expression names nothing that can be served; the text is for the operator.

    It goes by the name that tracebacks of Gunicorn show.
    """


AppImportError.__module__ = "gunicorn.errors"


def load(expression: str) -> Any:
    """Import and return the WSGI callable that ``expression`` names.

    Raises AppImportError where the module is there and the application is not, and whatever the
    import itself raises.
    """
    module_name, colon, attribute = expression.partition(":")
    if not colon:
        attribute = "application"
    module = _import_module(module_name, attribute)
    name, arguments, keywords = _parse(attribute)
    found = _find(module, module_name, name)
    if arguments is not None:
        found = _call(found, arguments, keywords or {})
    if found is None:
        raise AppImportError(f"Failed to find application object: {attribute!r}")
    if not callable(found):
        raise AppImportError("Application object must be callable.")
    return found


def _import_module(name: str, attribute: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        # `app.py` is what people type who see a file; say what they meant.
        if name.endswith(".py") and os.path.exists(name):
            base = name.rpartition(".")[0]
            raise ImportError(
                f"Failed to find application, did you mean '{base}:{attribute}'?"
            ) from None
        raise


def _parse(attribute: str) -> tuple[str, list[Any] | None, dict[str, Any] | None]:
    """Split ``name`` or ``name(literals)`` into a (dotted) name and the arguments of a call."""
    try:
        expression = ast.parse(attribute, mode="eval").body
    except SyntaxError:
        raise AppImportError(
            f"Failed to parse {attribute!r} as an attribute name or function call."
        ) from None
    if not isinstance(expression, ast.Call):
        return _dotted(expression, attribute), None, None
    if not isinstance(expression.func, ast.Name):
        raise AppImportError(f"Function reference must be a simple name: {attribute!r}")
    try:
        arguments = [ast.literal_eval(value) for value in expression.args]
        keywords = {
            _keyword_name(keyword): ast.literal_eval(keyword.value)
            for keyword in expression.keywords
        }
    except ValueError:
        raise AppImportError(
            f"Failed to parse arguments as literal values: {attribute!r}"
        ) from None
    return expression.func.id, arguments, keywords


def _keyword_name(keyword: ast.keyword) -> str:
    if keyword.arg is None:
        raise ValueError("a double star is no literal")
    return keyword.arg


def _dotted(expression: ast.expr, attribute: str) -> str:
    """``name`` or ``name.name``: beyond Gunicorn, which takes a single name only."""
    names: list[str] = []
    while isinstance(expression, ast.Attribute):
        names.append(expression.attr)
        expression = expression.value
    if not isinstance(expression, ast.Name):
        raise AppImportError(
            f"Failed to parse {attribute!r} as an attribute name or function call."
        )
    names.append(expression.id)
    return ".".join(reversed(names))


def _find(module: Any, module_name: str, name: str) -> Any:
    found = module
    for part in name.split("."):
        try:
            found = getattr(found, part)
        except AttributeError:
            raise AppImportError(f"Failed to find attribute {name!r} in {module_name!r}.") from None
    return found


def _call(factory: Any, arguments: list[Any], keywords: dict[str, Any]) -> Any:
    try:
        return factory(*arguments, **keywords)
    except TypeError as error:
        # Wrong arguments fail in this frame; a TypeError from inside the factory goes deeper.
        frames = list(traceback.walk_tb(sys.exc_info()[2]))
        if len(frames) > 1:
            raise
        raise AppImportError(f"TypeError: {error}") from None
