"""Rates as token buckets."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rate:
    """How much may happen.

    Attributes:
        per_s: In the long run, per second.
        burst: At once, after a rest.
    """

    per_s: float
    burst: float


class TokenBucket:
    """How much of a rate is left. Starts full; time is passed in and may not step back."""

    __slots__ = ("_at", "_left", "_rate")

    def __init__(self, rate: Rate, now: float) -> None:
        self._rate = rate
        self._left = rate.burst
        self._at = now

    def take(self, now: float, amount: float = 1.0) -> bool:
        """Take ``amount`` if that much is left; otherwise leave all of it and return False."""
        self._refill(now)
        if amount > self._left:
            return False
        self._left -= amount
        return True

    def is_full(self, now: float) -> bool:
        """Return whether nothing was taken for so long that a new bucket would be the same."""
        self._refill(now)
        return self._left >= self._rate.burst

    def _refill(self, now: float) -> None:
        passed_s = max(0.0, now - self._at)
        self._left = min(self._rate.burst, self._left + passed_s * self._rate.per_s)
        self._at = max(self._at, now)
