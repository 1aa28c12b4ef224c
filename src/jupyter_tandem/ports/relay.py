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

    async def start(self, receive: Callable[[bytes], None]) -> None:
        """Begin to connect, and call ``receive`` on the event loop for each message from then on.

        Returns without waiting for the connection; a relay that is away is tried again until
        :meth:`close`. ``receive`` must not raise.
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
