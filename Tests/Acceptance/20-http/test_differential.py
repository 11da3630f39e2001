"""Requests made at random, good and spoiled: both take the same ones, and answer alike."""

import re
import shutil

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from support.client import Connection
from support.directory import new_directory
from support.masks import mask_date
from support.server import GUNICORN, SWIFTCORN, ServerUnderTest

METHODS = st.sampled_from(
    ["GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "get", "GE", "M-SEARCH", "BREW", "G(T"]
)
TARGETS = st.one_of(
    st.sampled_from(
        ["/", "*", "/a%20b", "/?", "/a?b#c", "//x", "http://h/p", "http://h", "h:1", "", "/%zz"]
    ),
    st.text(st.sampled_from("/?#%aZ09.;:@&=+$,~[]\\\"<>|^`{}'!*()"), max_size=12).map("/".__add__),
)
VERSIONS = st.sampled_from(
    6 * ["HTTP/1.1"] + 2 * ["HTTP/1.0"] + ["HTTP/1.2", "HTTP/2.0", "HTTP/0.9", "http/1.1", "HTTP/1"]
)
NAMES = st.one_of(
    st.sampled_from(
        "Accept|X-Field|x_under|Cookie|X-Forwarded-Proto|SCRIPT_NAME|Upgrade|Expect|Content-Type|"
        "Host||X Y|X(|Content-Length|Transfer-Encoding".split("|")
    ),
    st.text(st.sampled_from("aZ0!#$%&'*+-.^_`|~ :("), min_size=1, max_size=6),
)
VALUES = st.one_of(
    st.sampled_from(
        "|a| a |\ta|https|/|5|0|-1|5, 5|chunked|gzip, chunked|identity|100-continue|"
        f"{9000 * 'x'}|a\x00b|a\rb|a\nb|caf\u00e9".split("|")
    ),
    st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF), max_size=10),
)
CHUNKS = st.sampled_from(
    "0\r\n\r\n|3\r\nabc\r\n0\r\n\r\n|3;a=b\r\nabc\r\n0\r\nX-T: 1\r\n\r\n|g\r\nabc\r\n|"
    "03\r\nabc\r\n0\r\n\r\n|3 \r\nabc\r\n0\r\n\r\n|3\r\nabcd\r\n0\r\n\r\n|3\nabc\n".split("|")
)
CONTENT = st.one_of(
    st.just(([], "")),
    st.text(st.sampled_from("abc\r\n"), max_size=8).map(
        lambda text: ([f"Content-Length: {len(text)}"], text)
    ),
    CHUNKS.map(lambda text: (["Transfer-Encoding: chunked"], text)),
)
SPOILING = st.one_of(
    st.none(),
    st.none(),
    st.tuples(
        st.floats(0, 1),
        st.sampled_from([b"", b"\r", b"\n", b"\r\n", b"\0", b" ", b"\t", b":", b"\x80", b"\x7f"]),
        st.integers(0, 2),
    ),
)


@st.composite
def requests(draw):
    fields, content = draw(CONTENT)
    fields = [f"{draw(NAMES)}:{draw(VALUES)}" for _ in range(draw(st.integers(0, 3)))] + fields
    line = f"{draw(METHODS)} {draw(TARGETS)} {draw(VERSIONS)}"
    raw = "\r\n".join([line, "Host: a", *fields, "Connection: close", "", ""]) + content
    raw = raw.encode("latin-1")
    spoiling = draw(SPOILING)
    if spoiling is not None:
        where, inserted, removed = spoiling
        place = int(where * len(raw))
        raw = raw[:place] + inserted + raw[place + removed :]
    return raw


@pytest.fixture(scope="module")
def pair(request):
    """Both servers at once."""
    folder = new_directory()
    servers = []
    for kind, worker in ((GUNICORN, ["-k", "gthread"]), (SWIFTCORN, [])):
        place = folder / kind
        place.mkdir()
        options = ("--bind", "127.0.0.1:0", *worker, "echo:app")
        servers.append(ServerUnderTest(kind, options, place))
    try:
        for server in servers:
            server.wait_until_serving()
        yield [server.address for server in servers]
        for server in servers:
            server.stop()
    finally:
        for server in servers:
            server.end_for_certain()
        shutil.rmtree(folder, ignore_errors=True)


def answer(address, raw):
    with Connection(address) as link:
        return mask_date(link.send(raw).finish_sending().read_to_end())


def is_cut_short(answered):
    """The application was given less content than was declared: a difference with a row."""
    declared = re.search(rb"CONTENT_LENGTH: '(\d+)'", answered)
    _, _, rest = answered.partition(b"\r\n\r\n")
    return bool(declared) and int(declared.group(1)) > len(rest.partition(b"\r\n\r\n")[2])


def closes_in_a_list(raw):
    """Another difference with a row."""
    return bool(re.search(rb"(?im)^connection:[^\r\n]*,", raw))


def is_refused(answered):
    """Which of several faults is named first is a difference with a row."""
    return answered == b"" or bool(re.match(rb"HTTP/1\.\d [45]\d\d ", answered))


@pytest.mark.both
def test_both_answer_the_same(pair):
    gunicorn, swiftcorn = pair

    @settings(
        max_examples=600,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(requests())
    def same(raw):
        expected = answer(gunicorn, raw)
        assume(not is_cut_short(expected) and not closes_in_a_list(raw))
        found = answer(swiftcorn, raw)
        assert found == expected or (is_refused(found) and is_refused(expected)), raw

    same()
