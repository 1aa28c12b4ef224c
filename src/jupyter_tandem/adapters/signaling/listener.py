"""The listening socket and the clockwork of all its connections."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from typing import Final

from jupyter_tandem.adapters.signaling.tls import TlsEntrance
from jupyter_tandem.adapters.signaling.websocket import READ_BYTES, LineSettings, WebSocketLine
from jupyter_tandem.ports.clock import Clock
from jupyter_tandem.ports.signaling import Desk

_SLOTS: Final = 15
"""Each second one part in so many of the connections is looked at, so none waits longer than that."""

_BACKLOG: Final = 1_024


@dataclass(frozen=True, slots=True)
class Binding:
    """Where to listen.

    Attributes:
        host: Address or name; empty for all interfaces.
        port: 0 for any free one.
        tls: Holds certificate and key, when connections are encrypted here and not by a proxy.
        tls_files: Where they were read from.
        share_port: Whether several processes may listen at one port (Linux spreads connections).
    """

    host: str
    port: int
    tls: ssl.SSLContext | None = None
    tls_files: tuple[str, str] | None = None
    share_port: bool = False


class Listener:
    """Takes connections, watches over the silent ones, and lets all of them go in the end."""

    def __init__(self, desk: Desk, clock: Clock, settings: LineSettings) -> None:
        self.desk = desk
        self.clock = clock
        self.buffer = memoryview(bytearray(READ_BYTES))
        self.loop: asyncio.AbstractEventLoop
        self._settings = settings
        self._restless: set[WebSocketLine] = set()
        self._slots: tuple[set[WebSocketLine], ...] = tuple(set() for _ in range(_SLOTS))
        self._next_slot = 0
        self._server: asyncio.Server | None = None
        self._entrance: TlsEntrance | None = None
        self._empty = asyncio.Event()
        self._clockwork: asyncio.Task[None] | None = None
        self.lag_s = 0.0

    @property
    def connections(self) -> int:
        """How many connections there are, from the first byte to the last."""
        return sum(map(len, self._slots))

    async def start(self, binding: Binding) -> list[tuple[str, int]]:
        """Begin to listen.

        Returns:
            The addresses and ports listened at.

        Raises:
            OSError: the address cannot be had.
        """
        self.loop = asyncio.get_running_loop()
        self._server = await self.loop.create_server(
            self._new_line,
            binding.host or None,
            binding.port,
            backlog=_BACKLOG,
            reuse_port=binding.share_port or None,
            start_serving=binding.tls is None,
        )
        if binding.tls is not None:
            sockets = self._server.sockets
            self._entrance = TlsEntrance(sockets, _BACKLOG, self._new_line, binding.tls)
        self._clockwork = asyncio.create_task(self._tick(), name="signaling clockwork")
        return [socket.getsockname()[:2] for socket in self._server.sockets]

    def _new_line(self) -> WebSocketLine:
        return WebSocketLine(self, self._settings)

    def renew(self, tls: ssl.SSLContext) -> None:
        """Begin TLS with another certificate from now on; nothing where there is no TLS."""
        if self._entrance is not None:
            self._entrance.context = tls

    def stop_listening(self) -> None:
        """Take no new connections."""
        if self._server is not None:
            self._server.close()
        if self._entrance is not None:
            self._entrance.close()

    async def close(self, timeout_s: float) -> bool:
        """Wait for everybody to go, and cut off who is still there after ``timeout_s``.

        Returns:
            Whether nobody had to be cut off.
        """
        self.stop_listening()
        self._empty.clear()
        try:
            if self.connections:
                await asyncio.wait_for(self._empty.wait(), timeout_s)
        except asyncio.TimeoutError:
            return False
        finally:
            await self._stop()
        return True

    async def _stop(self) -> None:
        if self._clockwork is not None:
            self._clockwork.cancel()
        for line in [line for slot in self._slots for line in slot]:
            line.abort()
        # The transports tell of their end in the loop's next turn.
        await asyncio.sleep(0)
        if self._entrance is not None:
            await self._entrance.ended()

    # -- lines call these ----------------------------------------------------

    def add(self, line: WebSocketLine) -> None:
        """Take a new connection into care."""
        line.slot = self._next_slot
        self._next_slot = (self._next_slot + 1) % _SLOTS
        self._slots[line.slot].add(line)
        self._restless.add(line)

    def watch(self, line: WebSocketLine) -> None:
        """Look at a connection's deadline every second."""
        self._restless.add(line)

    def let_rest(self, line: WebSocketLine) -> None:
        """Look at a connection only every few seconds."""
        self._restless.discard(line)

    def remove(self, line: WebSocketLine) -> None:
        """Forget a connection that has ended."""
        self._restless.discard(line)
        self._slots[line.slot].discard(line)
        if not self.connections:
            self._empty.set()

    async def _tick(self) -> None:
        turn = 0
        due = self.loop.time() + 1
        while True:
            await asyncio.sleep(max(0.0, due - self.loop.time()))
            self.lag_s = max(0.0, self.loop.time() - due)
            due = self.loop.time() + 1
            turn = (turn + 1) % _SLOTS
            self.look_after(turn, self.clock.monotonic())

    def look_after(self, slot: int, now: float) -> None:
        """Do what is due: for the silent ones of one slot, and for all who ask or close.

        Args:
            slot: Which part of the connections, below 15.
            now: Monotonic seconds.
        """
        for line in list(self._slots[slot]):
            line.check_alive(now)
        for line in list(self._restless):
            line.check_deadline(now)
