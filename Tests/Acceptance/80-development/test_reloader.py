"""`--reload`: a worker whose sources have changed is replaced, whatever way they were saved."""

import os
import re
import signal
from contextlib import suppress

import pytest

from support import processes
from support.client import request_bytes
from support.deadline import Expired, wait_until, wait_until_process_ends
from support.server import APPLICATIONS

SAYS = "from specimen import saying\napp = saying({!r})\n"
BOOTED = "Booting worker with pid"


@pytest.fixture
def source(directory):
    """Writes the application as an editor does that writes in place."""

    def write(text, name="changing.py"):
        (directory / name).write_text(text)

    write(SAYS.format("first"))
    return write


@pytest.fixture
def begun(start, source):
    def starter(*options, application="changing:app"):
        server = start("--reload", *options, application)
        server.wait_for_log("Reloader is on")
        # The watch begins when the application is loaded: a request is answered after that.
        server.ask()
        return server

    return starter


def replaced(server, mark, workers=1):
    server.wait_for_log(BOOTED, count=workers, since=mark)
    return server.ask().text


def noticed(server, save, workers=1):
    """Saves; again where it is Gunicorn, which does not see what comes before its first look."""
    mark = server.log.mark()
    save()
    for _ in range(5 if server.kind == "gunicorn" else 0):
        with suppress(Expired):
            server.wait_for_log("Worker reloading", count=workers, since=mark, seconds=3)
            return mark
        save()
    server.wait_for_log("Worker reloading", count=workers, since=mark)
    return mark


@pytest.mark.parametrize("engine", ["auto", "poll"])
def test_the_lines(begun, source, directory, engine):
    server = begun(f"--reload-engine={engine}")
    assert server.ask().text == "first"
    mark = noticed(server, lambda: source(SAYS.format("second")))
    assert replaced(server, mark) == "second"
    server.stop()
    lines = [line for line in server.masked_log() if "Control socket" not in line]
    assert lines == [
        "[TIME] [MASTER] [INFO] Starting gunicorn 27.0.1",
        "[TIME] [MASTER] [INFO] Listening at: http://127.0.0.1:PORT (MASTER)",
        "[TIME] [MASTER] [INFO] Using worker: sync",
        "[TIME] [WORKER] [INFO] Booting worker with pid: WORKER",
        "[TIME] [WORKER] [WARNING] Reloader is on. Use in development only!",
        f"[TIME] [WORKER] [INFO] Worker reloading: {directory}/changing.py modified",
        "[TIME] [WORKER] [INFO] Worker exiting (pid: WORKER)",
        "[TIME] [WORKER] [INFO] Booting worker with pid: WORKER",
        "[TIME] [WORKER] [WARNING] Reloader is on. Use in development only!",
        "[TIME] [MASTER] [INFO] Handling signal: term",
        "[TIME] [WORKER] [INFO] Worker exiting (pid: WORKER)",
        "[TIME] [MASTER] [INFO] Shutting down: Master",
    ]


@pytest.mark.only("swiftcorn")
@pytest.mark.parametrize("engine", ["inotify", "poll"])
def test_each_way_to_save(begun, source, directory, engine):
    server = begun(f"--reload-engine={engine}")
    path = directory / "changing.py"

    def renamed_over():
        other = directory / "changing.py.new"
        other.write_text(SAYS.format("renamed over"))
        other.rename(path)

    def with_a_backup():
        path.rename(directory / "changing.py~")
        path.write_text(SAYS.format("with a backup"))

    def through_a_link():
        (directory / "elsewhere.py").write_text(SAYS.format("through a link"))
        link = directory / "link"
        link.symlink_to("elsewhere.py")
        link.rename(path)

    def behind_the_link():
        (directory / "elsewhere.py").write_text(SAYS.format("behind the link"))

    for save in (renamed_over, with_a_backup, through_a_link, behind_the_link):
        mark = server.log.mark()
        save()
        assert replaced(server, mark) == save.__name__.replace("_", " ")
    server.stop()


