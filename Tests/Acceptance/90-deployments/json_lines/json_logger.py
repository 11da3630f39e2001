"""Every line of the server as an object of JSON, for a collector of logs."""

import datetime
import json
import logging
import sys

from gunicorn.glogging import Logger


class JSONFormatter(logging.Formatter):
    def format(self, record):
        entry = {
            "time": datetime.datetime.fromtimestamp(
                record.created, datetime.timezone.utc
            ).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "pid": record.process,
            "message": record.getMessage(),
        }
        if isinstance(record.args, dict):
            entry["request"] = {
                "method": record.args["m"],
                "path": record.args["U"],
                "status": int(record.args["s"]),
                "bytes": record.args["B"],
                "microseconds": record.args["D"],
                "client": record.args["h"],
                "id": record.args["{x-request-id}i"],
            }
        if record.exc_info:
            entry["traceback"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=False)


class JSONLogger(Logger):
    def setup(self, cfg):
        super().setup(cfg)
        self._set_handler(self.error_log, "-", JSONFormatter(), stream=sys.stderr)
        self._set_handler(self.access_log, "-", JSONFormatter(), stream=sys.stdout)

    def access(self, resp, req, environ, request_time):
        if req.path != "/healthz":
            super().access(resp, req, environ, request_time)
