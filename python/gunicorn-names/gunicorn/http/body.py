"""Reading request bodies: names that are still to come."""

from gunicorn._pending import pending

__getattr__ = pending(
    __name__,
    "CHUNK_EXT_RE",
    "MAX_READ_STEP",
    "DEFAULT_MAX_CHUNK_SIZE_LINE",
    "DEFAULT_MAX_TRAILER_SECTION",
    "ChunkedReader",
    "LengthReader",
    "EOFReader",
    "Body",
)
