"""What ends a build."""

from __future__ import annotations


class ImageFailure(Exception):
    """One sentence for whoever builds: what is wrong, where, and what would be right."""
