"""The table of deliberate differences, docs/compatibility.md, as the tests use it."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
TABLE = REPOSITORY / "docs" / "compatibility.md"
TESTS = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Difference:
    """One row: what differs on purpose, what each server does, and why."""

    id: str
    what: str
    gunicorn: str
    swiftcorn: str
    why: str


def read_table(path: Path = TABLE) -> dict[str, Difference]:
    """The rows under the header `| id | what | Gunicorn 27 | Swiftcorn | why |`."""
    rows: dict[str, Difference] = {}
    inside = False
    for line in path.read_text("utf-8").splitlines():
        cells = [
            cell.strip().replace(r"\|", "|") for cell in re.split(r"(?<!\\)\|", line.strip())[1:-1]
        ]
        if cells == ["id", "what", "Gunicorn 27", "Swiftcorn", "why"]:
            inside = True
        elif not cells:
            inside = False
        elif inside and not re.fullmatch(r":?-+:?", cells[0]):
            row = Difference(cells[0].strip("`"), *cells[1:])
            assert row.id not in rows, f"two rows are called {row.id}"
            rows[row.id] = row
    assert rows, f"no table of differences in {path}"
    return rows


def ids_named_by_tests(root: Path = TESTS) -> dict[str, list[str]]:
    """Each id that a call `differs("id", ...)` or a case of `cases.py` names, and where."""
    named: dict[str, list[str]] = {}
    for path in sorted(root.rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            if node.func.id != "differs" or not node.args:
                continue
            first = node.args[0]
            assert isinstance(first, ast.Constant) and isinstance(first.value, str), (
                f"{path.name}:{node.lineno}: differs() takes the row's id as a literal"
            )
            named.setdefault(first.value, []).append(f"{path.name}:{node.lineno}")
    for path in [*sorted(root.rglob("*.http")), *sorted(root.rglob("*.expected"))]:
        text = path.read_text("latin-1")
        for row in re.findall(r"^<<< (\S+)$", text, re.MULTILINE):
            named.setdefault(row, []).append(path.name)
    return named
