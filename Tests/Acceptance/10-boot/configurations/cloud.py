import os
import socket

host_name = socket.gethostname()
region = os.environ.get("REGION", "nowhere")
redis_url = "redis://localhost"
bind = ["0.0.0.0:8080", "[::]:8080"]
forwarded_allow_ips = "*"
secure_scheme_headers = {"X-FORWARDED-PROTO": "https"}
access_log_format = '{"host": "%(h)s", "status": "%(s)s", "took": "%(D)s"}'
accesslog = "-"
keepalive = 75
project = "example"
timezone = "UTC"
queue = "default"
