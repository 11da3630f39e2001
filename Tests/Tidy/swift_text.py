"""As much of Swift's grammar as the rules need: code without comments and texts, and its blocks."""

from __future__ import annotations

import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/|#"(?:[^"]|"(?!#))*"#|"""(?:\\.|(?!""").)*"""|"(?:\\.|[^"\\\n])*"',
    re.DOTALL,
)
_OPENING = re.compile(
    r"\b(?:func\s+(?P<name>`[^`]+`|[^\s(<]+)|(?P<init>init[?!]?)|(?P<deinit>deinit))"
    r"(?=\s*[<({])"
)


@dataclass(frozen=True)
class Function:
    """A function with a body: its name, the line it starts on, how many lines the body has."""

    name: str
    line: int
    body_lines: int
    parameters: int


def without_comments_and_texts(source: str) -> str:
    """The same text, line for line, with blanks where comments and string literals were."""
    return _TOKEN.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), source)


def comments(source: str) -> list[tuple[int, str]]:
    """Each comment and the line it starts on."""
    return [
        (source.count("\n", 0, match.start()) + 1, match.group())
        for match in _TOKEN.finditer(source)
        if match.group().startswith("/")
    ]


def functions(source: str) -> list[Function]:
    """The functions, initialisers and deinitialisers of a Swift or C-like text."""
    code = without_comments_and_texts(source)
    found = []
    for match in _OPENING.finditer(code):
        if re.search(r"[.\w]$", code[: match.start()].rstrip(" ")[-1:]) and match.group("init"):
            before = code[: match.start()].rstrip(" ")
            if before.endswith("."):
                continue  # A call: `self.init(…)`, `super.init(…)`.
        parameters, place = _parameters(code, match.end())
        opening = _opening_brace(code, place)
        if opening is None:
            continue
        closing = _matching(code, opening)
        found.append(
            Function(
                match.group("name") or match.group("init") or "deinit",
                code.count("\n", 0, match.start()) + 1,
                max(0, code.count("\n", opening, closing) - 1),
                parameters,
            )
        )
    return found


def c_functions(source: str) -> list[Function]:
    """The functions of a C file: a name, parentheses and a brace at the left margin's level."""
    code = without_comments_and_texts(source)
    found = []
    for match in re.finditer(r"^(?!\s)[^;={}#]*?\b(\w+)\s*\([^;{}]*\)\s*\{", code, re.MULTILINE):
        opening = match.end() - 1
        closing = _matching(code, opening)
        lines = max(0, code.count("\n", opening, closing) - 1)
        found.append(Function(match.group(1), code.count("\n", 0, match.start()) + 1, lines, 0))
    return found


def _parameters(code: str, place: int) -> tuple[int, int]:
    """How many parameters stand in the next parentheses, and where these end."""
    opening = code.find("(", place)
    brace = code.find("{", place)
    if opening < 0 or 0 <= brace < opening:
        return 0, place
    depth, count, seen = 0, 0, False
    for index in range(opening, len(code)):
        letter = code[index]
        if letter in "([{<":
            depth += 1
        elif letter in ")]}" or (letter == ">" and code[index - 1] != "-"):
            depth -= 1
            if depth == 0:
                return count + seen, index + 1
        elif letter == "," and depth == 1:
            count += 1
        if depth >= 1 and not letter.isspace() and index > opening:
            seen = True
    return count, len(code)


def _opening_brace(code: str, place: int) -> int | None:
    """The brace that opens the body, or None for a requirement of a protocol."""
    depth = 0
    for index in range(place, len(code)):
        letter = code[index]
        if letter in "([":
            depth += 1
        elif letter in ")]":
            depth -= 1
        elif letter == "{" and depth == 0:
            return index
        elif letter == "}" and depth == 0:
            return None
        elif letter == "\n" and depth == 0:
            rest = code[index:].lstrip()
            if not rest.startswith(("->", "where", "{", "throws", "async", "rethrows", ")")):
                return None
    return None


def _matching(code: str, opening: int) -> int:
    depth = 0
    for index in range(opening, len(code)):
        if code[index] == "{":
            depth += 1
        elif code[index] == "}":
            depth -= 1
            if depth == 0:
                return index
    return len(code)
