"""Starts bjoern, which has no command of its own: bjoern_server.py MODULE PORT."""

from __future__ import annotations

import importlib
import sys

import bjoern

bjoern.run(importlib.import_module(sys.argv[1]).application, "127.0.0.1", int(sys.argv[2]))
