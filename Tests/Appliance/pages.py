"""The commands and files that pages of docs/ print, for tests that run them."""

from __future__ import annotations

import re

from delivered import REPOSITORY


def blocks(page: str, chapter: str = "", language: str = "sh") -> list[str]:
    """The blocks of a chapter as they stand there; without its name those before the first."""
    text = (REPOSITORY / "docs" / page).read_text()
    start = rf"^## {re.escape(chapter)}$" if chapter else r"\A"
    (body,) = re.findall(rf"{start}(.*?)(?=^## |\Z)", text, re.M | re.S)
    return re.findall(rf"^```{language}\n(.*?)^```$", body, re.M | re.S)


def lines(page: str, chapter: str, first_words: str) -> list[str]:
    """The commands of a chapter that begin with these words, each on a line of its own."""
    text = "".join(blocks(page, chapter)).replace("\\\n", "")
    return [line for line in text.splitlines() if line.startswith(first_words)]
