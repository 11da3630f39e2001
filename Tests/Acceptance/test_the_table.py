"""docs/compatibility.md and the tests agree: no row without a test, no test without a row."""

import re

from support.compatibility import TABLE, TESTS, ids_named_by_tests, read_table


def test_each_row_has_a_test_and_each_test_a_row():
    rows, named = read_table(), ids_named_by_tests()
    assert sorted(rows) == sorted(named)


def test_each_row_is_complete():
    for row in read_table().values():
        assert all((row.id, row.what, row.gunicorn, row.swiftcorn, row.why)), row
        assert row.gunicorn != row.swiftcorn, row


def test_each_defect_of_gunicorn_is_decided():
    """All 32 that are known: by a row of the table, by a test, or by what is not built yet."""
    text = TABLE.read_text("utf-8").split("## The defects of Gunicorn 27")[1]
    rows = [re.split(r" *\| *", line)[1:-1] for line in re.findall(r"(?m)^\| \d.*$", text)]
    assert [int(row[0]) for row in rows] == list(range(1, 33))
    known = {*read_table(), *(path.name for path in TESTS.rglob("test_*.py"))}
    for number, _, here, proofs in rows:
        named = re.findall(r"`([^`]+)`", proofs)
        assert set(named) <= known, number
        assert bool(named) != here.startswith("not built yet: "), number
