"""Where an image is put: a layout, an archive, a registry."""

from __future__ import annotations

import io
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import _skopeo
from ._failure import ImageFailure
from ._layer import Layer
from ._reference import Place
from ._store import Store, json_bytes

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
EMPTY = "application/vnd.oci.empty.v1+json"
LAYOUT = {"imageLayoutVersion": "1.0.0"}


@dataclass
class Image:
    """A finished image in the store, with what refers to it."""

    name: str
    config_digest: str
    config_size: int
    layers: list[Layer]
    annotations: dict[str, str]
    manifest_digest: str = ""
    manifest_size: int = 0
    #: Manifests whose subject is this one, and their blobs.
    referrers: list[tuple[dict[str, Any], list[str]]] = field(default_factory=list)

    def store_manifest(self, store: Store) -> None:
        """Write the manifest, once layers and config are known."""
        self.manifest_digest, self.manifest_size = store.add_document(
            {
                "schemaVersion": 2,
                "mediaType": MANIFEST,
                "config": {
                    "mediaType": CONFIG,
                    "digest": self.config_digest,
                    "size": self.config_size,
                },
                "layers": [layer.descriptor() for layer in self.layers],
                "annotations": self.annotations,
            }
        )

    def refer(self, kind: str, document: dict[str, Any], store: Store, moment: str) -> None:
        """Add a statement about this image, as OCI 1.1 has it."""
        digest, size = store.add_document(document)
        empty, empty_size = store.add_document({})
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "artifactType": kind,
            "config": {"mediaType": EMPTY, "digest": empty, "size": empty_size},
            "layers": [{"mediaType": kind, "digest": digest, "size": size}],
            "subject": self._descriptor(),
            "annotations": {"org.opencontainers.image.created": moment},
        }
        whole, whole_size = store.add_document(manifest)
        descriptor = {
            "mediaType": MANIFEST,
            "artifactType": kind,
            "digest": whole,
            "size": whole_size,
        }
        self.referrers.append((descriptor, [whole, empty, digest]))

    def _descriptor(self) -> dict[str, Any]:
        return {
            "mediaType": MANIFEST,
            "digest": self.manifest_digest,
            "size": self.manifest_size,
        }

    def index(self, *, alone: bool = False) -> dict[str, Any]:
        """The index of a layout that holds this image, alone or with what refers to it.

        In a layout the image goes by its tag; alone, in an archive, by its whole name, which is
        the one that it gets where it is loaded.
        """
        tag = self.name.rpartition("/")[2].partition(":")[2]
        names = {
            "org.opencontainers.image.ref.name": self.name if alone else tag,
            "io.containerd.image.name": self.name,
        }
        return {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.index.v1+json",
            "manifests": [
                {**self._descriptor(), "annotations": names},
                *([] if alone else (descriptor for descriptor, _ in self.referrers)),
            ],
        }

    def blobs(self, *, alone: bool = False) -> list[str]:
        """Every blob, each once, in a fixed order."""
        found = [self.manifest_digest, self.config_digest]
        found += [layer.digest for layer in self.layers]
        for _, more in [] if alone else self.referrers:
            found += more
        return list(dict.fromkeys(found))


def write(image: Image, place: Place, store: Store, moment: int) -> None:
    """Put the image in its place, whole or not at all."""
    if place.kind == "oci":
        _write_layout(image, Path(place.where), store)
    elif place.kind == "oci-archive":
        with _new_file(Path(place.where)) as path:
            _write_archive(path, _layout_members(image, store), moment)
    elif place.kind == "docker-archive":
        with _new_file(Path(place.where)) as path:
            _write_archive(path, _docker_members(image, store), moment)
    else:
        _push(image, place.where, store)


@contextmanager
def _new_file(path: Path) -> Iterator[Path]:
    """A file beside the one that is wanted, which takes its name when it is whole."""
    new = path.parent / f".{path.name}.{os.getpid()}.new"
    try:
        yield new
        os.replace(new, path)
    finally:
        new.unlink(missing_ok=True)


Member = tuple[str, "Path | bytes | None"]


def _layout_members(image: Image, store: Store) -> Iterator[Member]:
    yield "oci-layout", json_bytes(LAYOUT)
    # Who loads an archive takes it for one image, and refuses one with company.
    yield "index.json", json_bytes(image.index(alone=True))
    yield "blobs", None
    yield "blobs/sha256", None
    for digest in image.blobs(alone=True):
        yield f"blobs/sha256/{digest.removeprefix('sha256:')}", store.path(digest)


def _docker_members(image: Image, store: Store) -> Iterator[Member]:
    config = f"{image.config_digest.removeprefix('sha256:')}.json"
    names = [f"{layer.diff_id.removeprefix('sha256:')}.tar" for layer in image.layers]
    manifest = [{"Config": config, "RepoTags": [image.name], "Layers": names}]
    yield "manifest.json", json_bytes(manifest)
    yield config, store.path(image.config_digest)
    for name, layer in dict(zip(names, image.layers, strict=True)).items():
        yield name, store.path(layer.digest)


def _write_archive(path: Path, members: Iterator[Member], moment: int) -> None:
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as tar:
        for name, content in members:
            head = tarfile.TarInfo(name)
            head.mtime = moment
            if content is None:
                head.type, head.mode = tarfile.DIRTYPE, 0o755
                tar.addfile(head)
            elif isinstance(content, bytes):
                head.size = len(content)
                tar.addfile(head, io.BytesIO(content))
            else:
                head.size = content.stat().st_size
                with content.open("rb") as file:
                    tar.addfile(head, file)


def _write_layout(image: Image, folder: Path, store: Store) -> None:
    """Into a layout that is there, as into a new one: blobs first, the index last."""
    is_new = not folder.exists()
    if not is_new and not (folder / "oci-layout").is_file() and any(folder.iterdir()):
        raise ImageFailure(f"{folder} is no OCI layout, and not empty: name another folder")
    target = folder.parent / f".{folder.name}.{os.getpid()}.new" if is_new else folder
    blobs = target / "blobs" / "sha256"
    try:
        blobs.mkdir(parents=True, exist_ok=True)
        for digest in image.blobs():
            blob = blobs / digest.removeprefix("sha256:")
            if not blob.is_file():
                with _new_file(blob) as path:
                    shutil.copyfile(store.path(digest), path)
        for name, document in (("oci-layout", LAYOUT), ("index.json", image.index())):
            with _new_file(target / name) as path:
                path.write_bytes(json_bytes(document))
        if is_new:
            os.rename(target, folder)
    finally:
        if is_new:
            shutil.rmtree(target, ignore_errors=True)


def _push(image: Image, target: str, store: Store) -> None:
    _skopeo.need(f"{target} is written", "write an archive")
    with tempfile.TemporaryDirectory(prefix="swiftcorn-push-") as scratch:
        layout = Path(scratch) / "image"
        _write_layout(image, layout, store)
        tag = image.name.rpartition("/")[2].partition(":")[2]
        why = _skopeo.copy(f"oci:{layout}:{tag}", target)
    if why:
        raise ImageFailure(f"{target} cannot be written: {why}")
