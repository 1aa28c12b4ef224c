"""Time and randomness, as the engine asks for them."""

from __future__ import annotations

from typing import Protocol


class Clock(Protocol):
    """Two clocks: one to measure, one to tell people."""

    def monotonic(self) -> float:
        """Seconds that never step back; for delays and deadlines."""

    def wall(self) -> float:
        """Unix seconds; for display and for expiry dates, never for order."""


class Entropy(Protocol):
    """Unpredictable names."""

    def token(self) -> str:
        """A URL-safe random string of at least 128 bits."""

    def client_id(self) -> int:
        """A random Yjs client id, below 2**32 as Yjs itself takes them."""
