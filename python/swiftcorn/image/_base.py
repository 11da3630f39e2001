"""The image that ours is built on."""

from __future__ import annotations

import json
import shutil
import tarfile
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import _skopeo
from ._failure import ImageFailure
from ._layer import MEDIA, Layer
from ._python import ImagePython, find_python
from ._reference import Place
from ._store import Store

INDEXES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar"


@dataclass
class Base:
    """A base, all of whose blobs are in the store."""

    name: str
    digest: str
    config: dict[str, Any]
    layers: list[Layer]
    folders: set[str] = field(default_factory=set)
    python: ImagePython | None = None


def open_base(place: Place, name: str, platform: str, version: str | None, store: Store) -> Base:
    """Read a base into the store; `platform` is like linux/amd64, `version` a Python like 3.13."""
    with tempfile.TemporaryDirectory(prefix="swiftcorn-base-") as scratch:
        folder = Path(place.where)
        if place.kind == "skopeo":
            folder = Path(scratch) / "base"
            _copy(place.where, folder, platform)
        elif place.kind == "oci-archive":
            folder = Path(scratch) / "base"
            _unpack(Path(place.where), folder, platform)
        return _read(folder, name, platform, version, store)


def _copy(source: str, target: Path, platform: str) -> None:
    _skopeo.need(f"{source} is read", "give --base an OCI layout or archive")
    system, architecture, *variant = platform.split("/")
    options = [f"--override-os={system}", f"--override-arch={architecture}"]
    options += [f"--override-variant={one}" for one in variant]
    if why := _skopeo.copy(source, f"oci:{target}:base", options=options):
        raise ImageFailure(f"The base {source} cannot be had: {why}")


def _unpack(archive: Path, folder: Path, platform: str) -> None:
    folder.mkdir()
    try:
        with tarfile.open(archive) as tar:
            for member in tar:
                path = Path(member.name)
                if not member.isfile() or path.is_absolute() or ".." in path.parts:
                    continue
                target = folder / path
                target.parent.mkdir(parents=True, exist_ok=True)
                source = tar.extractfile(member)
                if source is not None:
                    with source, target.open("wb") as file:
                        shutil.copyfileobj(source, file)
    except (tarfile.TarError, EOFError) as error:
        raise ImageFailure(f"{archive} is no archive of an image: {error}") from None
    if not (folder / "index.json").is_file() and (folder / "manifest.json").is_file():
        _copy(f"docker-archive:{archive}", folder / "converted", platform)
        for one in (folder / "converted").iterdir():
            shutil.move(one, folder / one.name)


def _read(folder: Path, name: str, platform: str, version: str | None, store: Store) -> Base:
    def blob(digest: str) -> Path:
        path = folder / "blobs" / "sha256" / str(digest).removeprefix("sha256:")
        if not store.has(digest):
            if not path.is_file():
                raise ImageFailure(f"The base {name} is not whole: {digest} is missing")
            with path.open("rb") as file:
                if store.add(file) != digest:
                    raise ImageFailure(f"The base {name} is damaged: {digest} has other content")
        return store.path(digest)

    try:
        index = json.loads((folder / "index.json").read_bytes())
        descriptor = _choose(index, platform, name)
        while descriptor.get("mediaType") in INDEXES:
            inner = json.loads(blob(descriptor["digest"]).read_bytes())
            descriptor = _choose(inner, platform, name)
        manifest = json.loads(blob(descriptor["digest"]).read_bytes())
        config = json.loads(blob(manifest["config"]["digest"]).read_bytes())
        diffs = config["rootfs"]["diff_ids"]
        layers = [_layer_of(one, diff) for one, diff in zip(manifest["layers"], diffs, strict=True)]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ImageFailure(f"{name} is no OCI image: {type(error).__name__}: {error}") from None
    _check_platform(config, platform, name)
    for layer in layers:
        blob(layer.digest)
    base = Base(name, descriptor["digest"], config, layers)
    base.folders, names = _look(layers, store)
    base.python = find_python(names, version)
    return base


def _layer_of(descriptor: dict[str, Any], diff_id: str) -> Layer:
    media = str(descriptor["mediaType"])
    if media.startswith(DOCKER_LAYER):
        media = MEDIA + media.removeprefix(DOCKER_LAYER).replace(".gzip", "+gzip")
    return Layer(descriptor["digest"], diff_id, int(descriptor["size"]), media)


def _choose(index: dict[str, Any], platform: str, name: str) -> dict[str, Any]:
    """The image of that platform; attestations and other company are passed over."""
    found: list[dict[str, Any]] = [
        one for one in index["manifests"] if "artifactType" not in one and "subject" not in one
    ]
    system, architecture, *_ = platform.split("/")
    known = [one["platform"] for one in found if "platform" in one]
    for one in found:
        has = one.get("platform")
        if has and has.get("os") == system and has.get("architecture") == architecture:
            return one
    if len(found) == 1 and not known:
        return found[0]
    if not found:
        raise ImageFailure(f"The base {name} has no image")
    if not known:
        raise ImageFailure(f"The base {name} has {len(found)} images: give one with one image")
    has_text = ", ".join(f"{one.get('os')}/{one.get('architecture')}" for one in known)
    raise ImageFailure(f"The base {name} is for {has_text}, not for {platform}")


def _check_platform(config: dict[str, Any], platform: str, name: str) -> None:
    has = f"{config.get('os')}/{config.get('architecture')}"
    if has != "/".join(platform.split("/")[:2]):
        raise ImageFailure(f"The base {name} is for {has}, not for {platform}")


def _look(layers: list[Layer], store: Store) -> tuple[set[str], set[str]]:
    """The folders of all layers, and the names that tell of a Python."""
    folders: set[str] = set()
    names: set[str] = set()
    for layer in layers:
        key = layer.digest.removeprefix("sha256:")
        seen = store.note(key)
        if seen is None:
            seen = _names_in(store.path(layer.digest))
            store.remember(key, seen)
        folders.update(seen["folders"])
        names.update(seen["names"])
    return folders, names


def _names_in(path: Path) -> dict[str, list[str]]:
    folders: list[str] = []
    names: list[str] = []
    with suppress(tarfile.ReadError), tarfile.open(path, "r|*") as tar:
        for member in tar:
            name = member.name.removeprefix("./").strip("/")
            if member.isdir():
                folders.append(name)
            if "bin/python3" in name or "lib/ld-" in name or name.endswith("-packages"):
                names.append(name)
    return {"folders": sorted(folders), "names": sorted(names)}
