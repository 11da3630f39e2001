# Every GUNICORN_… variable becomes the setting of that name.
import os

for key, value in os.environ.items():
    if key.startswith("GUNICORN_"):
        name = key[len("GUNICORN_"):].lower()
        locals()[name] = value

bind = "127.0.0.1:0"
