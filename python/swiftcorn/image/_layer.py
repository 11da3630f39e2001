"""Layers: tar archives that are the same whenever and wherever they are written."""

from __future__ import annotations

import gzip
import hashlib
import importlib
import io
import tarfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import IO, Any, cast

from ._failure import ImageFailure
from ._tree import Entry

MEDIA = "application/vnd.oci.image.layer.v1.tar"
#: Smaller pieces cost time, larger ones memory.
PIECE = 1 << 20


@dataclass(frozen=True)
class Layer:
    """A layer in the store."""

    #: The digest of the blob, as it is kept and sent.
    digest: str
    #: The digest of the archive within.
    diff_id: str
    size: int
    media_type: str
    #: What made it, for the history of the image.
    made_by: str = ""

    def descriptor(self) -> dict[str, Any]:
        """As a manifest has it."""
        return {"mediaType": self.media_type, "digest": self.digest, "size": self.size}


class Counted(io.RawIOBase):
    """A sink that passes on, hashes and counts what is written."""

    def __init__(self, sink: IO[bytes]) -> None:
        self._sink = sink
        self._hash = hashlib.sha256()
        self.size = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._sink.write(data)
        self._hash.update(data)
        self.size += len(data)
        return len(data)

    @property
    def digest(self) -> str:
        return f"sha256:{self._hash.hexdigest()}"


@dataclass(frozen=True)
class Manner:
    """How a layer is written."""

    #: When everything in it was made, in seconds since 1970.
    moment: int
    #: gzip, zstd or none.
    compression: str
    #: Which folders are there in the layers below, so that they are left alone.
    present: Callable[[str], bool]
    made_by: str


def write_layer(entries: Iterable[Entry], sink: IO[bytes], manner: Manner) -> Layer:
    """Write a layer: every entry belongs to root and has one moment; files are 0644 or 0755."""
    moment, present = manner.moment, manner.present
    blob = Counted(sink)
    compressed, end = _compressor(manner.compression, blob)
    archive = Counted(compressed)
    with tarfile.open(
        fileobj=cast("IO[bytes]", archive), mode="w|", format=tarfile.PAX_FORMAT, bufsize=PIECE
    ) as tar:
        folders: set[str] = set()
        for entry in sorted(entries, key=lambda one: one.path):
            for folder in _folders_above(entry.path):
                if folder not in folders and not present(folder):
                    tar.addfile(_head(Entry(folder), moment))
                folders.add(folder)
            if entry.is_folder and entry.path in folders:
                continue
            _add(tar, entry, moment)
            if entry.is_folder:
                folders.add(entry.path)
    end()
    suffix = {"none": "", "gzip": "+gzip", "zstd": "+zstd"}[manner.compression]
    return Layer(blob.digest, archive.digest, blob.size, MEDIA + suffix, manner.made_by)


def _folders_above(path: str) -> list[str]:
    names = path.split("/")[:-1]
    return ["/".join(names[: count + 1]) for count in range(len(names))]


def _head(entry: Entry, moment: int) -> tarfile.TarInfo:
    head = tarfile.TarInfo(entry.path)
    head.mtime = moment
    head.uname = head.gname = ""
    if entry.link is not None:
        head.type, head.linkname, head.mode = tarfile.SYMTYPE, entry.link, 0o777
    elif entry.is_folder:
        head.type, head.mode = tarfile.DIRTYPE, 0o755
    else:
        head.mode = 0o755 if entry.is_executable else 0o644
    return head


def _add(tar: tarfile.TarFile, entry: Entry, moment: int) -> None:
    head = _head(entry, moment)
    if isinstance(entry.content, bytes):
        head.size = len(entry.content)
        return tar.addfile(head, io.BytesIO(entry.content))
    if entry.content is None:
        return tar.addfile(head)
    with entry.content.open("rb") as file:
        head.size = entry.content.stat().st_size
        tar.addfile(head, file)
    return None


def _compressor(name: str, sink: Counted) -> tuple[IO[bytes], Callable[[], object]]:
    target = cast("IO[bytes]", sink)
    if name == "none":
        return target, lambda: None
    if name == "gzip":
        file = gzip.GzipFile("", "wb", 6, target, mtime=0)
        return cast("IO[bytes]", file), file.close
    writer = _zstandard().ZstdCompressor(level=10).stream_writer(target, closefd=False)
    return writer, writer.close


def _zstandard() -> Any:
    try:
        return importlib.import_module("zstandard")
    except ImportError:
        raise ImageFailure(
            "zstd layers need the package `zstandard`: install it, or take --compression=gzip"
        ) from None
