"""Blobs by digest, and what is remembered of earlier builds."""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from ._layer import PIECE, Counted, Layer


class Store:
    """A folder of blobs, kept from build to build; whatever it loses is made again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._blobs = folder / "blobs" / "sha256"
        self._notes = folder / "notes"
        self._blobs.mkdir(parents=True, exist_ok=True)
        self._notes.mkdir(parents=True, exist_ok=True)

    def path(self, digest: str) -> Path:
        """Where the blob of that digest is, or would be."""
        return self._blobs / digest.removeprefix("sha256:")

    def has(self, digest: str) -> bool:
        """Whether the blob is there."""
        return self.path(digest).is_file()

    @contextmanager
    def _new_file(self) -> Iterator[tuple[IO[bytes], Path]]:
        number, name = tempfile.mkstemp(dir=self.folder, prefix=".new-")
        try:
            with open(number, "wb") as file:
                yield file, Path(name)
        finally:
            Path(name).unlink(missing_ok=True)

    def add_layer(self, write: Callable[[IO[bytes]], Layer]) -> Layer:
        """Have a layer written, and keep it."""
        with self._new_file() as (file, path):
            layer = write(file)
            file.flush()
            path.rename(self.path(layer.digest))
        return layer

    def add(self, source: IO[bytes]) -> str:
        """Keep a copy of these bytes; answers their digest."""
        with self._new_file() as (file, path):
            copy = Counted(file)
            while piece := source.read(PIECE):
                copy.write(piece)
            file.flush()
            path.rename(self.path(copy.digest))
        return copy.digest

    def add_document(self, document: Any) -> tuple[str, int]:
        """Keep a JSON document in its one form; answers its digest and size."""
        data = json_bytes(document)
        return self.add(io.BytesIO(data)), len(data)

    def document(self, digest: str) -> Any:
        """The JSON document of that digest."""
        return json.loads(self.path(digest).read_bytes())

    def note(self, key: str) -> Any:
        """What was remembered under that key; None where nothing was, or it cannot be read."""
        try:
            return json.loads((self._notes / f"{key}.json").read_bytes())
        except (OSError, ValueError):
            return None

    def remember(self, key: str, document: Any) -> None:
        """Remember a document under a key, which is a digest or a name of letters and digits."""
        with self._new_file() as (file, path):
            file.write(json_bytes(document))
            file.flush()
            path.rename(self._notes / f"{key}.json")


def json_bytes(document: Any) -> bytes:
    """The one form in which documents are written: keys in order, nothing between."""
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
