"""Gunicorn's own reading of command lines, many in one process.

Run by the Python that has the real Gunicorn; its only argument is what the program is called. The
first line it writes is its table of settings. After that it reads one JSON value a line and answers
with one JSON object a line.

A list is a command line, an object with `arguments` is one with the text of GUNICORN_CMD_ARGS: the
answer is what Gunicorn prints, what it exits with, and, when it would go on, the settings as
--print-config shows them. Another object holds a Python value, written out: the answer has what
each setting makes of it, a text to be shown or a list with its complaint.
"""

import ast
import contextlib
import io
import json
import os
import sys
import warnings

from gunicorn.app.wsgiapp import WSGIApplication
from gunicorn.config import KNOWN_SETTINGS, Config

warnings.simplefilter("ignore")


def table():
    """Every setting, in the order of its declaration."""
    rows = []
    for setting in sorted(KNOWN_SETTINGS, key=lambda one: one.order):
        takes_value = setting.action not in ("store_true", "store_const")
        rows.append(
            {
                "name": setting.name,
                "flags": setting.cli or [],
                "takes_value": takes_value,
                "whole_number": getattr(setting.type, "__name__", "") == "int",
                "repeats": setting.action == "append",
                "optional": setting.nargs == "?",
            }
        )
    return rows


def verdicts(written):
    value, found = ast.literal_eval(written), {}
    config = Config()
    for name in config.settings:
        with contextlib.redirect_stderr(io.StringIO()):
            try:
                config.set(name, value)
                found[name] = str(config.settings[name].get())
            except Exception as error:
                found[name] = [str(error)]
    return found


def answer(arguments, variable=None):
    sys.argv[1:] = arguments
    os.environ.pop("GUNICORN_CMD_ARGS", None)
    if variable is not None:
        os.environ["GUNICORN_CMD_ARGS"] = variable
    out, err, start = io.StringIO(), io.StringIO(), os.getcwd()
    status, listing = 0, None
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            application = WSGIApplication("%(prog)s [OPTIONS] [APP_MODULE]")
        listing = str(application.cfg) + "\n"
    except SystemExit as end:
        status = end.code
    except Exception as error:  # argparse itself stumbles over some lines
        status = repr(error)
    os.chdir(start)
    return {"status": status, "out": out.getvalue(), "err": err.getvalue(), "listing": listing}


if __name__ == "__main__":
    sys.argv[0] = sys.argv[1]
    print(json.dumps(table()), flush=True)
    for line in sys.stdin:
        question = json.loads(line)
        if isinstance(question, list):
            found = answer(question)
        elif "arguments" in question:
            found = answer(**question)
        else:
            found = verdicts(question["value"])
        print(json.dumps(found), flush=True)
