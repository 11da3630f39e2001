"""The rules of the house, read off the files: a rule that nothing checks is a wish."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

import swift_text
from house import REPOSITORY, files, imports_of, name_of, storeys, target_of, tracked

LINE = 100
BODY = 70
PARAMETERS = 6
FILE = 500
TABLE_OR_TEST = 800

#: Files that are one table, and so may be as long as a test.
TABLES = ("Sources/Settings/",)

#: Beside the standard library: which system modules who may import.
SYSTEM_MODULES = {
    "Glibc": {"Platform", "TLS"},
    "Synchronization": {"Platform", "Log", "Workers"},
}

BANNED_IN_NAMES = re.compile(r"util|helper|manager|common|misc", re.IGNORECASE)

SWIFT = files(".swift", under="Sources/") + files(".swift", under="benchmarks/")


def report(complaints: list[str]) -> None:
    assert not complaints, "\n" + "\n".join(complaints)


def at(path: Path, line: int, words: str) -> str:
    return f"{name_of(path)}:{line}: {words}"


# The storeys.


def test_a_file_imports_only_what_its_target_declares() -> None:
    complaints = []
    for path in files(".swift", under="Sources/") + files(".swift", under="benchmarks/Limit/"):
        target = target_of(path)
        assert target in storeys(), f"{name_of(path)} belongs to no target of Package.swift"
        for line, module in imports_of(path):
            if module in storeys()[target] or target in SYSTEM_MODULES.get(module, ()):
                continue
            complaints.append(at(path, line, f"{target} does not declare {module}"))
    report(complaints)


def test_the_storeys_point_down_only() -> None:
    """A target may not depend on one that depends on it, over however many steps."""
    graph = storeys()

    def below(name: str, seen: frozenset[str] = frozenset()) -> set[str]:
        assert name not in seen, f"a circle through {name}"
        deeper = graph.get(name, set())
        return deeper.union(*(below(one, seen | {name}) for one in deeper))

    for name in graph:
        assert name not in below(name)


def test_the_pure_storeys_know_no_machine() -> None:
    """HTTP and Settings: no descriptor, no clock, no Python, no C."""
    for target in ("HTTP", "Settings"):
        assert storeys()[target] == set()


def test_a_declared_storey_is_used() -> None:
    """What is declared and never imported is a door left open."""
    used: dict[str, set[str]] = {}
    for path in files(".swift", under="Sources/"):
        used.setdefault(target_of(path), set()).update(name for _, name in imports_of(path))
    report(
        [
            f"Package.swift: {target} declares {extra} and does not import it"
            for target, modules in sorted(used.items())
            for extra in sorted(storeys()[target] - modules)
            if len(modules) > 0
        ]
    )


# Words.


def test_no_foundation_and_no_swift_concurrency() -> None:
    words = re.compile(
        r"\bimport\s+(Foundation\w*|Dispatch|_Concurrency)\b|\b(async|await)\b"
        r"|\b(Task|TaskGroup)\s*[.{(<]|\bactor\s+\w|@MainActor\b"
    )
    report(
        [
            at(path, number, f"`{match.group().strip()}` has no place in Sources")
            for path in files(".swift", under="Sources/")
            for number, line in code_lines(path)
            if (match := words.search(line))
        ]
    )


def test_no_traps_and_no_printing() -> None:
    words = re.compile(
        r"(?<![\w.])(?<!case )(print|debugPrint|dump)\(|\btry!|\bfatalError\(\s*\)|\bas!"
    )
    report(
        [
            at(path, number, f"`{match.group()}` has no place in Sources")
            for path in files(".swift", under="Sources/")
            for number, line in code_lines(path)
            if (match := words.search(line))
        ]
    )


def test_no_empty_words_in_names() -> None:
    """Of files and of types. What others have named keeps its name."""
    declared = re.compile(r"\b(?:class|struct|enum|protocol|actor|typealias)\s+(\w+)")
    complaints = [
        at(path, 1, f"`{path.name}` says nothing")
        for path in tracked()
        if BANNED_IN_NAMES.search(path.stem.replace("ServiceManager", ""))
        and not name_of(path).startswith("python/gunicorn-names/gunicorn/")
    ]
    for path in files(".swift"):
        for number, line in code_lines(path):
            complaints += [
                at(path, number, f"`{name}` says nothing")
                for name in declared.findall(line)
                if BANNED_IN_NAMES.search(name.replace("ServiceManager", ""))
            ]
    report(complaints)


def test_a_reminder_names_its_issue() -> None:
    words = re.compile(
        r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "X" * 3, "HA" + "CK"]) + r")\b"
    )
    report(
        [
            at(path, number, "a reminder without the number of an issue")
            for path in files(".swift", ".c", ".h", ".py", ".sh", ".md")
            for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
            if words.search(line) and not re.search(r"#\d+", line)
        ]
    )


def test_every_swift_file_says_what_it_is_for() -> None:
    """On its main type; a part of a type (`Type+Part.swift`) is known by its name."""
    report(
        [
            at(path, 1, "no documentation comment before the first declaration")
            for path in files(".swift", under="Sources/")
            if "+" not in path.stem
            and not re.search(r"^\s*///", path.read_text("utf-8").partition("{")[0], re.MULTILINE)
        ]
    )


# Sizes.


def test_lines_are_short() -> None:
    endings = (".swift", ".c", ".h", ".py", ".sh", ".md", ".toml", ".yaml", ".yml", ".cfg", ".ini")
    report(
        [
            at(path, number, f"{len(line)} columns, at most {LINE}")
            for path in [*files(*endings), REPOSITORY / "Makefile"]
            if path.exists()
            for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
            if len(line) > LINE and not may_be_long(path, line)
        ]
    )


def may_be_long(path: Path, line: str) -> bool:
    """A row of a table and an address cannot be broken."""
    is_row = path.suffix == ".md" and line.lstrip().startswith("|")
    return is_row or bool(re.search(r"https?://\S{60,}", line))


def test_bodies_of_functions_are_short() -> None:
    complaints = []
    for path in files(".swift", under="Sources/") + files(".swift", under="benchmarks/"):
        for one in swift_text.functions(path.read_text("utf-8")):
            if one.body_lines > BODY:
                complaints.append(at(path, one.line, f"{one.name}: {one.body_lines} lines"))
    for path in files(".c", ".h", under="Sources/"):
        for one in swift_text.c_functions(path.read_text("utf-8")):
            if one.body_lines > BODY:
                complaints.append(at(path, one.line, f"{one.name}: {one.body_lines} lines"))
    for path in files(".py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno
                if lines > BODY:
                    complaints.append(at(path, node.lineno, f"{node.name}: {lines} lines"))
    report(complaints)


def test_functions_take_few_parameters() -> None:
    report(
        [
            at(path, one.line, f"{one.name}: {one.parameters} parameters, at most {PARAMETERS}")
            for path in files(".swift", under="Sources/")
            for one in swift_text.functions(path.read_text("utf-8"))
            if one.parameters > PARAMETERS and not one.name.startswith("init")
        ]
    )


def test_files_are_short() -> None:
    complaints = []
    for path in files(".swift", ".c", ".h", ".py", ".sh"):
        lines = len(path.read_text("utf-8").splitlines())
        limit = TABLE_OR_TEST if name_of(path).startswith(("Tests/", *TABLES)) else FILE
        if lines > limit:
            complaints.append(at(path, 1, f"{lines} lines, at most {limit}"))
    report(complaints)


# Documents.


def test_a_document_has_one_title() -> None:
    complaints = []
    for path in files(".md"):
        text = re.sub(r"(?ms)^```.*?^```", "", path.read_text("utf-8"))
        titles = re.findall(r"^# .+", text, re.MULTILINE)
        if len(titles) != 1:
            complaints.append(at(path, 1, f"{len(titles)} titles"))
    report(complaints)


def test_no_document_points_into_the_void() -> None:
    complaints = []
    for path in files(".md"):
        text = re.sub(r"(?ms)^```.*?^```|`[^`\n]*`", "", path.read_text("utf-8"))
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            if re.match(r"[a-z]+:", target):
                continue
            name, _, anchor = unquote(target).partition("#")
            found = (path.parent / name).resolve() if name else path
            if not found.exists():
                complaints.append(at(path, 1, f"there is no {target}"))
            elif anchor and found.suffix == ".md" and anchor not in anchors(found):
                complaints.append(at(path, 1, f"there is no part {target}"))
    report(complaints)


def anchors(path: Path) -> set[str]:
    """The names of a document's headings as links write them."""
    headings = re.findall(r"^#+ (.+)", path.read_text("utf-8"), re.MULTILINE)
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings
    }


