"""A site behind nginx, on a unix socket."""
NAME = "shop"
DIR = "/srv/shop"
USER = "nobody"
LOG_LEVEL = "warning"

bind = "unix:shop.sock"
umask = 0o007
workers = 3
pidfile = "shop.pid"
loglevel = LOG_LEVEL
proc_name = NAME
raw_env = ["DJANGO_SETTINGS_MODULE=shop.settings", f"BASE={DIR}"]
max_requests = 1000
max_requests_jitter = 50
