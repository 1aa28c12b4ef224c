"""A WebSocket client that costs next to nothing: for load, not for use.

It masks with zeros, which is what unmasked bytes are under RFC 6455's exclusive or, and parses only the
unfragmented frames a server sends.
"""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Callable
from urllib.parse import urlsplit

_KEY = "dGhlIHNhbXBsZSBub25jZQ=="
_TEXT, _CLOSE, _PING, _PONG = 0x1, 0x8, 0x9, 0xA


class RawClient(asyncio.Protocol):
    def __init__(self) -> None:
        self.transport: asyncio.Transport
        self.closed = asyncio.Event()
        self.opened: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.close_code: int | None = None
        self.on_message: Callable[[bytes], None] | None = None
        self._buffer = bytearray()
        self.pings = 0
        self._pong: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self.opened.done():
            head, separator, rest = bytes(self._buffer).partition(b"\r\n\r\n")
            if not separator:
                return
            self._buffer = bytearray(rest)
            self.opened.set_result(head.split(b"\r\n")[0].decode())
        while self._take_frame():
            pass

    def _take_frame(self) -> bool:
        data = self._buffer
        if len(data) < 2:
            return False
        size, start = data[1], 2
        if size == 126:
            size, start = int.from_bytes(data[2:4], "big"), 4
        elif size == 127:
            size, start = int.from_bytes(data[2:10], "big"), 10
        if len(data) < start + size:
            return False
        payload = bytes(data[start : start + size])
        opcode = data[0] & 0xF
        del data[: start + size]
        self._take(opcode, payload)
        return True

    def _take(self, opcode: int, payload: bytes) -> None:
        if opcode == _TEXT and payload == b'{"type":"pong"}' and self._pong is not None:
            self._pong.set_result(None)
            self._pong = None
        elif opcode == _TEXT and self.on_message is not None:
            self.on_message(payload)
        elif opcode == _PING:
            self.pings += 1
            self.send(payload, _PONG)
        elif opcode == _CLOSE:
            self.close_code = int.from_bytes(payload[:2], "big")
            self.send(payload[:2], _CLOSE)
            self.transport.close()

    def send_json(self, message: dict[str, object]) -> None:
        self.send(json.dumps(message, separators=(",", ":")).encode())

    def send(self, payload: bytes, opcode: int = _TEXT) -> None:
        size = len(payload)
        if size < 126:
            head = bytes((0x80 | opcode, 0x80 | size))
        elif size < 65536:
            head = bytes((0x80 | opcode, 0xFE)) + size.to_bytes(2, "big")
        else:
            head = bytes((0x80 | opcode, 0xFF)) + size.to_bytes(8, "big")
        self.transport.write(head + b"\0\0\0\0" + payload)

    async def ping(self) -> None:
        """Wait until the server has done everything sent before."""
        self._pong = asyncio.get_running_loop().create_future()
        self.send(b'{"type":"ping"}')
        await asyncio.wait_for(self._pong, 30)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self.closed.set()
        if not self.opened.done():
            self.opened.set_exception(EOFError("closed during the handshake"))
            self.opened.exception()


async def connect(
    url: str, source: str | None = None, *, receive_bytes: int | None = None
) -> RawClient:
    """Open a connection, from a given address of this machine.

    Args:
        url: Where to; not TLS.
        source: The loopback address to come from.
        receive_bytes: How much the operating system may take in before the client reads it.

    Raises:
        EOFError: it was refused.
    """
    where = urlsplit(url)
    plain = socket.socket()
    plain.setblocking(False)
    if receive_bytes is not None:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    if source is not None:
        plain.bind((source, 0))
    loop = asyncio.get_running_loop()
    await loop.sock_connect(plain, (where.hostname, where.port))
    _, client = await loop.create_connection(RawClient, sock=plain)
    target = (where.path or "/") + (f"?{where.query}" if where.query else "")
    client.transport.write(
        f"GET {target} HTTP/1.1\r\nHost: {where.netloc}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Key: {_KEY}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    status = await asyncio.wait_for(client.opened, 30)
    if " 101 " not in status:
        client.transport.close()
        raise EOFError(status)
    return client
