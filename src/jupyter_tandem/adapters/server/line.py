"""The bytes of one connection after its handshake: what a channel writes to and a conversation hears from."""

from __future__ import annotations

import asyncio
import sys
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol

from tornado.iostream import IOStream, StreamClosedError

from jupyter_tandem.adapters.server.socket_line import READ_BYTES, SocketLine

if TYPE_CHECKING:
    from asyncio import Future

    from jupyter_tandem.adapters.server.socket_line import LineListener

_MOST_EARLY_BYTES: Final = 8 * 1024 * 1024
"""Most that a client may send behind its request before it is answered; no front end sends anything."""


class Line(Protocol):
    """A connection's bytes, both ways."""

    @property
    def backlog_bytes(self) -> int:
        """Bytes that were written and the system has not taken yet."""

    def write(self, data: bytes) -> None:
        """Send all of it, in order; at once where the system takes it. Never raises for a peer that has gone."""

    def close(self) -> None:
        """End the connection now, whatever is unsent. The listener hears of it a moment later."""

    async def listen(self, listener: LineListener) -> None:
        """Tell ``listener`` what comes, from now on. Whoever accepted the connection has to wait for the return."""


class StreamLine:
    """A connection on tornado's stream: the way for TLS, and for systems where sockets are not watched."""

    __slots__ = ("_backlog_bytes", "_stream")

    def __init__(self, stream: IOStream) -> None:
        """Take over ``stream``; nobody else may read it or write to it any more."""
        self._stream = stream
        self._backlog_bytes = 0

    @property
    def backlog_bytes(self) -> int:
        """See the protocol. Counts what is left of a message until its last byte is gone."""
        return self._backlog_bytes

    def write(self, data: bytes) -> None:
        """See the protocol."""
        stream = self._stream
        if stream.closed():
            return
        sent = 0
        if not stream.writing():
            try:
                sent = stream.write_to_fd(memoryview(data))
            except OSError:
                # The socket is full, or something is wrong with it, which tornado finds out and acts on.
                sent = 0
            if sent == len(data):
                return
        self._leave_to_tornado(memoryview(data)[sent:])

    def _leave_to_tornado(self, rest: memoryview) -> None:
        size = len(rest)
        try:
            written = self._stream.write(rest)
        except StreamClosedError:
            return
        self._backlog_bytes += size
        written.add_done_callback(partial(self._gone, size))

    def _gone(self, size: int, _: Future[None]) -> None:
        self._backlog_bytes -= size

    def close(self) -> None:
        """See the protocol."""
        self._stream.close()

    async def listen(self, listener: LineListener) -> None:
        """See the protocol. Returns when the connection has ended: before, tornado would read it, too."""
        try:
            while True:
                listener.received(await self._stream.read_bytes(READ_BYTES, partial=True))
                # What is there already is read without a pause: others must have their turn in between.
                await asyncio.sleep(0)
        except StreamClosedError:
            return
        finally:
            listener.ended()


async def take_over(stream: IOStream) -> Line | None:
    """The line of a connection whose WebSocket handshake tornado has done; ``None``: the client has gone already.

    Where the socket is a plain one it is taken away from tornado, for which the connection has ended then:
    all that tornado and Jupyter Server keep of a request is given back.
    """
    if type(stream) is not IOStream or sys.platform == "win32":
        return StreamLine(stream)
    try:
        # The answer to the handshake may still be on its way.
        await stream.write(b"")
        early = _read_already(stream)
    except StreamClosedError:
        return None
    socket = stream.socket.dup()
    stream.close()
    return SocketLine(socket, early)


def _read_already(stream: IOStream) -> bytes:
    """What tornado has read of the client behind its request.

    Raises:
        StreamClosedError: the client has gone already, or sends too much.
    """
    found = bytearray()
    while (reading := _read(stream)).done():
        found += reading.result()
        if len(found) > _MOST_EARLY_BYTES:
            stream.close()
            raise StreamClosedError
    return bytes(found)


def _read(stream: IOStream) -> Future[bytes]:
    """What tornado returns is a future, which it calls an awaitable."""
    return asyncio.ensure_future(stream.read_bytes(READ_BYTES, partial=True))
