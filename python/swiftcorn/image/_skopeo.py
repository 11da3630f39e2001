"""Images of registries and other places that skopeo knows."""

from __future__ import annotations

import shutil
import subprocess

from ._failure import ImageFailure


def copy(source: str, target: str, *, options: list[str] | None = None) -> str | None:
    """Have an image copied; what skopeo said last where it could not."""
    done = subprocess.run(
        ["skopeo", *(options or []), "copy", "--quiet", source, target],
        capture_output=True,
        text=True,
        check=False,
    )
    return last_line(done.stderr) if done.returncode else None


def need(what: str, otherwise: str) -> None:
    """Refuse where there is no skopeo: what it is for, and what would do without it."""
    if not shutil.which("skopeo"):
        raise ImageFailure(
            f"{what} through skopeo, which is not installed: install it, or {otherwise}"
        )


def last_line(text: str) -> str:
    """What a program said last."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it did not say why"
