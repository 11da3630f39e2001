"""Our own requests as data, run live: what comes back is what Gunicorn 27.0.1 sends, to the byte.

Swiftcorn's sync worker keeps connections alive, as Gunicorn's gthread worker does; so that one is
what it is compared with here.
"""

from pathlib import Path

import pytest

from support.cases import encode, read_cases, write_cases
from support.masks import mask_date

FOLDER = Path(__file__).with_name("requests")
FILES = {path.stem: read_cases(path) for path in sorted(FOLDER.glob("*.http"))}
CASES = [(name, case) for name, cases in FILES.items() for case in cases]


@pytest.fixture(scope="module")
def recorded(request):
    """With --record, what was answered becomes what is expected."""
    yield
    if request.config.getoption("--record"):
        for name, cases in FILES.items():
            write_cases(FOLDER / f"{name}.http", cases)


@pytest.mark.parametrize(
    ("name", "case"), CASES, ids=[f"{name}: {case.title}" for name, case in CASES]
)
def test_case(serving, differs, expected, recorded, request, name, case):
    worker = differs("sync-keep-alive", gunicorn=("-k", "gthread"), swiftcorn=())
    server = serving(*worker, *case.options, "wire:app")
    with server.connect() as link:
        link.send(case.request).finish_sending()
        found = encode(mask_date(link.read_to_end())).rstrip("\n")
    if request.config.getoption("--record"):
        case.expected = found
    assert found == expected(case)
