"""Applications that a PasteDeploy file describes."""

from __future__ import annotations

import configparser
import os
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


def load(uri: str, variables: dict[str, str]) -> Any:
    """The application of ``path#name``, or of another URI that PasteDeploy knows."""
    from paste.deploy import loadapp

    return loadapp(
        uri if ":" in uri else f"config:{uri}", relative_to=os.getcwd(), global_conf=variables
    )
