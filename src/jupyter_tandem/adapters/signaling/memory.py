"""A relay between signaling services of one process: for tests, and for trying things out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class MemoryHub:
    """What the relays of one group are connected to. Set ``away`` to take it away from them."""

    def __init__(self) -> None:
        self.away = False
        self.receivers: list[Callable[[bytes], None]] = []

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

    async def start(self, receive: Callable[[bytes], None]) -> None:
        """Join the hub."""
        self._receive = receive
        self._hub.receivers.append(receive)

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
            self._receive = None
