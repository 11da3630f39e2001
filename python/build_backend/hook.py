"""Puts the core into the wheel and gives the wheel the tag that the core has earned."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import swift_core
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CoreHook(BuildHookInterface):  # type: ignore[type-arg]
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        core = root / "python" / "swiftcorn" / "_core.abi3.so"
        swift_core.build(root, core)
        build_data["pure_python"] = False
        build_data["tag"] = f"cp310-abi3-{swift_core.platform_tag(core)}"
