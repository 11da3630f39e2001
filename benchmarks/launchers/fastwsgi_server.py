"""Starts fastwsgi without its start banner: fastwsgi_server.py MODULE PORT."""

from __future__ import annotations

import importlib
import sys

import fastwsgi

application = importlib.import_module(sys.argv[1]).application
fastwsgi.run(wsgi_app=application, host="127.0.0.1", port=int(sys.argv[2]), loglevel=0)
