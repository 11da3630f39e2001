"""wsgi.file_wrapper: from the current offset, as much as declared, closed afterwards."""

import pytest

from support.client import request_bytes
from support.processes import open_descriptors
from support.server import ServerUnderTest

CONTENT = (bytes(range(251)) * 4000)[:1_000_000]


@pytest.fixture(scope="module", params=[(), ("--no-sendfile",)], ids=["sendfile", "read"])
def files(kind, tmp_path_factory, request):
    folder = tmp_path_factory.mktemp("files")
    served = folder / "served.bin"
    served.write_bytes(CONTENT)
    server = ServerUnderTest(
        kind,
        ("--bind", "127.0.0.1:0", *request.param, "files:app"),
        folder,
        {"SERVED_FILE": str(served)},
    )
    server.wait_until_serving()
    yield server
    try:
        server.stop()
    finally:
        server.end_for_certain()


@pytest.mark.parametrize("kind_", ["file", "bytes"])
@pytest.mark.parametrize("length", ["&length", ""], ids=["length", "no length"])
@pytest.mark.parametrize("offset", [0, 1, 8192, 999_999, 1_000_000])
def test_from_the_current_offset(files, kind_, length, offset):
    if not length:
        offset = min(offset, len(CONTENT) - 1)  # An empty file has a test of its own.
    response = files.ask(f"/?kind={kind_}&offset={offset}{length}")
    assert response.content == CONTENT[offset:]
    assert ("Transfer-Encoding" in response) == (not length)


@pytest.mark.parametrize("kind_", ["file", "bytes"])
@pytest.mark.parametrize(("offset", "length"), [(0, 10), (100, 70_000), (500_000, 0)])
def test_as_much_as_declared(files, kind_, offset, length):
    response = files.ask(f"/?kind={kind_}&offset={offset}&length={length}")
    assert response.content == CONTENT[offset : offset + length]


@pytest.mark.parametrize("kind_", ["file", "bytes"])
def test_version_1_0(files, kind_):
    response = files.ask(f"/?kind={kind_}&offset=5", version="HTTP/1.0", connection=None)
    assert response.content == CONTENT[5:]
    assert "Transfer-Encoding" not in response


@pytest.mark.parametrize("kind_", ["file", "bytes"])
def test_head_sends_nothing_of_it(files, kind_):
    with files.connect() as link:
        raw = link.send(request_bytes("HEAD", f"/?kind={kind_}&length")).read_to_end()
    assert raw.endswith(b"\r\nContent-Length: 1000000\r\n\r\n")


@pytest.mark.parametrize("kind_", ["file", "bytes"])
def test_no_content_sends_nothing_of_it(files, kind_):
    with files.connect() as link:
        raw = link.send(request_bytes("GET", f"/?kind={kind_}&status=204")).read_to_end()
    assert raw.endswith(b"\r\nContent-Type: application/octet-stream\r\n\r\n")


def test_a_block_size_of_its_own(files):
    response = files.ask("/?kind=bytes&block=300000&length")
    assert response.content == CONTENT


@pytest.mark.parametrize(("kind_", "note"), [("file", "closed file"), ("bytes", "closed object")])
def test_closed_afterwards(files, kind_, note):
    assert files.ask(f"/?kind={kind_}&length&name=whole").status == 200
    files.wait_for_log(f"^NOTE {note} whole$")


def test_closed_when_the_client_leaves(files):
    link = files.connect().send(request_bytes("GET", "/?length&name=left"))
    link.read_exactly(100)
    link.reset()
    files.wait_for_log("^NOTE closed file left$")


def test_an_empty_file_with_a_length(files):
    response = files.ask("/?kind=empty&length=0")
    assert (response.status, response.content) == (200, b"")


def test_an_empty_file_without_a_length(files, differs):
    """The last chunk stands once; twice it would be read as the start of the next response."""
    with files.connect() as link:
        raw = link.send(request_bytes("GET", "/?kind=empty")).read_to_end()
    found = raw.partition(b"\r\n\r\n")[2]
    by_sendfile = "--no-sendfile" not in files.arguments
    assert found == differs(
        "empty-file-chunked", gunicorn=(1 + by_sendfile) * b"0\r\n\r\n", swiftcorn=b"0\r\n\r\n"
    )


def test_many_in_a_row_leave_no_descriptor_open(files):
    files.ask("/?length")
    before = len(open_descriptors(files.worker))
    for _ in range(50):
        files.ask("/?length=1000")
        files.ask("/?kind=bytes&length=10")
    assert len(open_descriptors(files.worker)) <= before + 1
