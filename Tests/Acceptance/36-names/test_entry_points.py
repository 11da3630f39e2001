"""Classes that an installed distribution registers: `egg:distribution#name`."""

import pytest

from support.server import APPLICATIONS
from support.settings import without_explanation

MODULE = """
from gunicorn.glogging import Logger
from gunicorn.workers.base import Worker
from gunicorn.workers.sync import SyncWorker

class Plain(Logger):
    error_fmt = "plain %(message)s"

class Telling(SyncWorker):
    def init_process(self):
        self.log.info("telling %s", self.age)
        super().init_process()
"""
ENTRY_POINTS = """
[gunicorn.loggers]
plain = plugs:Plain
broken = plugs:NoSuch
[gunicorn.workers]
telling = plugs:Telling
gone = nowhere:Worker
"""


@pytest.fixture
def installed(directory):
    """A distribution in a folder of its own, as an installer leaves it."""
    site = directory / "site"
    information = site / "plugs-1.0.dist-info"
    information.mkdir(parents=True)
    (site / "plugs.py").write_text(MODULE)
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: plugs\nVersion: 1.0\n")
    (information / "entry_points.txt").write_text(ENTRY_POINTS)
    return {"PYTHONPATH": f"{site}:{APPLICATIONS}"}


def test_a_logger_class(start, installed):
    server = start("--logger-class=egg:plugs#plain", "hello:app", environment=installed)
    server.wait_for_log("^plain Booting worker with pid")
    assert server.ask().status == 200
    server.stop()
    assert all(line.startswith("plain ") for line in server.log.texts())


def test_a_worker_class(start, installed):
    server = start("-k", "egg:plugs#telling", "hello:app", environment=installed)
    server.wait_for_log("telling 1$")
    assert server.ask().status == 200
    server.stop()
    assert "[INFO] Using worker: egg:plugs#telling\n" in server.log.text


@pytest.mark.parametrize(
    ("option", "reason"),
    [
        ("--logger-class=egg:plugs#nosuch", "Entry point"),
        ("--logger-class=egg:plugs", "Entry point"),
        ("--logger-class=egg:plugs#broken", "module 'plugs' has no attribute 'NoSuch'"),
        ("--logger-class=egg:nosuch#plain", "PackageNotFoundError"),
        ("--worker-class=egg:plugs#plain", "Entry point"),
        ("--worker-class=egg:plugs#gone", "No module named 'nowhere'"),
    ],
)
def test_a_class_that_is_not_there(command, installed, option, reason):
    finished = command(option, "-b", "127.0.0.1:0", "hello:app", environment=installed)
    uri = option.partition("=")[2]
    said = without_explanation(finished.err)
    assert said.startswith(f"\nError: class uri {uri!r} invalid or not found: \n\n[Traceback ")
    assert reason in said
    assert finished.status == 1
