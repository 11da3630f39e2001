"""Requests as data: bytes to send, and the bytes that are to come back.

A file of cases is a text. Each case is

    ### a sentence that names it
    options: --what the-server-is-started-with        (may be left out)
    the request
    <<<
    the response
    <<< the-id-of-a-row
    what Swiftcorn answers instead, by that row        (may be left out)

Bytes are written as they are, with `\\r\\n` at the end of a line where CRLF is meant, `\\t`, `\\n`,
`\\\\` and `\\xNN` for what cannot be seen, `\\*N(X)` for N times X; ends of lines of the text
itself mean nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

_ESCAPE = re.compile(rb"\\(?:x([0-9A-Fa-f]{2})|\*(\d+)\((.*?)\)|(.))", re.DOTALL)
_PLAIN = {b"r": b"\r", b"n": b"\n", b"t": b"\t", b"0": b"\0", b"\\": b"\\"}


@dataclass
class Case:
    """One request and what is expected to come back."""

    title: str
    request: bytes
    expected: str = ""
    row: str = ""
    expected_by_row: str = ""
    options: tuple[str, ...] = ()
    request_text: str = field(default="", repr=False)


def decode(text: str) -> bytes:
    """The bytes a text of this notation stands for."""

    def replaced(match: re.Match[bytes]) -> bytes:
        number, count, repeated, plain = match.groups()
        if number:
            return bytes([int(number, 16)])
        if count:
            return _ESCAPE.sub(replaced, repeated) * int(count)
        return _PLAIN[plain]

    return _ESCAPE.sub(replaced, text.encode("latin-1").replace(b"\n", b""))


def encode(raw: bytes) -> str:
    """Bytes in the notation, one line for each line."""
    text = "".join(
        "\\\\"
        if byte == 0x5C
        else chr(byte)
        if 0x20 <= byte < 0x7F
        else {0x0D: "\\r", 0x0A: "\\n\n", 0x09: "\\t"}.get(byte, f"\\x{byte:02x}")
        for byte in raw
    )
    return text if text.endswith("\n") or not text else text + "\n"


def read_cases(path: Path) -> list[Case]:
    cases: list[Case] = []
    for part in re.split(r"^### ", path.read_text("latin-1"), flags=re.MULTILINE)[1:]:
        title, _, body = part.partition("\n")
        options: tuple[str, ...] = ()
        if body.startswith("options: "):
            line, _, body = body.partition("\n")
            options = tuple(line.removeprefix("options: ").split())
        request, _, expected = body.partition("<<<\n")
        expected, _, other = expected.partition("<<< ")
        row, _, other = other.partition("\n")
        texts = (expected.rstrip("\n"), row, other.rstrip("\n"))
        cases.append(Case(title, decode(request), *texts, options, request))
    assert len({case.title for case in cases}) == len(cases), f"{path}: a title stands twice"
    return cases


def write_cases(path: Path, cases: list[Case]) -> None:
    """Writes the cases back, with what was recorded as the expected response."""
    head = path.read_text("latin-1").partition("### ")[0]
    parts = []
    for case in cases:
        options = f"options: {' '.join(case.options)}\n" if case.options else ""
        expected = case.expected + "\n" if case.expected else ""
        if case.row:
            expected += f"<<< {case.row}\n"
            expected += case.expected_by_row + "\n" if case.expected_by_row else ""
        parts.append(f"### {case.title}\n{options}{case.request_text}<<<\n{expected}")
    path.write_text(head + "\n".join(parts), "latin-1")
