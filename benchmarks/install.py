"""Installs the servers the benchmark compares, each in an environment of its own.

Safe to run again: an environment whose pinned requirements have not changed is left alone.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from harness.place import APPLICATION_PACKAGES, BENCHMARKS, CACHE

REQUIREMENTS = BENCHMARKS / "requirements"
PEERS = ["gunicorn", "granian", "bjoern", "fastwsgi", "uwsgi"]


def fingerprint(requirements: Path, python: str) -> str:
    version = subprocess.run([python, "-VV"], capture_output=True, text=True, check=True).stdout
    return hashlib.sha256(requirements.read_bytes() + version.encode()).hexdigest()


def is_current(directory: Path, mark: str) -> bool:
    marker = directory / ".installed"
    return marker.exists() and marker.read_text() == mark


def install_peer(name: str, python: str) -> None:
    directory, requirements = CACHE / name, REQUIREMENTS / f"{name}.txt"
    mark = fingerprint(requirements, python)
    if is_current(directory, mark):
        return
    shutil.rmtree(directory, ignore_errors=True)
    subprocess.run([python, "-m", "venv", str(directory)], check=True)
    pip_install(directory / "bin" / "python", requirements)
    (directory / ".installed").write_text(mark)


def install_applications(python: str) -> None:
    requirements = REQUIREMENTS / "applications.txt"
    mark = fingerprint(requirements, python)
    if is_current(APPLICATION_PACKAGES, mark):
        return
    shutil.rmtree(APPLICATION_PACKAGES, ignore_errors=True)
    peer = CACHE / PEERS[0] / "bin" / "python"
    pip_install(peer, requirements, "--target", str(APPLICATION_PACKAGES))
    (APPLICATION_PACKAGES / ".installed").write_text(mark)


def pip_install(python: Path, requirements: Path, *options: str) -> None:
    command = [str(python), "-m", "pip", "install", "--quiet", "--no-deps", *options]
    subprocess.run([*command, "--requirement", str(requirements)], check=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", default=sys.executable, help="interpreter of the environments")
    parser.add_argument("names", nargs="*", help=f"only these of: {' '.join(PEERS)}")
    options = parser.parse_args()
    failed: list[str] = []
    for name in options.names or PEERS:
        print(f"benchmark: {name}", flush=True)
        try:
            install_peer(name, options.python)
        except subprocess.CalledProcessError as error:
            print(f"benchmark: {name} could not be installed: {error}", file=sys.stderr)
            failed.append(name)
    install_applications(options.python)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
