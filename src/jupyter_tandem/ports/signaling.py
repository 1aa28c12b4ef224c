"""Between the signaling server's connections, its decisions and its counters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from jupyter_tandem.protocol.arrival import Admit, Answer, Request


@dataclass(slots=True)
class Visit:
    """One connection's standing, from its first byte to its end.

    Attributes:
        address: Under which address it is counted; None while it counts under nobody's.
        peer: Its number once it has been let in.
    """

    address: str | None
    peer: int | None = None


class Line(Protocol):
    """One client's outgoing side. Never blocks; never raises for a client that has gone."""

    def send(self, payload: bytes) -> bool:
        """Queue one text frame; order is kept.

        Args:
            payload: Its UTF-8.

        Returns:
            False when the client's queue is full; then nothing was queued.
        """

    def close(self, code: int, reason: str) -> None:
        """Send what is queued, then close with a WebSocket ``code`` and ``reason`` (≤ 123 bytes of UTF-8)."""


class Desk(Protocol):
    """Where connections report. To be called from the event loop's thread; nothing here blocks."""

    def arrive(self, direct: str) -> Visit | None:
        """Count a new connection from the address ``direct``; None when it is to be dropped at once."""

    def ask(self, visit: Visit, request: Request) -> Admit | Answer:
        """Decide about a connection's request."""

    def join(self, visit: Visit, line: Line) -> None:
        """Let a connection in that :meth:`ask` has admitted."""

    def say(self, visit: Visit, data: bytes) -> None:
        """Take one text message of a client."""

    def fidget(self, visit: Visit, frames: int) -> None:
        """Take frames of a client that are no message."""

    def ended(self, visit: Visit, reason: str) -> None:
        """Note why a connection is over, although it is not gone yet, and send it no more."""

    def leave(self, visit: Visit) -> None:
        """Forget a connection; to be called exactly once for each that has arrived."""


class Meter(Protocol):
    """Counts for whoever runs the server. Reasons and kinds are few and fixed; never anybody's content."""

    def message(self, kind: str) -> None:
        """A client's message was decoded."""

    def delivered(self, copies: int) -> None:
        """A published message went to so many clients."""

    def dropped(self, reason: str) -> None:
        """A message, or a subscription, had no effect."""

    def refused(self, reason: str) -> None:
        """A connection was refused before it was one."""

    def closed(self, reason: str) -> None:
        """A connection ended; ``client`` when that was the client's wish."""

    def relayed(self, direction: str) -> None:
        """A message went ``out`` to the relay, or came ``in`` from it."""

    def credentials(self) -> None:
        """Credentials for a TURN server were given out."""
