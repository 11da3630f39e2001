# Workers by the number of cores, and everything from variables of the service's own.
import json
import multiprocessing
import os

workers_per_core_text = os.getenv("WORKERS_PER_CORE", "1")
cores = multiprocessing.cpu_count()
workers_per_core = float(workers_per_core_text)
default_concurrency = workers_per_core * cores
concurrency_text = os.getenv("CONCURRENCY", None)
if concurrency_text:
    concurrency = int(concurrency_text)
else:
    concurrency = max(int(default_concurrency), 2)
max_workers = 0
host = os.getenv("HOST", "0.0.0.0")
port = os.getenv("LISTEN_ON", "80")
use_loglevel = os.getenv("LOG_LEVEL", "info")
accesslog_path = os.getenv("ACCESS_LOG", "-")
loglevel = use_loglevel
workers = concurrency
bind = f"{host}:{port}"
errorlog = os.getenv("ERROR_LOG", "-") or None
accesslog = accesslog_path
graceful_timeout = int(os.getenv("GRACEFUL", "120"))
keepalive = 5
log_data = {"loglevel": loglevel, "workers": workers, "bind": bind, "host": host, "port": port}
summary = json.dumps(log_data)
