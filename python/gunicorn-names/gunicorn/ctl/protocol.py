"""Messages of the control socket, by the names that Gunicorn has for them."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

from swiftcorn import _control


class ProtocolError(Exception):
    """What arrived is no message."""


class ControlProtocol:
    """Four bytes of length, the most significant first, and as many bytes of JSON."""

    MAX_MESSAGE_SIZE = _control.LONGEST

    @staticmethod
    def encode_message(data: dict[str, Any]) -> bytes:
        return _control.encode(data)

    @staticmethod
    def decode_message(data: bytes) -> dict[str, Any]:
        if len(data) < 4:
            raise ProtocolError("Message too short")
        length = int.from_bytes(data[:4], "big")
        if len(data) - 4 < length:
            raise ProtocolError("Incomplete message")
        return _decoded(data[4 : 4 + length])

    @staticmethod
    def read_message(sock: socket.socket) -> dict[str, Any]:
        try:
            return _control.receive(sock)
        except _control.Malformed as error:
            raise ProtocolError(str(error)) from error

    @staticmethod
    def write_message(sock: socket.socket, data: dict[str, Any]) -> None:
        sock.sendall(_control.encode(data))

    @staticmethod
    async def read_message_async(reader: asyncio.StreamReader) -> dict[str, Any]:
        head = await reader.readexactly(4)
        try:
            length = _control.length_of(head)
        except _control.Malformed as error:
            raise ProtocolError(str(error)) from error
        return _decoded(await reader.readexactly(length))

    @staticmethod
    async def write_message_async(writer: asyncio.StreamWriter, data: dict[str, Any]) -> None:
        writer.write(_control.encode(data))
        await writer.drain()


def _decoded(content: bytes) -> dict[str, Any]:
    try:
        return _control.decode(content)
    except _control.Malformed as error:
        raise ProtocolError(str(error)) from error


def make_request(request_id: int, command: str, args: list[Any] | None = None) -> dict[str, Any]:
    return {"id": request_id, "command": command, "args": args or []}


def make_response(request_id: int, data: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"id": request_id, "status": "ok", "data": data or {}}


def make_error_response(request_id: int, error: str) -> dict[str, Any]:
    return {"id": request_id, "status": "error", "error": error}
