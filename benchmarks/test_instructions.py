"""Hello must not cost more instructions than benchmarks/thresholds.json allows."""

from __future__ import annotations

import os
import platform
import shutil
from pathlib import Path

import pytest

import instructions
from harness.place import CHECKOUT

TOLERANCE = 1.03
SERVER = Path(os.environ.get("SWIFTCORN", CHECKOUT / ".venv" / "bin" / "swiftcorn"))

REMEDY = (
    "If the increase is wanted, say why in the commit and run "
    "`python3 benchmarks/instructions.py --write`."
)


@pytest.mark.skipif(not shutil.which("valgrind"), reason="valgrind is not installed")
@pytest.mark.skipif(not SERVER.exists(), reason="swiftcorn is not installed")
@pytest.mark.skipif(not instructions.THRESHOLDS.exists(), reason="no threshold was written yet")
def test_hello_stays_below_its_instruction_threshold() -> None:
    allowed = instructions.read_thresholds()["hello"]
    found = instructions.count(SERVER, "hello")
    for key, measured in (
        (f"core {platform.machine()}", found.core),
        (f"total on {instructions.interpreter_of(SERVER)}", found.total),
    ):
        # The total is only comparable where this very interpreter has a threshold.
        if key in allowed:
            assert measured <= allowed[key] * TOLERANCE, f"{key}: {found.by_object}. {REMEDY}"
