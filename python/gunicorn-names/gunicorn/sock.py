"""Listening sockets: names that come with the compatibility work."""

from gunicorn._pending import pending

__getattr__ = pending(
    __name__,
    "PLATFORM",
    "BaseSocket",
    "TCPSocket",
    "TCP6Socket",
    "UnixSocket",
    "create_sockets",
    "close_sockets",
    "ssl_context",
    "ssl_wrap_socket",
    "get_negotiated_protocol",
    "is_http2_negotiated",
)
