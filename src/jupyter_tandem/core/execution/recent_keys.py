"""Keys of commands that leave no runs by which they would be recognised (RUN-5)."""

from __future__ import annotations

from typing import Final

KEPT_S: Final = 60.0
"""How long a key is recognised: front ends send a command again for half a minute."""

MOST: Final = 1_000
"""Keys that are remembered at a time; the oldest go first."""


class RecentKeys:
    """Whose commands came a moment ago. Times are seconds that never step back."""

    def __init__(self) -> None:
        """None came."""
        self._came_at: dict[tuple[str, str], float] = {}

    def note(self, key: str, username: str, now: float) -> None:
        """This person's command with ``key`` has been carried out."""
        if not key:
            return
        self._came_at.pop((username, key), None)
        self._came_at[username, key] = now
        oldest = next(iter(self._came_at))
        while len(self._came_at) > MOST or now - self._came_at[oldest] > KEPT_S:
            del self._came_at[oldest]
            oldest = next(iter(self._came_at))

    def knows(self, key: str, username: str, now: float) -> bool:
        """Whether that was so within the last minute."""
        came_at = self._came_at.get((username, key))
        return came_at is not None and now - came_at <= KEPT_S
