"""What Python finds wrong with a setting while the server starts."""

from __future__ import annotations


def refusal(setting: str, text: str) -> RuntimeError:
    """The error to raise: a sentence for the operator, and under it what `setting` takes."""
    error = RuntimeError(text)
    error.__dict__["setting"] = setting
    return error
