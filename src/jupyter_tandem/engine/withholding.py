"""Keeps back what people are sent, behind a merge that would be made anew if this server ended now (ROOM-46)."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final

from jupyter_tandem.ports.store import Entry

FILE: Final = "file"
"""Cause of what another program changed in the file."""

MERGE: Final = "merge"
"""Cause of what was brought in from another history."""

MERGES: Final = frozenset({FILE, MERGE})
"""Causes of entries that are made from something outside the document, which is still there after a crash: whoever
continues merges it again, as other edits. With the first ones brought back by somebody who saw them it is there twice."""

WITHHELD_S: Final = 1.0
"""A journal that cannot write keeps people apart for no longer."""


class Withholding:
    """What is to be sent, in order, until it may be.

    Attributes:
        active: Whether anything is kept back; whatever else is sent must then wait as well.
    """

    def __init__(self, wrote: Callable[[Sequence[bytes]], None], *, lasting: bool) -> None:
        """Keep nothing back; call ``wrote`` with the updates that were, once they have been sent.

        What is not ``lasting`` ends with the process whatever happens, and nobody continues it.
        """
        self.active = False
        self._lasting = lasting
        self._wrote = wrote
        self._loop = asyncio.get_running_loop()
        self._sends: deque[tuple[Callable[..., None], tuple[Any, ...]]] = deque()
        self._updates: list[bytes] = []
        self._until = 0
        self._timer: asyncio.TimerHandle | None = None

    def entries(self, entries: Sequence[Entry], *, logged: bool) -> bool:
        """These are about to be sent; whether they wait for the journal."""
        waits = self._lasting and not logged
        merged = waits and any(entry.cause in MERGES for entry in entries)
        if merged:
            self._until = entries[-1].sequence
            if not self.active:
                self.active = True
                self._timer = self._loop.call_later(WITHHELD_S, self.release)
        if self.active:
            self._updates.extend(entry.update for entry in entries)
        return merged

    def add(self, send: Callable[..., None], *arguments: Any) -> None:
        """Call ``send`` when its time has come."""
        self._sends.append((send, arguments))

    def durable(self, sequence: int) -> None:
        """Everything up to ``sequence`` is: it outlives this server."""
        if self.active and sequence >= self._until:
            self.release()

    def release(self) -> None:
        """Send everything; what that leads to goes behind it."""
        self._cancel()
        try:
            while self._sends:
                send, arguments = self._sends.popleft()
                send(*arguments)
        finally:
            if self._sends:
                # What one of them raises does not keep the others.
                self._timer = self._loop.call_later(0, self.release)
            else:
                self.active = False
                updates, self._updates = self._updates, []
                self._wrote(updates)

    def close(self) -> None:
        """Send nothing any more."""
        self._cancel()
        self._sends.clear()

    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
