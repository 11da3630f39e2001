"""Runs a configuration file, which is a Python program, and gives its names."""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.util
import os
import sys
import traceback
from types import ModuleType
from typing import Any


class ConfigError(Exception):
    """The file failed; its traceback is the text."""


def run_file(path: str) -> dict[str, Any]:
    """Execute the file as the module ``__config__`` and return its names."""
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
    return _names(module)


def run_module(name: str) -> dict[str, Any]:
    """Import (again, on a reload) the module and return its names."""
    if name in sys.modules:
        module = importlib.reload(sys.modules[name])
    else:
        module = importlib.import_module(name)
    return _names(module)


def _names(module: ModuleType) -> dict[str, Any]:
    return {name: value for name, value in vars(module).items() if not name.startswith("__")}
