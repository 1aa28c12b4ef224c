"""When the next write of one document's file is due. At most one timer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from jupyter_tandem.engine.file_bridge_settings import SaveSettings
from jupyter_tandem.ports.clock import Clock


class SaveSchedule:
    """Counts from the first and the last unsaved edit, and backs off after failures."""

    def __init__(
        self,
        clock: Clock,
        settings: SaveSettings,
        on_due: Callable[[], None],
        patient: Callable[[], bool],
    ) -> None:
        """Call ``on_due`` whenever a write is due, as long as it is :attr:`enabled`.

        While ``patient()`` is true writes are the rarer the longer they take (FILE-32).
        """
        self._clock = clock
        self._settings = settings
        self._on_due = on_due
        self._patient = patient
        self._rested_at = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._since: float | None = None
        self._last = 0.0
        self._failures = 0
        self._not_before = 0.0
        self._retrying = False
        self._enabled = True
        self._cancelled = False

    @property
    def unsaved(self) -> bool:
        """Whether there are edits that no write has taken."""
        return self._since is not None

    @property
    def due(self) -> bool:
        """Whether a write, or another attempt after a failure, is due now."""
        return self._wanted and self._due_at() <= self._clock.monotonic()

    @property
    def enabled(self) -> bool:
        """Whether writes happen by themselves; edits are counted in any case."""
        return self._enabled

    @enabled.setter
    def enabled(self, enabled: bool) -> None:
        self._enabled = enabled
        self._arm()

    def changed(self) -> None:
        """There is another unsaved edit."""
        self._last = self._clock.monotonic()
        if self._since is None:
            self._since = self._last
        self._arm()

    def take(self) -> float | None:
        """A write takes all unsaved edits; the answer is for :meth:`give_back`."""
        since, self._since = self._since, None
        return since

    def give_back(self, since: float | None) -> None:
        """The write came to nothing: its edits are unsaved again."""
        if since is not None:
            self._since = since
            self._arm()

    def took(self, write_s: float) -> None:
        """A write has ended; whoever is patient waits for the next one in proportion."""
        rest_s = min(self._settings.rest_times * write_s, self._settings.rest_s)
        self._rested_at = self._clock.monotonic() + rest_s

    def succeeded(self) -> None:
        """Nothing is in the way of writing."""
        self._failures = 0
        self._not_before = 0.0
        self._retrying = False

    def failed(self) -> None:
        """Try again by itself, after a longer wait than last time."""
        waits = self._settings.retry_s
        wait_s = waits[min(self._failures, len(waits) - 1)]
        self._failures += 1
        self._not_before = self._clock.monotonic() + wait_s
        self._retrying = True
        self._arm()

    def cancel(self) -> None:
        """Never call again."""
        self._cancelled = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    @property
    def _wanted(self) -> bool:
        return not self._cancelled and (self._retrying or (self._enabled and self.unsaved))

    def _due_at(self) -> float:
        if self._since is None:
            return self._not_before
        since = self._since
        wanted = min(self._last + self._settings.quiet_s, since + self._settings.latest_s)
        rested_at = self._rested_at if self._patient() else 0.0
        return max(wanted, self._not_before, rested_at)

    def _arm(self) -> None:
        if self._timer is None and self._wanted:
            wait_s = max(0.0, self._due_at() - self._clock.monotonic())
            if self._patient():
                # Nobody says when the patience ends.
                wait_s = min(wait_s, self._settings.quiet_s)
            self._timer = asyncio.get_running_loop().call_later(wait_s, self._ring)

    def _ring(self) -> None:
        self._timer = None
        if self.due:
            self._on_due()
        else:
            self._arm()
