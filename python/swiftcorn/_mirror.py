"""Lets Python's two loggers write where the native log does, once something imports `logging`.

Applications take the handlers of `gunicorn.error` for their own lines, mostly while they are
imported. One that never imports `logging` does not pay for it.
"""

from __future__ import annotations

import importlib.machinery
import sys
from collections.abc import Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from types import ModuleType

# What is to be done as soon as `logging` is there; a later call replaces it.
_pending: Callable[[], None] | None = None


def install(level: int, access_file: str | None) -> None:
    """Give both loggers their handlers: now, or right after the first import of `logging`."""
    global _pending  # noqa: PLW0603

    def mirror() -> None:
        from swiftcorn import _log  # it imports `logging`

        _log.furnish(level, access_file)

    if "logging" in sys.modules:
        mirror()
        return
    if _pending is None:
        sys.meta_path.insert(0, _Finder())
    _pending = mirror


def perform() -> None:
    """Do what is pending, now that `logging` is there."""
    global _pending
    todo, _pending = _pending, None
    if todo is not None:
        todo()


class _Finder(MetaPathFinder):
    """Finds `logging` where it is, and comes back when it has been executed."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != "logging":
            return None
        sys.meta_path.remove(self)
        spec = importlib.machinery.PathFinder.find_spec(fullname)
        if spec is not None and spec.loader is not None:
            spec.loader = _Loader(spec.loader)
        return spec


class _Loader(Loader):
    """Executes a module by its own loader, and then does what is pending."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        module.__loader__ = self._loader
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        self._loader.exec_module(module)
        # Where it is `_log` that imports it, that one asks for it as soon as it is whole.
        if "swiftcorn._log" not in sys.modules:
            perform()
