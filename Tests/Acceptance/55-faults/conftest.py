"""Faults of the machine, brought about from outside of the server."""

import shutil
import struct
import subprocess
from pathlib import Path

import pytest

SOURCE = Path(__file__).with_name("faults.c")


@pytest.fixture(scope="session")
def library(tmp_path_factory):
    """The library that stands between the server and the C library."""
    compiler = next(filter(shutil.which, ("cc", "clang", "gcc")), None)
    if compiler is None:
        pytest.skip("there is no C compiler")
    target = tmp_path_factory.mktemp("faults") / "faults.so"
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-O1", "-o", target, SOURCE, "-ldl"], check=True, timeout=60
    )
    return target


class Machine:
    """A machine whose clock can be set and which can refuse to make processes."""

    def __init__(self, path, library):
        self.path = path
        self.environment = {"LD_PRELOAD": str(library), "FAULTS": str(path)}
        path.write_bytes(struct.pack("=qq", 0, 0))

    def _write(self, place, value):
        with self.path.open("r+b") as file:
            file.seek(place)
            file.write(struct.pack("=q", value))

    def set_clock(self, seconds):
        """As far as that from the real time, from now on."""
        self._write(0, seconds)

    def refuse_forks(self, refused=True):
        self._write(8, int(refused))


@pytest.fixture
def machine(directory, library):
    return Machine(directory / "faults", library)
