"""Gunicorn's own request cases, run live: what comes back is what Gunicorn 27.0.1 sends.

Swiftcorn's sync worker keeps connections alive, as Gunicorn's gthread worker does; so that one is
what it is compared with here.
"""

from pathlib import Path

import pytest

from support.cases import Case, decode, encode, read_cases, write_cases
from support.masks import mask_date

FOLDER = Path(__file__).with_name("requests") / "gunicorn"


def cases_of(folder: str) -> list[Case]:
    cases = read_cases(FOLDER / f"{folder}.expected")
    for case in cases:
        text = (FOLDER / folder / f"{case.title}.http").read_text("latin-1")
        case.request = decode(text)
    return cases


VALID = cases_of("valid")
INVALID = cases_of("invalid")


@pytest.fixture(scope="module")
def recorded(request):
    """With --record, what was answered becomes what is expected."""
    yield
    if request.config.getoption("--record"):
        write_cases(FOLDER / "valid.expected", VALID)
        write_cases(FOLDER / "invalid.expected", INVALID)


@pytest.fixture
def exchange(serving, differs, recorded, request):
    def exchanged(case, *pieces):
        worker = differs("sync-keep-alive", gunicorn=("-k", "gthread"), swiftcorn=())
        server = serving(*worker, *case.options, "echo:app")
        with server.connect() as link:
            link.send(*(pieces or (case.request,))).finish_sending()
            found = encode(mask_date(link.read_to_end())).rstrip("\n")
        if request.config.getoption("--record"):
            case.expected = found
        return found

    return exchanged


def by_title(cases):
    return pytest.mark.parametrize("case", cases, ids=lambda case: case.title)


def speaks_proxy(case):
    return any("proxy" in option for option in case.options)


PLAIN = [case for case in VALID if not speaks_proxy(case)]
REFUSED = [case for case in INVALID if not speaks_proxy(case)]
PROXY = [case for case in VALID + INVALID if speaks_proxy(case)]


@by_title(PLAIN)
def test_valid(exchange, expected, case):
    assert exchange(case) == expected(case)


@by_title(REFUSED)
def test_invalid(exchange, expected, case):
    assert exchange(case) == expected(case)


@by_title([case for case in PLAIN if len(case.request) < 2000])
def test_valid_byte_by_byte(exchange, expected, case):
    assert exchange(case, *(bytes([byte]) for byte in case.request)) == expected(case)


@by_title(PROXY)
def test_the_proxy_protocol(exchange, expected, case):
    assert exchange(case) == expected(case)
