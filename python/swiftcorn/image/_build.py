"""A build from its beginning to its end."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from swiftcorn import __version__

from ._base import Base, open_base
from ._failure import ImageFailure
from ._install import Package, install, installed_entries, is_native, packages_in
from ._layer import Layer, Manner, write_layer
from ._output import Image, write
from ._python import ImagePython, check_python
from ._reference import Place
from ._requirements import Requirements, find_requirements
from ._server import server_entries
from ._statements import PROVENANCE_TYPE, SBOM_TYPE, bill_of_materials, provenance
from ._store import Store, json_bytes
from ._tree import Entry, read_context

APPLICATION_FOLDER = "app"
#: Changes when the same files would give another layer.
LAYER_FORM = "1"
#: Where pip looks for packages.
INDEX_VARIABLES = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_CONSTRAINT")


@dataclass(frozen=True)
class Order:
    """What is to be built, as the command line has it."""

    context: Path
    application: str
    base: Place
    base_name: str
    output: Place
    name: str
    platform: str
    store: Path
    moment: int
    python: str | None = None
    port: int = 8000
    health_port: int = 8001
    user: str = "10001:10001"
    environment: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    workers: str | None = None
    command: list[str] | None = None
    requirements: str | None = None
    server: list[Path] = field(default_factory=list)
    compression: str = "gzip"
    checks: bool = False
    sbom: Path | None = None
    provenance: Path | None = None
    uses_notes: bool = True


@dataclass
class Made:
    """The layers of a build, with what is in them."""

    layers: list[Layer] = field(default_factory=list)
    packages: list[Package] = field(default_factory=list)
    #: What the dependencies have at their top.
    modules: set[str] = field(default_factory=set)


class Build:
    """One build: its order, what it works with, and whom it tells."""

    def __init__(self, order: Order, say: Callable[[str], None]) -> None:
        self.order = order
        self.say = say
        self.store = Store(order.store)
        self.made = Made()

    def run(self) -> str:
        """Build and put in place; answers the digest of the image."""
        order = self.order
        context = read_context(order.context, APPLICATION_FOLDER)
        base = open_base(order.base, order.base_name, order.platform, order.python, self.store)
        python = check_python(base.python, order.python, order.base_name)
        self.say(f"base          {base.name}, Python {python.name}, {_size(base.layers)}")
        self._add_server(base, python)
        requirements = find_requirements(order.context, order.requirements)
        if requirements is not None:
            self._add_dependencies(requirements, base, python)
        if context.withheld:
            self.say(f"left out, because they may be secret: {', '.join(context.withheld)}")
        if not context.entries:
            raise ImageFailure(f"{order.context} has no file for the image")
        self._check_module(context.entries)
        self._add("application", self._write(context.entries, base, f"COPY {APPLICATION_FOLDER}"))
        if order.checks:
            self._check(requirements, python)
        image = self._image(base)
        write(image, order.output, self.store, order.moment)
        return image.manifest_digest

    # Layers.

    def _add(self, what: str, layer: Layer, remark: str = "") -> None:
        self.made.layers.append(layer)
        self.say(f"{what:<13} {_size([layer])}{remark}")

    def _write(self, entries: list[Entry], base: Base, made_by: str) -> Layer:
        # Folders of the layers between are said again: they are the same.
        manner = Manner(
            self.order.moment, self.order.compression, base.folders.__contains__, made_by
        )
        return self.store.add_layer(lambda sink: write_layer(entries, sink, manner))

    def _add_server(self, base: Base, python: ImagePython) -> None:
        entries, packages = server_entries(self.order.server, python, self.order.platform)
        self.made.packages += packages
        key = self._key(base, python, "server", *(_state(one) for one in entries))
        known = self.store.note(key)
        if known is not None and self.store.has(known["digest"]):
            layer = Layer(**known)
        else:
            layer = self._write(entries, base, f"swiftcorn {__version__}")
            self.store.remember(key, asdict(layer))
        self._add("server", layer)

    def _add_dependencies(
        self, requirements: Requirements, base: Base, python: ImagePython
    ) -> None:
        sources = [os.environ.get(name, "") for name in INDEX_VARIABLES]
        key = self._key(base, python, requirements.key, *sources)
        known: dict[str, Any] = self.store.note(key) or {}
        may_use = self.order.uses_notes and not requirements.is_local
        is_known = may_use and bool(known) and self.store.has(known["layer"]["digest"])
        if not is_known:
            known = self._install(requirements, base, python)
            self.store.remember(key, known)
        if known["left_out"]:
            names = ", ".join(known["left_out"])
            self.say(f"left out, because the server takes its place: {names}")
        self.made.packages += [Package(**one) for one in known["packages"]]
        self.made.modules = set(known["modules"])
        self._add("dependencies", Layer(**known["layer"]), ", as before" if is_known else "")

    def _install(
        self, requirements: Requirements, base: Base, python: ImagePython
    ) -> dict[str, Any]:
        with tempfile.TemporaryDirectory(prefix="swiftcorn-packages-") as scratch:
            target = Path(scratch) / "packages"
            left_out = install(requirements, python, self.order.platform, target)
            entries = installed_entries(target, python)
            layer = self._write(entries, base, f"pip install -r {requirements.source.name}")
            return {
                "layer": asdict(layer),
                "packages": [asdict(package) for package, _ in packages_in(target)],
                "modules": sorted({path.name.partition(".")[0] for path in target.iterdir()}),
                "left_out": left_out,
            }

    def _key(self, base: Base, python: ImagePython, *more: str) -> str:
        """What a layer depends on, beside what is in it."""
        order = self.order
        parts = [
            LAYER_FORM, python.command, python.packages, base.digest, order.platform,
            order.compression, str(order.moment), str(is_native(python, order.platform)), *more,
        ]  # fmt: skip
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    # Judging.

    def _check_module(self, entries: list[Entry]) -> None:
        """The module is in the context, or its first name is one of the dependencies."""
        module = self.order.application.partition(":")[0]
        paths = {entry.path for entry in entries}
        wanted = f"{APPLICATION_FOLDER}/{module.replace('.', '/')}"
        if f"{wanted}.py" in paths or any(
            path.startswith((f"{wanted}/", f"{wanted}.cpython-", f"{wanted}.abi3."))
            for path in paths
        ):
            return
        if module.partition(".")[0] in self.made.modules:
            # --check finds out the rest.
            return
        raise ImageFailure(
            f"{self.order.context} has no module {module!r}: "
            f"there would be a file {module.replace('.', '/')}.py in it"
        )

    def _check(self, requirements: Requirements | None, python: ImagePython) -> None:
        """Load the application here, as the image would."""
        order = self.order
        if not is_native(python, order.platform):
            raise ImageFailure(
                f"--check loads the application here, with Python "
                f"{sys.version_info[0]}.{sys.version_info[1]} of this machine; the image has "
                f"{python.name} for {order.platform}"
            )
        with tempfile.TemporaryDirectory(prefix="swiftcorn-check-") as scratch:
            target = Path(scratch) / "packages"
            if requirements is not None:
                self._unpack(self.made.layers[1], python, target)
            path = [str(target), *filter(None, [os.environ.get("PYTHONPATH", "")])]
            environment = {**os.environ, **order.environment, "PYTHONPATH": os.pathsep.join(path)}
            environment["PYTHONDONTWRITEBYTECODE"] = "1"
            done = subprocess.run(
                [sys.executable, "-m", "swiftcorn", "--check-config", order.application],
                cwd=order.context,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
        if done.returncode:
            sys.stderr.write(done.stderr)
            raise ImageFailure(f"{order.application} does not load; what it said is above")
        self.say("check         the application loads")

    def _unpack(self, layer: Layer, python: ImagePython, target: Path) -> None:
        with tarfile.open(self.store.path(layer.digest), "r|*") as tar:
            for member in tar:
                # Written by us, out of what pip has installed.
                if member.name.startswith(f"{python.packages}/") and member.isfile():
                    member.name = member.name[len(python.packages) + 1 :]
                    tar.extract(member, target)

    # The image.

    def _image(self, base: Base) -> Image:
        order, made = self.order, self.made
        created = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(order.moment))
        config = self._config(base, created)
        digest, size = self.store.add_document(config)
        annotations = {
            "org.opencontainers.image.created": created,
            "org.opencontainers.image.base.name": base.name,
            "org.opencontainers.image.base.digest": base.digest,
        }
        image = Image(order.name, digest, size, [*base.layers, *made.layers], annotations)
        image.store_manifest(self.store)
        origin = {"name": base.name, "digest": base.digest}
        bill = bill_of_materials(made.packages, origin, created)
        subject = {"name": order.name, "digest": image.manifest_digest}
        statement = provenance(subject, self._parameters(), made.packages, origin, __version__)
        image.refer(SBOM_TYPE, bill, self.store, created)
        image.refer(PROVENANCE_TYPE, statement, self.store, created)
        for path, document in ((order.sbom, bill), (order.provenance, statement)):
            if path is not None:
                path.write_bytes(json_bytes(document) + b"\n")
        return image

    def _parameters(self) -> dict[str, Any]:
        order = self.order
        return {
            "application": order.application,
            "platform": order.platform,
            "port": order.port,
            "sourceDateEpoch": order.moment,
        }

    def _config(self, base: Base, created: str) -> dict[str, Any]:
        order = self.order
        config: dict[str, Any] = dict(base.config.get("config", {}))
        variables = dict(one.partition("=")[::2] for one in config.get("Env") or [])
        variables |= {
            "PORT": str(order.port),
            "GUNICORN_HEALTH_BIND": f"0.0.0.0:{order.health_port}",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        variables |= order.environment
        workers = [f"--workers={order.workers}"] if order.workers else []
        config |= {
            "Env": [f"{name}={value}" for name, value in variables.items()],
            "Entrypoint": ["gunicorn"],
            "Cmd": order.command or [*workers, order.application],
            "WorkingDir": f"/{APPLICATION_FOLDER}",
            "User": order.user,
            "ExposedPorts": {f"{order.port}/tcp": {}, f"{order.health_port}/tcp": {}},
            "StopSignal": "SIGTERM",
            "Labels": {
                **(config.get("Labels") or {}),
                "org.opencontainers.image.base.name": base.name,
                "org.opencontainers.image.base.digest": base.digest,
                **order.labels,
            },
        }
        history = list(base.config.get("history") or [])
        history += [{"created": created, "created_by": one.made_by} for one in self.made.layers]
        kept: dict[str, Any] = {
            key: base.config[key] for key in ("os", "architecture", "variant") if key in base.config
        }
        return {
            **kept,
            "created": created,
            "config": config,
            "rootfs": {
                "type": "layers",
                "diff_ids": [one.diff_id for one in [*base.layers, *self.made.layers]],
            },
            "history": history,
        }


def _state(entry: Entry) -> str:
    """What tells whether a file is as it was."""
    if isinstance(entry.content, Path):
        status = entry.content.stat()
        return f"{entry.path} {status.st_size} {status.st_mtime_ns}"
    return f"{entry.path} {hashlib.sha256(entry.content or b'').hexdigest()}"


def _size(layers: list[Layer]) -> str:
    return f"{sum(one.size for one in layers) / 1048576:.1f} MiB"
