"""Slows down guessing, and whatever else may happen now and then only: what is counted leaks away at a steady rate."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Final

REMEMBERED: Final = 10_000
"""Keys whose failures are kept; the one longest without any is forgotten first."""


class Throttle:
    """Counts failed tries; successful ones cost nothing, so a lecture hall behind one address gets in."""

    def __init__(self, burst: int, per_s: float) -> None:
        """Forgive ``burst`` failures at once and ``per_s`` in the long run."""
        self._burst = burst
        self._per_s = per_s
        self._debts: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()

    def blocked(self, key: Hashable, now: float) -> bool:
        """Whether ``key`` must wait at ``now`` (monotonic seconds)."""
        return self._debt(key, now) > self._burst - 1

    def fail(self, key: Hashable, now: float) -> None:
        """Count one failure."""
        self._debts[key] = (self._debt(key, now) + 1, now)
        self._debts.move_to_end(key)
        while len(self._debts) > REMEMBERED:
            self._debts.popitem(last=False)

    def _debt(self, key: Hashable, now: float) -> float:
        debt, at = self._debts.get(key, (0.0, now))
        return max(0.0, debt - max(0.0, now - at) * self._per_s)