@pytest.mark.only("swiftcorn")
def test_the_hook_of_a_worker_that_ends(begun, source, directory):
    (directory / "gunicorn.conf.py").write_text(
        "def worker_int(worker):\n    worker.log.info('Interrupted: %s', worker.alive)\n"
    )
    server = begun()
    mark = noticed(server, lambda: source(SAYS.format("second")))
    server.wait_for_log("Interrupted: False", since=mark)
    server.wait_for_log(BOOTED, since=mark)
    server.stop()


def test_each_worker_is_replaced(begun, source, directory):
    (directory / "gunicorn.conf.py").write_text(
        "def post_worker_init(worker):\n    worker.log.info('Worker initialised')\n"
    )
    server = begun("--workers=2")
    server.wait_for_log("Worker initialised", count=2)
    old = server.wait_for_workers(2)
    mark = noticed(server, lambda: source(SAYS.format("second")), workers=2)
    server.wait_for_log(BOOTED, count=2, since=mark)
    server.wait_for_log("Worker exiting", count=2, since=mark)
    for worker in old:
        wait_until_process_ends(worker)
    assert not set(server.wait_for_workers(2)) & set(old)
    assert server.ask().text == "second"
    server.stop()


@pytest.mark.only("swiftcorn")
@pytest.mark.parametrize("engine", ["inotify", "poll"])
def test_what_is_imported_later_is_followed_too(begun, source, engine):
    source("text = 'late'\n", "imported_late.py")
    source(
        "def app(environ, start_response):\n"
        "    import imported_late\n"
        "    content = imported_late.text.encode()\n"
        "    start_response('200 OK', [('Content-Length', str(len(content)))])\n"
        "    return [content]\n"
    )
    server = begun(f"--reload-engine={engine}")
    assert server.ask().text == "late"
    mark = server.log.mark()
    source("text = 'later'\n", "imported_late.py")
    server.wait_for_log("imported_late.py modified", since=mark)
    assert replaced(server, mark) == "later"
    server.stop()


def test_extra_files_and_patterns(begun, directory):
    (directory / "pages").mkdir()
    for name in ("plain.txt", "pages/one.html"):
        (directory / name).write_text("1")
    server = begun("--reload-extra-file=plain.txt", "--reload-extra-file=pages/*.html")
    for name in ("plain.txt", "pages/one.html"):
        mark = noticed(server, lambda name=name: (directory / name).open("a").write("more"))
        server.wait_for_log(f"Worker reloading: {name} modified", since=mark)
        server.wait_for_log("Reloader is on", since=mark)
        server.ask()
    server.stop()


def test_what_no_module_came_from_is_nobodys_business(begun, source, directory):
    server = begun()
    (directory / "other.py").write_text("1/0")
    (directory / ".changing.py.swp").write_text("editor")
    mark = noticed(server, lambda: source(SAYS.format("second")))
    assert replaced(server, mark) == "second"
    assert len(re.findall("Worker reloading", server.log.text)) == 1
    server.stop()


def test_a_source_that_does_not_parse(begun, source):
    server = begun()
    mark = noticed(server, lambda: source("def app(:\n"))
    server.wait_for_log(r"\[ERROR\] invalid syntax \(changing\.py, line 1\)$", since=mark)
    server.wait_for_log("SyntaxError: invalid syntax", since=mark)
    answer = server.ask()
    assert (answer.status, answer["Content-Type"]) == (500, "text/plain")
    assert answer.text.startswith("Traceback (most recent call last):\n")
    assert answer.text.endswith("    def app(:\n            ^\nSyntaxError: invalid syntax\n")
    mark = noticed(server, lambda: source(SAYS.format("mended")))
    assert replaced(server, mark) == "mended"
    server.stop()


