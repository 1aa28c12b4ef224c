"""A WebSocket connection that has left tornado: frames straight on the socket.

The frame codec, the handshake's answer, ping, pong and the closing handshake are those of the sans-I/O layer of
``websockets`` (https://websockets.readthedocs.io/en/stable/howto/sansio.html). What is ours is only the shell: bytes
from an asyncio transport go in, one encoded frame goes out to many connections without being encoded again.
"""

from __future__ import annotations

import asyncio
from typing import Final, Protocol, cast

from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import State
from websockets.server import ServerProtocol

CLOSING_S: Final = 2.0
"""How long the peer has to answer a close frame before the connection is cut."""

_DATA: Final = (Opcode.BINARY, Opcode.CONT)


class SocketListener(Protocol):
    """Who deals with what a connection brings. Called on the event loop; must not raise."""

    def opened(self) -> None:
        """The handshake's answer was written; the channel may be used."""

    def heard(self) -> None:
        """The peer gave a sign of life."""

    def received(self, message: bytes) -> None:
        """A whole binary message arrived."""

    def closed(self) -> None:
        """The connection has ended, whatever the reason. Called once, last."""


class _Encoded:
    """The last frame that was encoded: a fan-out sends the same bytes object to everybody."""

    def __init__(self) -> None:
        self._message = b""
        self._frame = b"\x82\x00"

    def frame(self, message: bytes) -> bytes:
        """``message`` as an unmasked binary WebSocket frame."""
        if message is not self._message:
            self._message = message
            self._frame = bytes(Frame(Opcode.BINARY, message).serialize(mask=False))
        return self._frame


_encoded = _Encoded()


class SocketChannel(asyncio.Protocol):
    """One connection; a :class:`jupyter_tandem.ports.channel.Channel` once it is made."""

    def __init__(
        self, protocol: ServerProtocol, listener: SocketListener, frame_bytes: int
    ) -> None:
        """Speak ``protocol``, whose handshake's answer waits in its output; messages go to ``listener``.

        Args:
            protocol: Open, with ``max_size`` set.
            listener: Is told of messages and of the end.
            frame_bytes: Most bytes of a message that comes in fragments.
        """
        self._protocol = protocol
        self._listener = listener
        self._frame_bytes = frame_bytes
        self._parts: list[bytes] = []
        self._parts_bytes = 0
        self._closing: asyncio.TimerHandle | None = None
        self._transport: asyncio.Transport | None = None

    # -- Channel -------------------------------------------------------------

    def send(self, frame: bytes) -> None:
        """Write one message; nothing happens when the connection is closing."""
        transport = self._transport
        if transport is not None and self._closing is None:
            transport.write(_encoded.frame(frame))

    def close(self, code: int, reason: str) -> None:
        """Send a close frame after what was sent, and cut the connection if the peer does not answer."""
        if self._transport is None or self._closing is not None:
            return
        self._closing = asyncio.get_running_loop().call_later(CLOSING_S, self._transport.abort)
        if self._protocol.state is State.OPEN:
            self._protocol.send_close(code, reason)
        self._flush()

    @property
    def backlog_bytes(self) -> int:
        """Bytes the operating system has not taken yet."""
        transport = self._transport
        return 0 if transport is None else transport.get_write_buffer_size()

    def ping(self) -> None:
        """Ask the peer for a sign of life; its answer reaches ``listener.heard``."""
        if self._protocol.state is State.OPEN and self._transport is not None:
            self._protocol.send_ping(b"")
            self._flush()

    # -- asyncio.Protocol ----------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the handshake's answer and let the listener know."""
        self._transport = cast("asyncio.Transport", transport)
        self._flush()
        self._listener.opened()

    def data_received(self, data: bytes) -> None:
        """Decode; hand over whole messages; answer pings and close frames."""
        self._listener.heard()
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            frame = cast("Frame", event)
            if frame.opcode in _DATA:
                self._take(frame)
            elif frame.opcode is Opcode.TEXT:
                self.close(CloseCode.UNSUPPORTED_DATA, "Only binary messages are understood here.")
        self._flush()

    def eof_received(self) -> None:
        """The peer will send no more: the protocol answers, then the transport closes by itself."""
        self._protocol.receive_eof()
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  (asyncio's signature)
        """The connection has ended, whatever the reason."""
        if self._closing is not None:
            self._closing.cancel()
        self._transport = None
        self._parts.clear()
        self._listener.closed()

    # -- inside --------------------------------------------------------------

    def _take(self, frame: Frame) -> None:
        if frame.fin and not self._parts:
            self._listener.received(bytes(frame.data))
            return
        self._parts.append(bytes(frame.data))
        self._parts_bytes += len(frame.data)
        if self._parts_bytes > self._frame_bytes:
            self._parts.clear()
            self.close(CloseCode.MESSAGE_TOO_BIG, f"At most {self._frame_bytes} bytes are taken.")
        elif frame.fin:
            message = b"".join(self._parts)
            self._parts.clear()
            self._parts_bytes = 0
            self._listener.received(message)

    def _flush(self) -> None:
        transport = self._transport
        if transport is None:
            return
        for chunk in self._protocol.data_to_send():
            if chunk:
                transport.write(chunk)
            else:
                # An empty chunk is the codec's word for "end the stream".
                transport.close()
