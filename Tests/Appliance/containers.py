"""Containers without a registry: podman and buildah set up to work on a bare machine, and stand-ins
for the public base images, made from the distribution's packages and this machine's Swift.

Everything lies in a store of its own, so that the machine's own images are neither seen nor
replaced. An image that the store already has is kept.
"""

from __future__ import annotations

import contextlib
import os
import re
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from delivered import free_port, run

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "swiftcorn-appliance"
RUN = Path("/run/swiftcorn-appliance")
DEBIAN = "docker.io/library/debian:bookworm-slim"
PYTHON_VERSION = "3.11"  # What bookworm has.
PYTHON = f"docker.io/library/python:{PYTHON_VERSION}-slim-bookworm"
NGINX = "docker.io/library/nginx:stable"
SWIFT = "docker.io/library/swift:6.3-bookworm"
AUTHORITIES = Path("usr/local/share/ca-certificates")

# What the published Swift image installs, so that the toolchain finds its linker and headers.
SWIFT_PACKAGES = (
    "binutils git libc6-dev libcurl4-openssl-dev libedit2 libgcc-12-dev libncurses6 "
    "libpython3-dev libsqlite3-0 libstdc++-12-dev libxml2-dev pkg-config tzdata unzip zlib1g-dev"
)
# Parts of the toolchain that neither the build nor the tests touch; they are half of it.
SWIFT_LEFT_OUT = re.compile(
    r"(bin/(.*lldb.*|sourcekit-lsp|docc|clangd|wasmkit|swift-build-sdk-interfaces)"
    r"|lib/(liblldb|libsourcekitd|libSwiftSourceKit|libclang\.so).*"
    r"|lib/(swift|swift_static)/(embedded|FrameworkABIBaseline)(/.*)?)"
)


@cache
def environment() -> dict[str, str]:
    """The variables by which podman and buildah use the store and settings of these tests."""
    for folder in (CACHE, RUN):
        folder.mkdir(parents=True, exist_ok=True)
    # A limit above our own hard limit cannot be given to a container without CAP_SYS_RESOURCE,
    # and podman lowers its own number of processes to pid_max.
    pid_max = int(Path("/proc/sys/kernel/pid_max").read_text())
    files = least(resource.getrlimit(resource.RLIMIT_NOFILE)[1], 1_048_576)
    processes = least(resource.getrlimit(resource.RLIMIT_NPROC)[1], min(pid_max, 32_768))
    # runc, because crun refuses a machine with both generations of cgroups; cgroupfs and files,
    # because PID 1 need not be systemd.
    (CACHE / "containers.conf").write_text(
        "[containers]\n"
        f'default_ulimits = ["nofile={files}:{files}", "nproc={processes}:{processes}"]\n'
        '[network]\nnetwork_backend = "netavark"\n'
        '[engine]\nruntime = "runc"\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n'
        f'static_dir = "{CACHE}/libpod"\ntmp_dir = "{RUN}/libpod"\n'
        f'volume_path = "{CACHE}/volumes"\n'
    )
    (CACHE / "storage.conf").write_text(
        f'[storage]\ndriver = "overlay"\ngraphroot = "{CACHE}/storage"\nrunroot = "{RUN}/storage"\n'
    )
    return {
        **os.environ,
        "CONTAINERS_CONF": str(CACHE / "containers.conf"),
        "CONTAINERS_STORAGE_CONF": str(CACHE / "storage.conf"),
    }


def least(limit: int, most: int) -> int:
    return most if limit == resource.RLIM_INFINITY else min(limit, most)


def podman(*words: str | Path, check: bool = True, seconds: float = 600) -> str:
    return run("podman", *words, check=check, environment=environment(), seconds=seconds).stdout


def buildah(*words: str | Path, seconds: float = 3600) -> str:
    return run("buildah", *words, environment=environment(), seconds=seconds).stdout


def exists(image: str) -> bool:
    done = run("podman", "image", "exists", image, check=False, environment=environment())
    return done.returncode == 0


def build(context: Path, tag: str, *options: str | Path) -> None:
    """Build a Dockerfile as it is, from the stand-ins; docker's format keeps all that it says."""
    buildah(
        "bud", "--format=docker", "--pull-never", "--network=host", "--layers",
        "--tag", tag, *options, context,
    )  # fmt: skip


@contextlib.contextmanager
def changed(base: str, tag: str, *settings: str) -> Iterator[tuple[str, Path]]:
    """A container of `base` and its files, to be changed; then it becomes the image `tag`."""
    container = buildah("from", "--pull-never", base).strip()
    try:
        yield container, Path(buildah("mount", container).strip())
        buildah("umount", container)
        if settings:
            buildah("config", *settings, container)
        buildah("commit", "--quiet", container, tag)
    finally:
        buildah("rm", container)


def inside(container: str, script: str) -> None:
    buildah("run", "--network=host", "--isolation=chroot", container, "--", "sh", "-ec", script)


def install(container: str, packages: str) -> None:
    inside(
        container,
        "export DEBIAN_FRONTEND=noninteractive; apt-get update -qq; "
        f"apt-get install -qq --yes --no-install-recommends {packages} >/dev/null; "
        "rm -rf /var/lib/apt/lists/*",
    )


