"""Applications that a PasteDeploy file describes."""

from __future__ import annotations

import configparser
import os
from collections.abc import Mapping
from typing import Any


def configures_logging(path: str) -> bool:
    """Whether the file is one for ``logging.config.fileConfig`` too.

    Raises ImportError with the remedy where PasteDeploy is not installed, and what the parser
    raises where the file is none.
    """
    try:
        import paste.deploy  # noqa: F401
    except ImportError as error:
        raise ImportError(
            f"{error}: PasteDeploy reads these files; pip install 'swiftcorn[paste]' brings it"
        ) from None
    parser = configparser.ConfigParser()
    parser.read([path])
    return parser.has_section("loggers")


def load(uri: str, variables: Mapping[str, str] | None, name: str | None = None) -> Any:
    """The application of ``path#name``, or of another URI that PasteDeploy knows."""
    from paste.deploy import loadapp

    if ":" not in uri:
        uri = f"config:{uri}"
    return loadapp(uri, name=name, relative_to=os.getcwd(), global_conf=variables)
