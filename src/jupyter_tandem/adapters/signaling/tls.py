"""Connections with TLS, taken, counted and watched over like any other from the moment they are made.

asyncio's own servers with TLS tell of a connection when its handshake is done: one that never begins it would count for
nobody (SIGNAL-14). So connections are accepted here, as :meth:`asyncio.loop.connect_accepted_socket` is there for;
``start_tls`` instead would lose what a client says at once, with uvloop.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable, Iterable
from typing import Any, Final, Protocol

from jupyter_tandem.adapters.signaling.websocket import WebSocketLine

_BREATH_S: Final = 1.0
"""No file descriptor is left, or no memory: asyncio's servers try again after as long."""


class _Listening(Protocol):
    """What is asked of a listening socket of a server, whichever loop it belongs to."""

    @property
    def family(self) -> int: ...
    @property
    def type(self) -> int: ...
    def fileno(self) -> int: ...


class TlsEntrance:
    """Accepts connections and lets lines have them when they speak TLS.

    Args:
        sockets: Bound. They are left alone.
        backlog: How many connections may wait to be accepted.
        new_line: Makes what takes a connection. It is made twice for the line: before the handshake, when it may
            drop it, and after it.
        context: Holds certificate and key; another one counts for whoever comes then.
    """

    def __init__(
        self,
        sockets: Iterable[_Listening],
        backlog: int,
        new_line: Callable[[], WebSocketLine],
        context: ssl.SSLContext,
    ) -> None:
        self._new_line = new_line
        self.context = context
        self._tasks: set[asyncio.Task[None]] = set()
        self._accepting: list[asyncio.Task[None]] = []
        for one in sockets:
            listening = socket.fromfd(one.fileno(), one.family, one.type)
            listening.setblocking(False)
            listening.listen(backlog)
            self._accepting.append(self._begin(self._accept(listening)))

    def close(self) -> None:
        """Take no new connections."""
        for task in self._accepting:
            task.cancel()

    async def ended(self) -> None:
        """Wait until nothing is under way: after :meth:`close`, and the end of every line."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_BREATH_S)

    def _begin(self, work: Any) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _accept(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        with listening:
            while True:
                try:
                    connection, name = await loop.sock_accept(listening)
                except ConnectionError:
                    continue
                except OSError:
                    await asyncio.sleep(_BREATH_S)
                    continue
                self._welcome(connection, name)
                # Who waits was accepted without a pause; the loop has others to look after.
                await asyncio.sleep(0)

    def _welcome(self, connection: socket.socket, name: Any) -> None:
        line, bare = self._new_line(), _Bare(connection, name)
        line.connection_made(bare)
        if not bare.is_closing():
            bare.task = self._begin(self._shake_hands(connection, line))

    async def _shake_hands(self, connection: socket.socket, line: WebSocketLine) -> None:
        loop = asyncio.get_running_loop()
        speaks = False
        try:
            await loop.connect_accepted_socket(lambda: line, connection, ssl=self.context)
            speaks = True
        except (OSError, asyncio.CancelledError):
            """No TLS, or cut off meanwhile."""
        finally:
            if not speaks:
                # The line was told of no transport that could tell of its end.
                connection.close()
                line.connection_lost(None)


class _Bare(asyncio.BaseTransport):
    """A connection before its TLS: it can be cut off, and has nothing to say."""

    def __init__(self, connection: socket.socket, name: Any) -> None:
        super().__init__({"peername": name})
        self._connection = connection
        self._closing = False
        self.task: asyncio.Task[None] | None = None

    def is_closing(self) -> bool:
        return self._closing

    def abort(self) -> None:
        self._closing = True
        if self.task is None:
            self._connection.close()
        else:
            self.task.cancel()
