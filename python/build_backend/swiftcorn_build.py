"""The PEP 517 backend: hatchling makes the wheel, the core is built by `swift build`.

What the build needs is looked for before anything is made, so that a missing piece is one
sentence with its remedy. That includes a newer Python, so these files have to load in an old one.
"""

from __future__ import annotations

from typing import Any

import swift_core
from hatchling import build as hatchling

# Nothing to compile: hatchling's own.
build_sdist = hatchling.build_sdist
get_requires_for_build_sdist = hatchling.get_requires_for_build_sdist

# These call the hook beside this file, which builds the core and names the wheel's platform.
build_wheel = hatchling.build_wheel
build_editable = hatchling.build_editable


def get_requires_for_build_wheel(config_settings: dict[str, Any] | None = None) -> list[str]:
    swift_core.require_tools()
    return hatchling.get_requires_for_build_wheel(config_settings)


def get_requires_for_build_editable(config_settings: dict[str, Any] | None = None) -> list[str]:
    swift_core.require_tools()
    return hatchling.get_requires_for_build_editable(config_settings)
