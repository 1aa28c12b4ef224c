"""A relay between signaling services of one process: for tests, and for trying things out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class MemoryHub:
    """What the relays of one group are connected to."""

    def __init__(self) -> None:
        self.away = False
        self.receivers: list[Callable[[bytes], None]] = []
        self.watchers: list[Callable[[bool], None]] = []

    def go(self, *, away: bool) -> None:
        """Take the hub away from everybody, or bring it back."""
        self.away = away
        for changed in list(self.watchers):
            changed(not away)

    def carry(self, message: bytes) -> None:
        """Give a message to everybody who is there."""
        if not self.away:
            for receive in list(self.receivers):
                receive(message)


class MemoryRelay:
    """Implements :class:`jupyter_tandem.ports.relay.Relay` on a :class:`MemoryHub`."""

    def __init__(self, hub: MemoryHub) -> None:
        self._hub = hub
        self._receive: Callable[[bytes], None] | None = None
        self._changed: Callable[[bool], None]

    async def start(
        self, receive: Callable[[bytes], None], changed: Callable[[bool], None]
    ) -> None:
        """Join the hub."""
        self._receive = receive
        self._changed = changed
        self._hub.receivers.append(receive)
        self._hub.watchers.append(changed)
        if self.connected:
            changed(True)

    def publish(self, message: bytes) -> bool:
        """Deliver in a later turn of the loop, as a network would."""
        if not self.connected:
            return False
        asyncio.get_running_loop().call_soon(self._hub.carry, message)
        return True

    @property
    def connected(self) -> bool:
        """Whether the hub is there."""
        return self._receive is not None and not self._hub.away

    async def close(self) -> None:
        """Leave the hub."""
        if self._receive is not None:
            self._hub.receivers.remove(self._receive)
            self._hub.watchers.remove(self._changed)
            self._receive = None
