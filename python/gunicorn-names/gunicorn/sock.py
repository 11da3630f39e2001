"""Listening sockets as Python objects."""

from __future__ import annotations

import socket
import ssl
import sys
from typing import Any

from gunicorn import util

PLATFORM = sys.platform


class BaseSocket:
    """A listening socket; whatever it has not itself it has from the Python socket in `sock`."""

    FAMILY: int = socket.AF_INET

    def __init__(self, address: Any, conf: Any, log: Any, fd: int | None = None) -> None:
        self.cfg_addr = address
        self.log = log
        self.conf = conf
        if fd is not None:
            self.sock = socket.socket(fileno=fd)
            return
        self.sock = socket.socket(self.FAMILY, socket.SOCK_STREAM)
        try:
            self.set_options(self.sock)
            self.bind(self.sock)
            self.sock.setblocking(False)
            self.sock.listen(conf.backlog)
        except BaseException:
            self.sock.close()
            raise

    def __str__(self) -> str:
        return f"<socket {self.sock.fileno()}>"

    def __getattr__(self, name: str) -> Any:
        if name == "sock":
            raise AttributeError(name)
        return getattr(self.sock, name)

    def set_options(self, sock: socket.socket, bound: bool = False) -> None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if self.conf.reuse_port:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)

    def bind(self, sock: socket.socket) -> None:
        sock.bind(self.cfg_addr)

    def close(self) -> None:
        util.close(self.sock)

    def get_backlog(self) -> int:
        """Connections that wait to be accepted; -1 where that is not known."""
        return -1


class TCPSocket(BaseSocket):
    FAMILY = socket.AF_INET

    def __str__(self) -> str:
        scheme = "https" if self.conf.is_ssl else "http"
        host, port = self.sock.getsockname()[:2]
        return f"{scheme}://{host}:{port}"

    def set_options(self, sock: socket.socket, bound: bool = False) -> None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().set_options(sock, bound)

    def get_backlog(self) -> int:
        # struct tcp_info: the backlog of a listener is the 32-bit word at offset 24.
        information = self.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)
        return int.from_bytes(information[24:28], sys.byteorder)


class TCP6Socket(TCPSocket):
    FAMILY = socket.AF_INET6

    def __str__(self) -> str:
        scheme = "https" if self.conf.is_ssl else "http"
        host, port = self.sock.getsockname()[:2]
        return f"{scheme}://[{host}]:{port}"


class UnixSocket(BaseSocket):
    FAMILY = socket.AF_UNIX

    def __str__(self) -> str:
        return f"unix:{self.cfg_addr}"


def _kind(address: Any) -> type[BaseSocket]:
    if isinstance(address, tuple):
        return TCP6Socket if util.is_ipv6(address[0]) else TCPSocket
    if isinstance(address, (str, bytes)):
        return UnixSocket
    raise TypeError(f"Unable to create socket from: {address!r}")


def _adopt(descriptor: int, conf: Any, log: Any) -> BaseSocket:
    """The object for a socket that listens already; it never closes the descriptor by itself."""
    probe = socket.socket(fileno=descriptor)
    family, name = probe.family, probe.getsockname()
    probe.detach()
    kinds: dict[int, type[BaseSocket]] = {
        socket.AF_INET: TCPSocket,
        socket.AF_INET6: TCP6Socket,
        socket.AF_UNIX: UnixSocket,
    }
    if isinstance(name, bytes):
        name = name.decode("utf-8", "surrogateescape")
    return kinds[family](name, conf, log, fd=descriptor)


def create_sockets(conf: Any, log: Any, fds: Any = None) -> list[BaseSocket]:
    """Listen at every address of `bind`, or take the descriptors that listen already.

    OSError where an address cannot be had; the ones made before are closed again.
    """
    if fds:
        return [_adopt(int(number), conf, log) for number in fds]
    made: list[BaseSocket] = []
    try:
        for address in conf.address:
            if isinstance(address, int):
                made.append(_adopt(address, conf, log))
            else:
                made.append(_kind(address)(address, conf, log))
    except BaseException:
        close_sockets(made, unlink=False)
        raise
    return made


def close_sockets(listeners: list[Any], unlink: bool = True) -> None:
    """Close; with `unlink` the paths of unix sockets are removed too."""
    for listener in listeners:
        name = listener.getsockname()
        listener.close()
        if unlink and isinstance(name, str) and name:
            util.unlink(name)


def ssl_context(conf: Any) -> ssl.SSLContext:
    """The TLS settings as a context, once `ssl_context` of the settings has had its say."""

    def default() -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=conf.ca_certs)
        context.load_cert_chain(certfile=conf.certfile, keyfile=conf.keyfile)
        context.verify_mode = ssl.VerifyMode(conf.cert_reqs)
        if conf.ciphers:
            context.set_ciphers(conf.ciphers)
        return context

    made: ssl.SSLContext = conf.ssl_context(conf, default)
    return made


def ssl_wrap_socket(sock: socket.socket, conf: Any) -> ssl.SSLSocket:
    return ssl_context(conf).wrap_socket(
        sock,
        server_side=True,
        suppress_ragged_eofs=conf.suppress_ragged_eofs,
        do_handshake_on_connect=conf.do_handshake_on_connect,
    )


def get_negotiated_protocol(ssl_socket: Any) -> str | None:
    """What both sides agreed on in the handshake (ALPN); None without TLS or agreement."""
    if not isinstance(ssl_socket, ssl.SSLSocket):
        return None
    return ssl_socket.selected_alpn_protocol()


def is_http2_negotiated(ssl_socket: Any) -> bool:
    return get_negotiated_protocol(ssl_socket) == "h2"
