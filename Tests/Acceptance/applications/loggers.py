"""Logger classes as people write them: subclasses of Gunicorn's, and one that is not."""

import json
import logging
import sys
import threading

from gunicorn.glogging import Logger


class JSONFormatter(logging.Formatter):
    def format(self, record):
        entry = {
            "level": record.levelname,
            "logger": record.name,
            "process": record.process,
            "message": record.getMessage(),
        }
        if record.exc_info:
            entry["exception"] = record.exc_info[0].__name__
            entry["last_frame"] = self.formatException(record.exc_info).splitlines()[-1]
        entry.update(getattr(record, "fields", {}))
        return json.dumps(entry)


class JSONLines(Logger):
    """Each line, also a request's, is an object of JSON on standard error."""

    def setup(self, cfg):
        super().setup(cfg)
        for log in (self.error_log, self.access_log):
            log.handlers = [logging.StreamHandler(sys.stderr)]
            log.handlers[0].setFormatter(JSONFormatter())

    def access(self, resp, req, environ, request_time):
        if req.path == "/health":
            return
        fields = {
            "status": resp.status,
            # Gunicorn has none on the response to a failed request.
            "code": getattr(resp, "status_code", None),
            "sent": resp.sent,
            "length": resp.response_length,
            "response_fields": resp.headers,
            "method": req.method,
            "uri": req.uri,
            "path": req.path,
            "query": req.query,
            "version": req.version,
            "fields": req.headers,
            "peer": environ["REMOTE_ADDR"],
            "took": request_time.total_seconds() >= 0,
        }
        self.access_log.info("request", extra={"fields": fields})


class MoreAtoms(Logger):
    """Adds an atom, and leaves a mark on each line of the error log."""

    error_fmt = "<%(levelname)s> %(message)s"

    def atoms(self, resp, req, environ, request_time):
        atoms = super().atoms(resp, req, environ, request_time)
        atoms["thing"] = f"{req.method.lower()} at {req.path}"
        return atoms

    def now(self):
        return "NOW"


class Counted(Logger):
    """Overrides what says a line."""

    def info(self, msg, *args, **kwargs):
        super().info(f"({threading.current_thread().name}) {msg}", *args, **kwargs)

    def debug(self, msg, *args, **kwargs):
        super().info(f"debug: {msg}", *args, **kwargs)


class Installed(Logger):
    @classmethod
    def install(cls):
        print("installed", file=sys.stderr, flush=True)


class Broken(Logger):
    """Works until it is asked about a request."""

    def access(self, resp, req, environ, request_time):
        raise RuntimeError("no access")


class CannotStart(Logger):
    def setup(self, cfg):
        raise RuntimeError("the logger cannot start")
