"""Where a server is started."""

import tempfile
from pathlib import Path


def new_directory() -> Path:
    """An empty folder whose name is short (unix socket paths are bounded) and of one length."""
    return Path(tempfile.mkdtemp(prefix="acceptance", dir="/tmp"))