def test_a_source_that_does_not_parse_from_the_start(start, source):
    source("def app(:\n")
    server = start("--reload", "changing:app")
    assert "SyntaxError" in server.ask().text
    mark = noticed(server, lambda: source(SAYS.format("mended")))
    assert replaced(server, mark) == "mended"
    server.stop()


@pytest.mark.parametrize(
    "text", ["1/0\n", "import nosuchmodule\n", "raise RuntimeError('not yet')\n"]
)
def test_a_source_that_raises(begun, source, differs, text):
    server = begun()
    mark = noticed(server, lambda: source(text))
    ends = differs("reload-any-exception", gunicorn=True, swiftcorn=False)
    if ends:
        return server.expect_clean_exit(status=3)
    server.wait_for_log("Traceback", since=mark)
    answer = server.ask()
    assert answer.status == 500 and "changing.py" in answer.text
    mark = noticed(server, lambda: source(SAYS.format("mended")))
    assert replaced(server, mark) == "mended"
    server.stop()


@pytest.mark.only("swiftcorn")
def test_saves_that_follow_each_other_at_once(begun, source):
    """The last one counts, also when it comes while the new worker imports the one before."""
    server = begun()
    for number in range(30):
        source(SAYS.format(f"save {number}"))
    last = SAYS.format("the last")
    source(last)
    server.wait_for_log("Worker reloading")
    source(last + "# once more\n")
    source("import time\n" + last.replace("the last", "the very last"))
    wait_until(lambda: server.ask().text == "the very last", "the last save")
    server.stop()


@pytest.mark.only("swiftcorn")
def test_a_save_while_the_application_is_imported(start, source, directory):
    """Between the reading of a source and the beginning of the watch."""
    source(
        "import pathlib, time\n"
        "here = pathlib.Path(__file__).parent\n"
        "(here / 'importing').touch()\n"
        "while not (here / 'go').exists():\n"
        "    time.sleep(0.01)\n" + SAYS.format("first")
    )
    server = start("--reload", "changing:app")
    wait_until((directory / "importing").exists, "the import")
    source(SAYS.format("second"))
    (directory / "go").touch()
    server.wait_for_log("changing.py modified")
    assert replaced(server, 0, workers=2) == "second"
    server.stop()


@pytest.mark.only("swiftcorn")
def test_a_request_under_way_is_finished(begun, source, directory):
    source(SAYS.format("first") + "from labour import app\n")
    go = directory / "go"
    server = begun(application="labour:app")
    with server.connect() as link:
        link.send(request_bytes("GET", f"/until?{go}"))
        server.wait_for_log("^NOTE begun")
        os.utime(APPLICATIONS / "labour.py")
        go.touch()
        assert link.response().status == 200
    server.wait_for_log("labour.py modified")
    server.wait_for_log(BOOTED, count=2)
    server.stop()


@pytest.mark.only("swiftcorn")
def test_an_idle_connection_does_not_hold_the_worker(begun, source):
    server = begun()
    with server.connect() as link:
        link.send(request_bytes(connection=None))
        assert link.response().text == "first"
        mark = server.log.mark()
        source(SAYS.format("second"))
        assert replaced(server, mark) == "second"
        assert link.is_closed_by_server()
    server.stop()


def test_the_engine_by_inotify_needs_no_package(start, source, differs):
    server = start("--reload", "--reload-engine=inotify", "changing:app")
    said = differs(
        "reload-inotify",
        gunicorn="You must have the inotify module installed to use the inotify reloader",
        swiftcorn="Reloader is on",
    )
    server.wait_for_log(said)
    if server.kind == "swiftcorn":
        server.stop()


@pytest.mark.only("swiftcorn")
def test_watching_costs_one_descriptor_and_no_thread(begun):
    server = begun("--no-guard-thread")
    assert processes.threads(server.worker) == 1
    watches = [one for one in processes.open_descriptors(server.worker) if "inotify" in one]
    assert watches == ["anon_inode:inotify"]
    server.signal(signal.SIGTERM)
    server.expect_clean_exit()
