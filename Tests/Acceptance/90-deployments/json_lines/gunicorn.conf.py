from json_logger import JSONLogger

bind = "127.0.0.1:0"
workers = 2
accesslog = "-"
access_log_format = "%(m)s %(U)s %(s)s"
logger_class = JSONLogger
