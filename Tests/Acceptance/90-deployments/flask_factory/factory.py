"""A Flask application that is made by a function, and configured by the environment."""

import os

import flask


def create_app(stage="development"):
    app = flask.Flask(__name__)
    app.config["GREETING"] = os.environ.get("APP_GREETING", "hello")

    @app.get("/")
    def index():
        return f"{app.config['GREETING']} from {stage}"

    @app.post("/sum")
    def sum_of():
        return flask.jsonify(sum(flask.request.get_json()))

    @app.get("/fails")
    def fails():
        raise LookupError("nothing there")

    return app
