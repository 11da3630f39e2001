"""The heartbeat of a worker."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from typing import IO, Any

from swiftcorn import _core
from swiftcorn._refusal import refusal

PLATFORM = sys.platform
IS_CYGWIN = False


class WorkerTmp:
    """A worker's proof of life: the master ends a worker whose proof is older than `timeout`.

    It lives in memory that master and workers share. The descriptor that Gunicorn's has is made
    for whoever asks for it, and means nothing to the master.
    """

    def __init__(self, cfg: Any) -> None:
        self._directory: str | None = cfg.worker_tmp_dir
        if self._directory and not os.path.isdir(self._directory):
            text = f"{self._directory} doesn't exist. Can't create workertmp."
            raise refusal("worker_tmp_dir", text)
        self._pid = 0
        self._made = time.monotonic()
        self._file: IO[bytes] | None = None

    def notify(self) -> None:
        """Show, in the worker itself, that it lives."""
        _core.notify()

    def last_update(self) -> float:
        """Seconds on the monotonic clock when the worker last showed that it lives."""
        return max(self._made, _core.last_heartbeat(self._pid or os.getpid()))

    def fileno(self) -> int:
        if self._file is None:
            self._file = tempfile.TemporaryFile(dir=self._directory)  # noqa: SIM115
        return self._file.fileno()

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
