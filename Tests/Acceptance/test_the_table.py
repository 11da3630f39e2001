"""docs/compatibility.md and the tests agree: no row without a test, no test without a row."""

from support.compatibility import ids_named_by_tests, read_table


def test_each_row_has_a_test_and_each_test_a_row():
    rows, named = read_table(), ids_named_by_tests()
    assert sorted(rows) == sorted(named)


def test_each_row_is_complete():
    for row in read_table().values():
        assert all((row.id, row.what, row.gunicorn, row.swiftcorn, row.why)), row
        assert row.gunicorn != row.swiftcorn, row