def test_the_tests_that_the_table_of_faults_names_are_there() -> None:
    """docs/faults.md: a row without a test is a promise that nobody keeps."""
    page = REPOSITORY / "docs" / "faults.md"
    there = set()
    for path in tracked():
        if path.suffix == ".py" and "Tests" in path.parts:
            there |= set(re.findall(r"^def (test_\w+)", path.read_text("utf-8"), re.MULTILINE))
        elif path.name.endswith("Tests.swift"):
            there |= set(re.findall(r"@Test.*?func `([^`]+)`", path.read_text("utf-8"), re.DOTALL))
    complaints, rows = [], 0
    for number, line in enumerate(page.read_text("utf-8").splitlines(), 1):
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("| ") or cells[-1] == "test":
            continue
        rows += 1
        named = re.findall(r"`([^`]+)`", cells[-1])
        if not named:
            complaints.append(at(page, number, "no test is named"))
        complaints += [at(page, number, f"no test {one}") for one in named if one not in there]
    assert rows > 30
    report(complaints)


# Places.


def test_no_path_of_one_machine() -> None:
    """Nothing that only exists where it was written."""
    paths = re.compile(r"(?<![\w./~-])/(?:work|root|home/\w+|Users/\w+)(?:/|\b)(?!\w)")
    report(
        [
            at(path, number, match.group())
            for path in tracked()
            if path != Path(__file__).resolve()
            for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
            if (match := paths.search(line))
        ]
    )


