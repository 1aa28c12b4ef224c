"""A TCP proxy that does to a connection what networks do."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator
from typing import Final

_CHUNK_BYTES: Final = 16 * 1024


class Proxy:
    """Forwards connections to a port; bytes keep their order and none is doubled.

    Attributes:
        port: Where it listens.
        delay_s: How long every chunk takes on its way.
        bytes_per_s: How much passes in a second towards the client; 0 for no bound.
    """

    def __init__(self, target_port: int) -> None:
        """Forward to ``target_port`` on this machine."""
        self._target_port = target_port
        self._server: asyncio.Server | None = None
        self._open = asyncio.Event()
        self._open.set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._written: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0
        self.delay_s = 0.0
        self.bytes_per_s = 0

    # -- fate ----------------------------------------------------------------

    def swallow(self) -> None:
        """From now on nothing passes and nobody is told: a cable that was pulled, a laptop that sleeps."""
        self._open.clear()

    def heal(self) -> None:
        """Let everything pass again; what was under way arrives, late."""
        self._open.set()

    def lose(self) -> None:
        """Forget all connections without a word to either side; new ones are possible."""
        for task in self._tasks:
            task.cancel()
        self._open.set()

    def reset(self) -> None:
        """Break all connections at once, so that both sides notice."""
        linger = struct.pack("ii", 1, 0)
        for writer in self._writers:
            if not writer.is_closing():
                writer.get_extra_info("socket").setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, linger
                )
                writer.transport.abort()

    # -- life ----------------------------------------------------------------

    async def start(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Close everything."""
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        self.reset()
        for writer in self._writers:
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target_port)
        except OSError:
            writer.close()
            return
        self._writers.add(far_writer)
        for source, sink, slow in ((reader, far_writer, False), (far_reader, writer, True)):
            task = asyncio.ensure_future(self._forward(source, sink, slow))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _forward(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, slow: bool
    ) -> None:
        with contextlib.suppress(OSError):
            while chunk := await source.read(self._chunk_bytes(slow)):
                await self._open.wait()
                await asyncio.sleep(self.delay_s)
                if slow and self.bytes_per_s:
                    await asyncio.sleep(len(chunk) / self.bytes_per_s)
                self._written.add(sink)
                sink.write(chunk)
                await sink.drain()
        sink.close()

    def _chunk_bytes(self, slow: bool) -> int:
        return max(1, self.bytes_per_s // 10) if slow and self.bytes_per_s else _CHUNK_BYTES


@contextlib.asynccontextmanager
async def proxied(target_port: int) -> AsyncIterator[Proxy]:
    """A proxy before a port."""
    proxy = Proxy(target_port)
    await proxy.start()
    try:
        yield proxy
    finally:
        await proxy.stop()
