"""Whose connection is whose, and who has to wait outside."""

from __future__ import annotations

import logging

from jupyter_tandem.core.access import Strikes
from jupyter_tandem.errors import Blocked
from jupyter_tandem.ports.channel import Channel
from jupyter_tandem.ports.clock import Clock
from jupyter_tandem.ports.reception import Visitor

_log = logging.getLogger(__name__)


class Guestbook:
    """Finds the visitor behind a channel and counts their broken frames (ACCESS-8)."""

    def __init__(self, clock: Clock) -> None:
        """Nobody is here."""
        self._clock = clock
        self._strikes = Strikes()
        self._visitors: dict[Channel, Visitor] = {}

    def admit(self, channel: Channel, visitor: Visitor) -> None:
        """Remember who is behind ``channel``."""
        self._visitors[channel] = visitor

    def dismiss(self, channel: Channel) -> None:
        """The connection has ended."""
        self._visitors.pop(channel, None)

    def refuse_blocked(self, visitor: Visitor) -> None:
        """Do nothing, unless the visitor must wait.

        Raises:
            Blocked: they sent broken frames too often.
        """
        if self._strikes.blocked(_key(visitor), self._clock.monotonic()):
            raise Blocked("Too many broken frames came from here; wait five minutes.")

    def struck(self, channel: Channel) -> None:
        """A room says that something broken came through ``channel``."""
        visitor = self._visitors.get(channel)
        if visitor is not None:
            self.strike(visitor)

    def strike(self, visitor: Visitor) -> None:
        """Count something broken that ``visitor`` sent."""
        if self._strikes.strike(_key(visitor), self._clock.monotonic()):
            _log.warning("Blocked %r at %s for broken frames", visitor.user.username, visitor.peer)


def _key(visitor: Visitor) -> tuple[str, str]:
    return (visitor.user.username, visitor.peer)
