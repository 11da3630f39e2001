"""Flask with one route, as its quick start has it."""

from __future__ import annotations

from flask import Flask

application = Flask(__name__)


@application.get("/")
def hello() -> str:
    return "Hello, World!"
