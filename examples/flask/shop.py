"""A Flask application: a page, a JSON answer and an uploaded body."""

from typing import Any

from flask import Flask, jsonify, request

app = Flask(__name__)


@app.get("/")
def index() -> str:
    return "Hello from Flask\n"


@app.get("/items/<int:number>")
def item(number: int) -> Any:
    return jsonify(number=number, name=f"item {number}")


@app.post("/echo")
def echo() -> bytes:
    return request.get_data()
