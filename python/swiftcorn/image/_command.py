"""The command line of `swiftcorn image`."""

from __future__ import annotations

import argparse
import errno
import os
import platform as machine
import re
import shlex
import sys
from pathlib import Path

from ._build import Build, Order
from ._failure import ImageFailure
from ._python import MACHINES
from ._reference import base_place, check_name, output_place, with_tag

DEFAULT_BASE = "docker.io/library/python:{python}-slim"


def main(arguments: list[str]) -> int:
    """Run `swiftcorn image ARGUMENTS`; answers the exit status."""
    options = _parser().parse_args(arguments)
    try:
        order = _order(options)
        digest = Build(order, lambda text: print(text, file=sys.stderr)).run()
    except ImageFailure as failure:
        print(f"swiftcorn: {failure}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"swiftcorn: {_sentence(error)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print(digest)
    return 0


def _sentence(error: OSError) -> str:
    where = f" {error.filename}" if error.filename else ""
    if error.errno == errno.ENOSPC:
        return f"The disk is full, and nothing was left of what was begun{where}"
    return f"{error.strerror or error}{where}"


def _parser() -> argparse.ArgumentParser:
    program = argparse.ArgumentParser("swiftcorn image", allow_abbrev=False)
    commands = program.add_subparsers(required=True, metavar="COMMAND")
    one = commands.add_parser(
        "build",
        help="make an OCI image of an application",
        description="Make an OCI image of an application, its dependencies and the server: "
        "no Docker, no daemon, no root.",
        allow_abbrev=False,
    )
    add = one.add_argument
    add("context", nargs="?", default=".", metavar="CONTEXT", help="the folder of the application")
    add("--app", required=True, metavar="APP_MODULE", help="such as myproject.wsgi:app")
    add("--output", "-o", metavar="PLACE", help="oci:FOLDER, oci-archive:FILE, "
        "docker-archive:FILE, or docker://NAME through skopeo [oci-archive:NAME.tar]")  # fmt: skip
    add("--tag", "-t", metavar="NAME", help="the image's name [the folder's]")
    add("--base", metavar="BASE", help="an OCI layout, an archive, or a name that skopeo finds "
        "[the slim image of Python]")  # fmt: skip
    add("--python", metavar="X.Y", help="the version of Python [this one's]")
    add("--platform", metavar="OS/ARCH", help="linux/amd64 or linux/arm64 [this machine's]")
    add("--requirements", metavar="FILE", help="[uv.lock, Pipfile.lock, requirements.txt or "
        "pyproject.toml, the first there is]")  # fmt: skip
    add("--server", action="append", default=[], metavar="WHEEL",
        help="wheels of the server [as it is installed here]")  # fmt: skip
    add("--port", type=_port, default=8000, metavar="N", help="[8000]")
    add("--health-port", type=_port, default=8001, metavar="N", help="[8001]")
    add("--user", type=_user, default="10001:10001", metavar="UID[:GID]", help="[10001:10001]")
    add("--env", "-e", action="append", default=[], type=_pair, metavar="NAME=VALUE",
        help="a variable of its environment")  # fmt: skip
    add("--label", action="append", default=[], type=_pair, metavar="NAME=VALUE",
        help="a label of the image")  # fmt: skip
    add("--workers", "-w", metavar="N", help="a number or auto")
    add("--cmd", metavar="WORDS", help="what gunicorn gets, instead of the module and --workers")
    add("--compression", choices=("gzip", "zstd", "none"), default="gzip", help="[gzip]")
    add("--sbom", metavar="FILE", help="write the list of packages (CycloneDX) there too")
    add("--provenance", metavar="FILE", help="write the provenance (SLSA, in-toto) there too")
    add("--check", action="store_true", help="fail if the application does not load")
    add("--no-cache", action="store_true", help="install the dependencies anew")
    add("--cache", metavar="FOLDER", help="where layers are kept [~/.cache/swiftcorn/image]")
    return program


def _order(options: argparse.Namespace) -> Order:
    context = Path(options.context)
    name = options.tag or f"localhost/{_name_of(context)}"
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    base = options.base or DEFAULT_BASE.format(python=options.python or version)
    short = with_tag(check_name(name)).rpartition("/")[2].partition(":")[0]
    if options.python is not None and not re.fullmatch(r"3\.\d{1,2}", options.python):
        raise ImageFailure(f"--python {options.python}: it would be like 3.13")
    return Order(
        context=context,
        application=_application(options.app),
        base=base_place(base),
        base_name=base,
        output=output_place(options.output or f"oci-archive:{short}.tar"),
        name=with_tag(name),
        platform=_platform(options.platform),
        store=_store(options.cache),
        moment=_moment(),
        python=options.python,
        port=options.port,
        health_port=options.health_port,
        user=options.user,
        environment=dict(options.env),
        labels=dict(options.label),
        workers=options.workers,
        command=shlex.split(options.cmd) if options.cmd else None,
        requirements=options.requirements,
        server=[Path(one) for one in options.server],
        compression=options.compression,
        checks=options.check,
        sbom=Path(options.sbom) if options.sbom else None,
        provenance=Path(options.provenance) if options.provenance else None,
        uses_notes=not options.no_cache,
    )


def _name_of(context: Path) -> str:
    name = re.sub(r"[^a-z0-9]+", "-", context.resolve().name.lower()).strip("-")
    return name or "application"


def _application(text: str) -> str:
    if not re.fullmatch(r"[^\W\d]\w*(\.[^\W\d]\w*)*(:.+)?", text):
        raise ImageFailure(f"--app {text!r}: it would be like myproject.wsgi:app")
    return text


def _platform(text: str | None) -> str:
    if text is None:
        ours = {kernel: name for name, kernel in MACHINES.items()}
        return f"linux/{ours.get(machine.machine(), machine.machine())}"
    if text.split("/")[:2] not in (["linux", "amd64"], ["linux", "arm64"]):
        raise ImageFailure(f"--platform {text}: it would be linux/amd64 or linux/arm64")
    return text


def _store(text: str | None) -> Path:
    if text is not None:
        return Path(text)
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(home) / "swiftcorn" / "image"


def _moment() -> int:
    """When everything in the image was made, as far as it says (SOURCE_DATE_EPOCH)."""
    text = os.environ.get("SOURCE_DATE_EPOCH", "0")
    if not re.fullmatch(r"\d{1,11}", text):
        raise ImageFailure(f"SOURCE_DATE_EPOCH={text}: it would be a number of seconds since 1970")
    return int(text)


# What argparse refuses ends with status 2, as every wrong command line.


def _port(text: str) -> int:
    if not re.fullmatch(r"\d{1,5}", text) or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: it would be 1 to 65535")
    return int(text)


def _user(text: str) -> str:
    if not re.fullmatch(r"\d{1,10}(:\d{1,10})?", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no user: it would be a number like 10001")
    return text


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise argparse.ArgumentTypeError(f"{text!r}: it would be NAME=VALUE")
    return name, value