def make_debian() -> None:
    """The distribution itself, by this machine's own apt sources and certificate authorities."""
    if exists(DEBIAN):
        return
    sources = Path("/etc/apt/sources.list.d/debian.sources")
    if not sources.exists():
        sources = Path("/etc/apt/sources.list")
    apt_options = [
        f"--aptopt={path}"
        for path in sorted(Path("/etc/apt/apt.conf.d").iterdir())
        if re.search(r"^ *Acquire::(Check|http|https)", path.read_text(), re.MULTILINE)
    ]
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        archive = Path(folder) / "root.tar"
        run(
            "mmdebstrap", "--quiet", "--variant=minbase",
            "--include=ca-certificates,tzdata,netbase", *apt_options,
            "--dpkgopt=path-exclude=/usr/share/man/*",
            "--dpkgopt=path-exclude=/usr/share/doc/*", "bookworm", archive, sources,
        )  # fmt: skip
        podman("import", "--quiet", archive, "localhost/debian-bare")
    with changed("localhost/debian-bare", DEBIAN, "--cmd=bash") as (container, root):
        if any(Path("/", AUTHORITIES).glob("*.crt")):
            shutil.copytree(Path("/", AUTHORITIES), root / AUTHORITIES, dirs_exist_ok=True)
        inside(container, "update-ca-certificates >/dev/null 2>&1")


def make_python() -> None:
    """The distribution's Python under the names and in the place of the published image's."""
    if exists(PYTHON):
        return
    make_debian()
    with changed(DEBIAN, PYTHON, "--cmd=python3") as (container, root):
        install(container, "python3 python3-pip")
        for name, target in {"python": "python3", "python3": "python3", "pip": "pip3"}.items():
            (root / "usr/local/bin" / name).symlink_to(f"/usr/bin/{target}")
        (root / "etc/pip.conf").write_text(
            "[global]\ncert = /etc/ssl/certs/ca-certificates.crt\n"
            "break-system-packages = true\nroot-user-action = ignore\n"
        )


def make_nginx() -> None:
    """The distribution's nginx with the folders and the output of the published image's."""
    if exists(NGINX):
        return
    make_debian()
    with changed(DEBIAN, NGINX, '--cmd=["nginx", "-g", "daemon off;"]') as (container, root):
        install(container, "nginx-light")
        (root / "etc/nginx/sites-enabled/default").unlink()
        shutil.rmtree(root / "var/lib/nginx")
        (root / "var/lib/nginx").symlink_to("/var/cache/nginx")
        for name, target in {"access": "stdout", "error": "stderr"}.items():
            (root / f"var/log/nginx/{name}.log").unlink(missing_ok=True)
            (root / f"var/log/nginx/{name}.log").symlink_to(f"/dev/{target}")


def make_swift() -> None:
    """This machine's Swift toolchain on the distribution."""
    if exists(SWIFT):
        return
    make_debian()
    compiler = shutil.which("swiftc")
    assert compiler, "the Swift toolchain is missing"
    toolchain = Path(compiler).resolve().parents[1]
    with changed(DEBIAN, SWIFT, "--cmd=bash") as (container, root):
        install(container, SWIFT_PACKAGES)
        (root / "etc/pip.conf").write_text("[global]\ncert = /etc/ssl/certs/ca-certificates.crt\n")
        copy_toolchain(toolchain, root / "usr")


def copy_toolchain(source: Path, target: Path) -> None:
    """Through tar, which follows Debian's links of folders and keeps those of the toolchain."""
    reader = subprocess.Popen(
        ["tar", "--create", "--directory", str(source), *left_out(source), "."],
        stdout=subprocess.PIPE,
    )
    run_from(reader, "tar", "--extract", "--no-same-owner", "--keep-directory-symlink",
             "--directory", str(target))  # fmt: skip


def left_out(toolchain: Path) -> list[str]:
    paths = (path.relative_to(toolchain).as_posix() for path in toolchain.rglob("*"))
    return [f"--exclude=./{path}" for path in paths if SWIFT_LEFT_OUT.fullmatch(path)]


def run_from(reader: subprocess.Popen[bytes], *command: str) -> None:
    with reader:
        subprocess.run(command, stdin=reader.stdout, check=True)
    assert reader.returncode == 0, f"{reader.args!r} gave {reader.returncode}"


class Container:
    """A container that runs an image, one of its ports published on loopback."""

    def __init__(self, image: str, *arguments: str, options: tuple[str, ...] = ()) -> None:
        self.port = free_port()
        self.health_port = free_port()
        self.name = f"swiftcorn-test-{self.port}"
        ports = (f"127.0.0.1:{self.port}:8000", f"127.0.0.1:{self.health_port}:8001")
        published = [f"--publish={port}" for port in ports]
        podman("run", "--detach", "--name", self.name, *published, *options, image, *arguments)

    def logs(self) -> str:
        done = run("podman", "logs", self.name, environment=environment())
        return done.stdout + done.stderr

    def stop(self) -> int:
        """Stop it as an orchestrator does; gives the exit status."""
        podman("stop", "--time=20", self.name)
        return int(podman("inspect", self.name, "--format={{.State.ExitCode}}"))


@contextlib.contextmanager
def container(image: str, *arguments: str, options: tuple[str, ...] = ()) -> Iterator[Container]:
    made = Container(image, *arguments, options=options)
    try:
        yield made
    except BaseException:
        print(made.logs())
        raise
    finally:
        podman("rm", "--force", "--time=2", made.name)
