"""Has `import gunicorn` find ours in this process, whatever else is installed."""

from __future__ import annotations

import importlib.machinery
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from pathlib import Path
from types import ModuleType

# The wheel carries the package here; there is one copy of its sources, in python/gunicorn-names.
FOLDER = Path(__file__).with_name("_gunicorn")


class _Finder(MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        # The package says where its modules are; only itself has to be found.
        if fullname != "gunicorn":
            return None
        return importlib.machinery.PathFinder.find_spec(fullname, [str(FOLDER)])


def install() -> None:
    """Put ours in front; once, and before anything else of `gunicorn` is imported."""
    if FOLDER.is_dir() and not any(isinstance(one, _Finder) for one in sys.meta_path):
        sys.meta_path.insert(0, _Finder())