# What other tools judge.


def test_the_formatter_has_nothing_to_say() -> None:
    folders = [
        name
        for name in ("Package.swift", "Sources", "Tests", "benchmarks")
        if (REPOSITORY / name).exists()
    ]
    found = subprocess.run(
        [
            "swift",
            "format",
            "lint",
            "--strict",
            "--recursive",
            "--parallel",
            "--configuration",
            ".swift-format",
            *folders,
        ],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (found.returncode, found.stdout + found.stderr) == (0, "")


def code_lines(path: Path) -> list[tuple[int, str]]:
    """The lines of a Swift file without its comments and texts."""
    code = swift_text.without_comments_and_texts(path.read_text("utf-8"))
    return list(enumerate(code.splitlines(), 1))


# The checks themselves.


def test_the_reader_of_swift_reads() -> None:
    source = (
        "func one(a: Int, b: [String: Int] = [:], _ c: (Int, Int) -> Void) {\n    // }\n"
        '    let text = "{"\n    body()\n}\n'
        "protocol P {\n    func requirement()\n    func other() -> Int\n}\n"
        "init?(_ x: Int) throws(E) {\n    self.init(x)\n}\n"
    )
    found = swift_text.functions(source)
    assert [(one.name, one.line, one.body_lines, one.parameters) for one in found] == [
        ("one", 1, 3, 3),
        ("init?", 10, 1, 1),
    ]


def test_this_runs_on_the_oldest_python_we_support() -> None:
    assert sys.version_info >= (3, 10)
