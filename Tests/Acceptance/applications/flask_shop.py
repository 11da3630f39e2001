"""A Flask application that uses what frameworks use: forms, files, sessions, streams, errors."""

import io

import flask

app = flask.Flask(__name__)
app.secret_key = "acceptance"


@app.get("/")
def index():
    return "Hello from Flask"


@app.post("/form")
def form():
    return flask.jsonify(dict(flask.request.form))


@app.post("/upload")
def upload():
    file = flask.request.files["file"]
    return flask.jsonify(name=file.filename, size=len(file.read()), kind=file.mimetype)


@app.post("/json")
def from_json():
    return flask.jsonify(flask.request.get_json())


@app.get("/count")
def count():
    flask.session["count"] = flask.session.get("count", 0) + 1
    return str(flask.session["count"])


@app.get("/stream")
def stream():
    return flask.Response((f"{number}\n" for number in range(1000)), mimetype="text/plain")


@app.get("/file")
def file():
    return flask.send_file(io.BytesIO(bytes(range(256)) * 100), download_name="data.bin")


@app.get("/redirect")
def redirect():
    return flask.redirect("/count")


@app.get("/url")
def url():
    return flask.request.url


@app.get("/fails")
def fails():
    raise ValueError("raised in a view")
