"""What hands Python's log records to the core."""

from __future__ import annotations

import logging

from swiftcorn import _core


class CoreHandler(logging.Handler):
    """Hands records to the core, which writes them among its own lines and in their form."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            _core.log(record.levelno, self.format(record))
        except Exception:
            self.handleError(record)
