"""Tells the administrator which servers are not let in, without letting strangers fill the log."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Final

_log = logging.getLogger(__name__)

AGAIN_S: Final = 600.0
"""A server that is not let in comes again every few seconds, as long as it runs."""

MOST: Final = 100
"""Lines in that time; whoever has no token at all can ask as often as they like."""


class RefusalLog:
    """One line for one server and one reason, in ten minutes."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Nobody was refused yet."""
        self._monotonic = monotonic
        self._told: set[tuple[str, str]] = set()
        self._since = monotonic()

    def refused(self, whose: str, address: str, message: str) -> None:
        """A server was not let in.

        Args:
            whose: Its person, as far as the Hub knows them.
            address: Where it asks from.
            message: What it was told.
        """
        now = self._monotonic()
        if now - self._since >= AGAIN_S:
            self._told.clear()
            self._since = now
        line = f"A server of {whose!r}" if whose else "A server of somebody unknown"
        key = (line if whose else address, message)
        if key not in self._told and len(self._told) < MOST:
            self._told.add(key)
            _log.warning("%s at %s is not let in: %s", line, address, message)
