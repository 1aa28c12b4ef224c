"""Finds connections whose peer has vanished without a word."""

from __future__ import annotations

import asyncio
from typing import Final, Protocol

PERIOD_S: Final = 30.0
"""How often the quiet are asked for a sign of life. Proxies cut connections that are quiet for 60 s."""

DEAD_S: Final = 90.0
"""After so long without a sign a connection is cut; a laptop that wakes up reconnects by itself."""


class Listener(Protocol):
    """A connection, as the heartbeat sees it."""

    heard_at: float

    def ask(self) -> None:
        """Ask the peer for a sign of life."""

    def cut(self) -> None:
        """End the connection without a word."""


class Heartbeat:
    """One timer for all connections."""

    def __init__(self) -> None:
        """Nobody is connected."""
        self._listeners: set[Listener] = set()
        self._timer: asyncio.TimerHandle | None = None

    def add(self, listener: Listener) -> None:
        """Look after a connection."""
        self._listeners.add(listener)
        if self._timer is None:
            self._wait()

    def remove(self, listener: Listener) -> None:
        """It has ended."""
        self._listeners.discard(listener)
        if not self._listeners and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _wait(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(PERIOD_S, self._beat)

    def _beat(self) -> None:
        self._wait()
        self.check(asyncio.get_running_loop().time())

    def check(self, now: float) -> None:
        """Ask who was quiet for a period, cut who was quiet for too long. ``now`` is the loop's time."""
        for listener in list(self._listeners):
            quiet_s = now - listener.heard_at
            if quiet_s >= DEAD_S:
                listener.cut()
            elif quiet_s >= PERIOD_S:
                listener.ask()
