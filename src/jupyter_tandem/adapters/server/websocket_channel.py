"""One WebSocket's outgoing side on a line of bytes, behind :class:`jupyter_tandem.ports.channel.Channel`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from jupyter_tandem.adapters.server.websocket_message import (
    encode_close,
    encode_header,
    encode_message,
    encode_ping,
    encode_pong,
)

if TYPE_CHECKING:
    from jupyter_tandem.adapters.server.line import Line

CLOSE_GRACE_S: Final = 2.0
"""How long a peer has to answer a close frame before the connection is cut. Short, because a server that
stops waits for it."""

_SHARED_BYTES: Final = 64 * 1024
"""From this size on a message is not copied behind its header: the header goes alone, and all readers share
the bytes that the room made."""


class _LastEncoded:
    """The frame that was encoded last. A room hands the same bytes object to all its channels in turn, so
    the WebSocket header is built and the payload copied once per fan-out instead of once per reader.
    """

    payload: bytes = b""
    encoded: bytes = encode_message(b"")


class WebSocketChannel:
    """Puts a WebSocket's frames on a line.

    tornado's own ``write_message`` makes a task, two futures and a copy per message, which is five times
    the cost of the write itself; here a message that the socket takes costs the write.
    """

    __slots__ = ("__weakref__", "_line", "_write", "closing")

    def __init__(self, line: Line) -> None:
        """Write to ``line``, whose WebSocket handshake is done."""
        self._line = line
        self._write = line.write
        self.closing = False

    @property
    def backlog_bytes(self) -> int:
        """See the port."""
        return self._line.backlog_bytes

    def send(self, frame: bytes) -> None:
        """See the port."""
        if self.closing:
            return
        if len(frame) >= _SHARED_BYTES:
            self._write(encode_header(len(frame)))
            self._write(frame)
            return
        if frame is not _LastEncoded.payload:
            _LastEncoded.payload, _LastEncoded.encoded = frame, encode_message(frame)
        self._write(_LastEncoded.encoded)

    def ping(self) -> None:
        """Ask the peer for a sign of life."""
        if not self.closing:
            self._write(encode_ping())

    def pong(self, payload: bytes) -> None:
        """Answer a ping, unless the peer does not read: then pongs would pile up."""
        if not self.closing and not self._line.backlog_bytes:
            self._write(encode_pong(payload))

    def close(self, code: int, reason: str) -> None:
        """See the port. The connection is cut after :data:`CLOSE_GRACE_S` if the peer does not end it."""
        if self.closing:
            return
        self.answer_close(encode_close(code, reason))

    def answer_close(self, encoded: bytes) -> None:
        """Send a close frame as the last thing."""
        self.closing = True
        self._write(encoded)
        asyncio.get_running_loop().call_later(CLOSE_GRACE_S, self._line.close)
