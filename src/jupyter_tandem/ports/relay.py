"""What several signaling processes need to serve one set of rooms: a lossy channel all of them hear."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class Relay(Protocol):
    """Carries published messages between processes.

    Lossy on purpose: a signaling message is worth nothing a second later, and clients announce
    themselves again. A process hears its own messages too. Messages of one process arrive in the
    order in which it published them, except for lost ones.
    """

    async def start(
        self, receive: Callable[[bytes], None], changed: Callable[[bool], None]
    ) -> None:
        """Begin to connect, without waiting for it; a relay that is away is tried until :meth:`close`.

        Args:
            receive: Called on the event loop with each message from then on. Must not raise.
            changed: Called likewise with the new value whenever :attr:`connected` changes. What was
                published up to 15 s before it became False may be lost.
        """

    def publish(self, message: bytes) -> bool:
        """Queue one message; never blocks, never raises.

        Returns:
            Whether it was taken. It is not while the relay is away or its queue is full.
        """

    @property
    def connected(self) -> bool:
        """Whether messages reach the other processes at the moment, as far as is known."""

    async def close(self) -> None:
        """Send what is queued if that takes less than a second, disconnect, and call nobody any more."""
