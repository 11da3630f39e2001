"""What a case of the data files is expected to bring back, on either side."""

import pytest

from support.server import SWIFTCORN


@pytest.fixture
def expected(kind, differences):
    def text(case):
        if case.row:
            assert case.row in differences, f"docs/compatibility.md has no row {case.row}"
            if kind == SWIFTCORN:
                return case.expected_by_row
        return case.expected

    return text
