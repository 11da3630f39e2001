import logging

log_level = logging.INFO
log_format = "%(asctime)s %(levelname)s %(message)s"
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": log_format}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"level": log_level, "handlers": ["console"]},
}
