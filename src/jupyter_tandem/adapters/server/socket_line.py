"""One connection on its bare socket, watched by the event loop itself."""

from __future__ import annotations

import asyncio
import contextvars
from collections import deque
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from socket import socket

READ_BYTES: Final = 64 * 1024
"""What is read at once."""

_WRITE_BYTES: Final = 256 * 1024
"""What is offered to the system at once: others have their turn in between. It would take megabytes, of each who asks."""

_GATHERED_BYTES: Final = 64 * 1024
"""Pieces of a backlog that are smaller are put together up to this size; larger ones are shared, not copied."""


class LineListener(Protocol):
    """Hears what comes over a line."""

    def received(self, data: bytes) -> None:
        """Some bytes, in order."""

    def ended(self) -> None:
        """The connection is over. The last thing that is heard, and heard in a turn of the loop of its own."""


class SocketLine:
    """See :class:`jupyter_tandem.adapters.server.line.Line`.

    A write that the system takes costs the system call and little else; a read, no task, no future and one copy.
    """

    __slots__ = (
        "_early",
        "_listener",
        "_loop",
        "_over",
        "_rest",
        "_socket",
        "_take",
        "backlog_bytes",
    )

    def __init__(self, socket: socket, early: bytes) -> None:
        """Take over a connected ``socket``, of which ``early`` has been read already."""
        socket.setblocking(False)
        self._socket = socket
        self._take = socket.send
        self._early = early
        self._loop = asyncio.get_running_loop()
        self._listener: LineListener | None = None
        self._rest: deque[memoryview | bytearray] | None = None
        self._over = False
        self.backlog_bytes = 0

    async def listen(self, listener: LineListener) -> None:
        """See the protocol. Returns at once."""
        self._listener = listener
        early, self._early = self._early, b""
        if early and not self._over:
            listener.received(early)
        if self._over:
            self._loop.call_soon(self._tell_end)
            return
        # The loop keeps the context of who asks, and with it the request that jupyter_server notes there.
        contextvars.Context().run(self._loop.add_reader, self._socket, self._readable)

    def _readable(self) -> None:
        try:
            data = self._socket.recv(READ_BYTES)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data = b""
        if not data:
            self.close()
        elif self._listener is not None:
            self._listener.received(data)

    def write(self, data: bytes) -> None:
        """See the protocol."""
        sent = 0
        if not self.backlog_bytes:
            try:
                short = len(data) <= _WRITE_BYTES
                sent = self._take(data if short else memoryview(data)[:_WRITE_BYTES])
            except (BlockingIOError, InterruptedError):
                sent = 0
            except OSError:
                # Closed sockets come here, too.
                self.close()
                return
            if sent == len(data):
                return
        self._keep(memoryview(data)[sent:])

    def _keep(self, rest: memoryview) -> None:
        if self._rest is None:
            self._rest = deque()
            contextvars.Context().run(self._loop.add_writer, self._socket, self._writable)
        self.backlog_bytes += len(rest)
        if len(rest) >= _GATHERED_BYTES:
            self._rest.append(rest)
            return
        last = self._rest[-1] if self._rest else None
        if isinstance(last, bytearray) and len(last) < _GATHERED_BYTES:
            last += rest
        else:
            self._rest.append(bytearray(rest))

    def _writable(self) -> None:
        rest = self._rest
        if rest is None:
            return
        first = rest.popleft()
        try:
            sent = self._take(memoryview(first)[:_WRITE_BYTES])
        except (BlockingIOError, InterruptedError):
            sent = 0
        except OSError:
            self.close()
            return
        self.backlog_bytes -= sent
        if sent < len(first):
            rest.appendleft(first[sent:])
        elif not rest:
            self._rest = None
            self._loop.remove_writer(self._socket)

    def close(self) -> None:
        """See the protocol."""
        if self._over:
            return
        self._over = True
        self._loop.remove_reader(self._socket)
        if self._rest is not None:
            self._loop.remove_writer(self._socket)
        self._rest, self.backlog_bytes = None, 0
        self._socket.close()
        self._loop.call_soon(self._tell_end)

    def _tell_end(self) -> None:
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.ended()
