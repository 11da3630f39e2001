"""The PEP 517 backend: hatchling makes the wheel, the core is built by `swift build`.

What the build needs is looked for before anything is made, so that a missing piece is one
sentence with its remedy.
"""

from typing import Any

import swift_core
from hatchling import build as hatchling

Settings = dict[str, Any] | None

# Nothing to compile: hatchling's own.
build_sdist = hatchling.build_sdist
get_requires_for_build_sdist = hatchling.get_requires_for_build_sdist

# These call the hook beside this file, which builds the core and names the wheel's platform.
build_wheel = hatchling.build_wheel
build_editable = hatchling.build_editable


def get_requires_for_build_wheel(config_settings: Settings = None) -> list[str]:
    swift_core.require_tools()
    return hatchling.get_requires_for_build_wheel(config_settings)


def get_requires_for_build_editable(config_settings: Settings = None) -> list[str]:
    swift_core.require_tools()
    return hatchling.get_requires_for_build_editable(config_settings)
