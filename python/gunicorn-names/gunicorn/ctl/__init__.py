"""The control socket, from its client's side."""

from gunicorn.ctl.client import ControlClient
from gunicorn.ctl.protocol import ControlProtocol

__all__ = ["ControlClient", "ControlProtocol"]
