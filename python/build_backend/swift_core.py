"""Builds the core with `swift build` and says which platforms may run it."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

OLDEST_PYTHON = (3, 10)
OLDEST_SWIFT = (6, 2)

# What each manylinux policy lets a library ask of the C library, of libstdc++ and of libgcc
# (PEP 600: the first number is the policy's name). A core that fits none is plain `linux`.
POLICIES = (
    ("2_28", {"GLIBC": (2, 28), "GLIBCXX": (3, 4, 24), "CXXABI": (1, 3, 11), "GCC": (7, 0, 0)}),
    ("2_31", {"GLIBC": (2, 31), "GLIBCXX": (3, 4, 28), "CXXABI": (1, 3, 12), "GCC": (7, 0, 0)}),
    ("2_34", {"GLIBC": (2, 34), "GLIBCXX": (3, 4, 29), "CXXABI": (1, 3, 13), "GCC": (7, 0, 0)}),
    ("2_35", {"GLIBC": (2, 35), "GLIBCXX": (3, 4, 30), "CXXABI": (1, 3, 13), "GCC": (12, 0, 0)}),
    ("2_39", {"GLIBC": (2, 39), "GLIBCXX": (3, 4, 33), "CXXABI": (1, 3, 15), "GCC": (14, 0, 0)}),
)
POLICY_LIBRARIES = re.compile(r"(lib(c|m|dl|rt|pthread|gcc_s|stdc\+\+|atomic|z)|ld-linux-.*)\.so")


def require_tools() -> None:
    """Leave with one sentence when something that the build needs is missing or too old."""
    if sys.version_info < OLDEST_PYTHON or sys.implementation.name != "cpython":
        stop(
            f"CPython 3.10 or newer is needed, this is {platform.python_implementation()} "
            f"{platform.python_version()}: run pip with a newer one, e.g. `python3.12 -m pip`"
        )
    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        stop("a free-threaded CPython cannot load the limited API: use the ordinary build")
    if sys.platform != "linux":
        stop("Swiftcorn runs on Linux only: build it there or in a container")
    require_swift()
    require_headers()
    for tool in ("strip", "objdump"):
        if not shutil.which(tool):
            stop(f"`{tool}` is not on PATH: install binutils (`apt-get install binutils`)")


def require_swift() -> None:
    remedy = "install Swift 6.3 from swift.org/install and put its `usr/bin` on PATH"
    if not shutil.which("swift"):
        stop(f"the Swift toolchain is missing: {remedy}")
    answer = subprocess.run(["swift", "--version"], capture_output=True, text=True, check=False)
    found = re.search(r"Swift version (\d+)\.(\d+)", answer.stdout)
    if not found:
        stop(f"`swift --version` does not answer with a version: {remedy}")
    if tuple(map(int, found.groups())) < OLDEST_SWIFT:
        stop(f"Swift {found[1]}.{found[2]} is too old: {remedy}")


def require_headers() -> None:
    remedy = "install them (`apt-get install python3-dev pkg-config`)"
    if not shutil.which("pkg-config"):
        stop(f"pkg-config, by which Python's headers are found, is missing: {remedy}")
    if not has_headers(os.environ) and not has_headers(environment()):
        stop(f"the headers of CPython 3.10 or newer are missing: {remedy}")


def has_headers(variables: Mapping[str, str]) -> bool:
    command = ["pkg-config", "--atleast-version=3.10", "python3"]
    return subprocess.run(command, env=variables, check=False).returncode == 0


def environment() -> dict[str, str]:
    """The environment of `swift build`: this interpreter's headers stand in for absent ones."""
    variables = dict(os.environ)
    if not has_headers(variables):
        variables["PKG_CONFIG_PATH"] = sysconfig.get_config_var("LIBPC") or ""
    return variables


def build(root: Path, destination: Path) -> None:
    """Build the core in `root` and put it, stripped, at `destination`."""
    require_tools()
    flags = ["--configuration", "release", "-Xswiftc", "-static-stdlib"]
    exports = Path(__file__).with_name("exports.map")
    flags += ["-Xlinker", f"--version-script={exports}"]
    command = ["swift", "build", *flags, "--package-path", str(root)]
    command += ["--product", "SwiftcornCore"]
    if subprocess.run(command, env=environment(), check=False).returncode != 0:
        stop("`swift build` failed: its messages above say why")
    where = [*command[:-2], "--show-bin-path"]
    folder = subprocess.run(where, capture_output=True, text=True, check=True).stdout.strip()
    # Beside the destination and then renamed: a running server keeps the file it has mapped.
    fresh = destination.with_suffix(".new")
    built = str(Path(folder) / "libSwiftcornCore.so")
    subprocess.run(["strip", "--strip-all", "-o", str(fresh), built], check=True)
    fresh.chmod(0o755)
    fresh.replace(destination)


def platform_tag(core: Path) -> str:
    """The wheel's platform, from the libraries and symbol versions that the core asks for."""
    dump = subprocess.run(
        ["objdump", "--private-headers", str(core)], capture_output=True, text=True, check=True
    ).stdout
    machine = platform.machine()
    libraries = re.findall(r"NEEDED\s+(\S+)", dump)
    wanted = re.findall(r"0x[0-9a-f]+ 0x[0-9a-f]+ \d+ ([A-Z]+)_([0-9.]+)$", dump, re.MULTILINE)
    versions = [(name, tuple(map(int, number.split(".")))) for name, number in wanted]
    relative = "GLIBC_ABI_DT_RELR" in dump  # Packed relocations came with glibc 2.36.
    if all(POLICY_LIBRARIES.match(library) for library in libraries):
        for policy, most in POLICIES:
            fits = all(name in most and version <= most[name] for name, version in versions)
            if fits and (not relative or most["GLIBC"] >= (2, 36)):
                return f"manylinux_{policy}_{machine}"
    return f"linux_{machine}"


def stop(sentence: str) -> NoReturn:
    raise SystemExit(f"swiftcorn: {sentence}.")
