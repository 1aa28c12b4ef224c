"""The network between one browser and the server."""

from __future__ import annotations

import asyncio

from tests.fault.server.proxy import Proxy


class Line(Proxy):
    """A proxy that can also be closed, so that the server seems to be down to one person."""

    def __init__(self, target_port: int) -> None:
        """Forward to ``target_port`` on this machine."""
        super().__init__(target_port)
        self._closed = False
        self._lost: set[asyncio.StreamWriter] = set()

    def lose(self) -> None:
        """Forget all connections without a word; :meth:`bury` says the word.

        One that is only just being made breaks: a browser connects one WebSocket to an address at a time (RFC 6455,
        4.1), so that JupyterLab's own, should it hang in its handshake, would keep all others from connecting.
        """
        self._lost = set(self._writers)
        super().lose()
        for writer in self._writers - self._written:
            writer.transport.abort()

    def bury(self) -> None:
        """Break what was lost: the browser would go on asking through it for minutes."""
        for writer in self._lost:
            writer.transport.abort()

    def close(self) -> None:
        """Break all connections and refuse new ones."""
        self._closed = True
        self.reset()

    def open(self) -> None:
        """Take connections again."""
        self._closed = False

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._closed:
            writer.transport.abort()
        else:
            await super()._accept(reader, writer)
