from __future__ import annotations

from typing import Final

max_age: Final = 3600
workers: int = 2
bind: str = "127.0.0.1:0"
worker_tmp_dir: str | None = "/dev/shm"
limits: dict[str, int] = {"line": 4094, "fields": 100}
limit_request_line = limits["line"]
limit_request_fields: int = limits["fields"]
