"""What the kinds of the server's table of settings mean to `argparse` and to checks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gunicorn import _validators as checks


def worker_count(text: str) -> int | str:
    """A number of workers as a command line has it."""
    return "auto" if checks.is_auto(text) else int(text)


# What argparse calls a value that is none.
worker_count.__name__ = "int"

JOINED = ("addressList", "nameList", "httpProtocols")

CHECKS: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
    "text": (checks.validate_string, {}),
    "natural": (checks.validate_pos_int, {"type": int}),
    "workerCount": (checks.validate_worker_count, {"type": staticmethod(worker_count)}),
    "mode": (checks.validate_pos_int, {"type": lambda text: checks.auto_int(None, text)}),
    "writtenNatural": (checks.validate_pos_int, {}),
    "flag": (checks.validate_bool, {"action": "store_true"}),
    "switchOff": (checks.validate_bool, {"action": "store_const", "const": False}),
    "list": (checks.validate_list_string, {"action": "append"}),
    "filesOrPatterns": (checks.validate_list_of_files_or_patterns, {"action": "append"}),
    "addressList": (checks.validate_string_to_addr_list, {}),
    "nameList": (checks.validate_string_to_list, {}),
    "table": (checks.validate_dict, {}),
    "pythonClass": (checks.validate_class, {}),
    "user": (checks.validate_user, {}),
    "group": (checks.validate_group, {}),
    "directory": (checks.validate_chdir, {}),
    "statsdAddress": (checks.validate_statsd_address, {}),
    "reloadEngine": (checks.validate_reload_engine, {}),
    "proxyProtocol": (checks.validate_proxy_protocol, {"nargs": "?", "const": "auto"}),
    "headerMap": (checks.validate_header_map_behaviour, {}),
    "httpProtocols": (checks.validate_http_protocols, {}),
    "cleartextHTTP2": (checks.validate_http2_cleartext, {}),
    "windowSize": (checks.validate_http2_window_size, {"type": int}),
    "streamLimit": (checks.validate_http2_stream_limit, {"type": int}),
    "frameSize": (checks.validate_http2_frame_size, {"type": int}),
    "asgiLoop": (checks.validate_asgi_loop, {}),
    "asgiLifespan": (checks.validate_asgi_lifespan, {}),
    "httpParser": (checks.validate_http_parser, {}),
    "tlsVersion": (checks.validate_ssl_version, {}),
    # Settings of our own, which the core checks when the server starts.
    "realIPHeader": (checks.validate_string, {}),
    "serverHeader": (checks.validate_string, {}),
    "journal": (checks.validate_string, {}),
    "logForm": (checks.validate_string, {}),
    "memorySize": (checks.validate_memory_size, {}),
    "storeSize": (checks.validate_memory_size, {}),
    "memoryMeasure": (checks.validate_string, {}),
    "pathPrefix": (checks.validate_string, {}),
}

# Where the name of the class is not that of the setting in other letters.
CLASS_NAMES = {
    "config": "ConfigFile",
    "wsgi_app": "WSGIApp",
    "threads": "WorkerThreads",
    "check_config": "ConfigCheck",
    "raw_env": "Env",
    "secure_scheme_headers": "SecureSchemeHeader",
    "forwarded_allow_ips": "ForwardedAllowIPS",
    "accesslog": "AccessLog",
    "errorlog": "ErrorLog",
    "logconfig": "LogConfig",
    "logconfig_dict": "LogConfigDict",
    "logconfig_json": "LogConfigJson",
    "syslog_addr": "SyslogTo",
    "enable_backlog_metric": "BacklogMetric",
    "proc_name": "Procname",
    "pythonpath": "PythonPath",
    "proxy_allow_ips": "ProxyAllowFrom",
    "uwsgi_allow_ips": "UWSGIAllowFrom",
    "keyfile": "KeyFile",
    "certfile": "CertFile",
    "ssl_version": "SSLVersion",
    "ca_certs": "CACerts",
    "suppress_ragged_eofs": "SuppressRaggedEOFs",
    "http_protocols": "HTTPProtocols",
    "http2_cleartext": "HTTP2Cleartext",
    "http2_max_concurrent_streams": "HTTP2MaxConcurrentStreams",
    "http2_initial_window_size": "HTTP2InitialWindowSize",
    "http2_max_frame_size": "HTTP2MaxFrameSize",
    "http2_max_header_list_size": "HTTP2MaxHeaderListSize",
    "raw_paste_global_conf": "PasteGlobalConf",
    "permit_unconventional_http_method": "PermitUnconventionalHTTPMethod",
    "permit_unconventional_http_version": "PermitUnconventionalHTTPVersion",
    "casefold_http_method": "CasefoldHTTPMethod",
    "asgi_loop": "ASGILoop",
    "asgi_lifespan": "ASGILifespan",
    "asgi_disconnect_grace_period": "ASGIDisconnectGracePeriod",
    "websocket_max_message_size": "WebSocketMaxMessageSize",
}
