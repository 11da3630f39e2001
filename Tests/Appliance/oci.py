"""Images as files: stand-ins for bases, and what is in an image that was built."""

from __future__ import annotations

import hashlib
import io
import json
import platform
import sys
import tarfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

VERSION = f"{sys.version_info[0]}.{sys.version_info[1]}"
PACKAGES = f"usr/local/lib/python{VERSION}/site-packages"
ARCHITECTURE = {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]
CONFIG = "application/vnd.oci.image.config.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


def make_base(
    folder: Path,
    names: Iterable[str] = (f"usr/local/bin/python{VERSION}", f"{PACKAGES}/"),
    architecture: str = ARCHITECTURE,
) -> Path:
    """An OCI layout with one layer of these files and folders: a base that cannot run."""
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True)

    def blob(data: bytes) -> dict[str, Any]:
        digest = hashlib.sha256(data).hexdigest()
        (blobs / digest).write_bytes(data)
        return {"digest": f"sha256:{digest}", "size": len(data)}

    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for name in names:
            head = tarfile.TarInfo(name.rstrip("/"))
            if name.endswith("/"):
                head.type = tarfile.DIRTYPE
            tar.addfile(head)
    layer = blob(archive.getvalue())
    config = blob(
        json.dumps(
            {
                "os": "linux",
                "architecture": architecture,
                "config": {"Env": ["PATH=/usr/local/bin:/usr/bin:/bin"], "Labels": {"a": "b"}},
                "rootfs": {"type": "layers", "diff_ids": [layer["digest"]]},
                "history": [{"created": "2020-01-01T00:00:00Z", "created_by": "base"}],
            }
        ).encode()
    )
    manifest = blob(
        json.dumps(
            {
                "schemaVersion": 2,
                "mediaType": MANIFEST,
                "config": {"mediaType": CONFIG, **config},
                "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar", **layer}],
            }
        ).encode()
    )
    (folder / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
    index = {"schemaVersion": 2, "manifests": [{"mediaType": MANIFEST, **manifest}]}
    (folder / "index.json").write_text(json.dumps(index))
    return folder


class Built:
    """An image in an OCI layout or archive."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.index = json.loads(self._read("index.json"))
        self.descriptor, *self.referrers = self.index["manifests"]
        self.manifest = self.document(self.descriptor["digest"])
        self.config = self.document(self.manifest["config"]["digest"])

    def _read(self, name: str) -> bytes:
        if self.path.is_dir():
            return (self.path / name).read_bytes()
        with tarfile.open(self.path) as tar:
            file = tar.extractfile(name)
            assert file is not None
            return file.read()

    def blob(self, digest: str) -> bytes:
        """A blob, whose content has that digest."""
        data = self._read(f"blobs/sha256/{digest.removeprefix('sha256:')}")
        assert f"sha256:{hashlib.sha256(data).hexdigest()}" == digest
        return data

    def document(self, digest: str) -> Any:
        """A blob of JSON."""
        return json.loads(self.blob(digest))

    def layer(self, number: int) -> dict[str, tarfile.TarInfo]:
        """What a layer holds: base 0, server 1, then dependencies, the application last."""
        return {member.name: member for member in self._tar(number)}

    def _tar(self, number: int) -> tarfile.TarFile:
        digest = self.manifest["layers"][number]["digest"]
        return tarfile.open(fileobj=io.BytesIO(self.blob(digest)))

    def file(self, number: int, name: str) -> bytes:
        """The content of a file in a layer."""
        with self._tar(number) as tar:
            file = tar.extractfile(name)
            assert file is not None
            return file.read()

    def statement(self, kind: str) -> Any:
        """What refers to the image, of that kind."""
        (found,) = [one for one in self.referrers if one["artifactType"] == kind]
        manifest = self.document(found["digest"])
        assert manifest["subject"]["digest"] == self.descriptor["digest"]
        return self.document(manifest["layers"][0]["digest"])
