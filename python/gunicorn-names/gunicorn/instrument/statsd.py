"""The statsd logger: names that are still to come."""

from gunicorn._pending import pending

__getattr__ = pending(
    __name__,
    "METRIC_VAR",
    "VALUE_VAR",
    "MTYPE_VAR",
    "GAUGE_TYPE",
    "COUNTER_TYPE",
    "HISTOGRAM_TYPE",
    "TIMER_TYPE",
    "Statsd",
)
