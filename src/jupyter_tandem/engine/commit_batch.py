"""What goes into one append to the journal, and who is told of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Protocol

from jupyter_tandem.errors import LeaseLost
from jupyter_tandem.ports.store import Entry
from jupyter_tandem.protocol.run import Run
from jupyter_tandem.types import DocumentId


class Committed(Protocol):
    """A room, as the committer sees it."""

    def entries_durable(self, sequence: int) -> None:
        """Everything up to ``sequence`` is durable."""

    def journal_failed(self, reason: str) -> None:
        """Nothing can be made durable now; will be retried."""


@dataclass(slots=True)
class Batch:
    """Entries in order, runs that become durable with them, and those who wait for both.

    Attributes:
        urgent: Whether somebody waits for it.
        logged: Whether all of its entries outlive the process already.
    """

    entries: list[Entry] = field(default_factory=list)
    rooms: dict[DocumentId, Committed] = field(default_factory=dict)
    runs: list[tuple[DocumentId, Run]] = field(default_factory=list)
    waiters: list[tuple[DocumentId, asyncio.Future[None]]] = field(default_factory=list)
    urgent: bool = False
    logged: bool = True

    def __bool__(self) -> bool:
        return bool(self.entries or self.waiters)

    @property
    def size_bytes(self) -> int:
        """Of its updates."""
        return sum(len(entry.update) for entry in self.entries)

    def extend(self, later: Batch) -> None:
        """Add what comes behind it."""
        self.entries += later.entries
        self.rooms.update(later.rooms)
        self.runs += later.runs
        self.waiters += later.waiters
        self.urgent |= later.urgent
        self.logged &= later.logged

    def report(self, reason: str) -> None:
        """Tell its rooms that nothing can be made durable now."""
        for room in self.rooms.values():
            room.journal_failed(reason)

    def refuse(self, reason: str) -> None:
        """Tell those who wait that it will not be written here."""
        for _, waiter in self.waiters:
            if not waiter.done():
                waiter.set_exception(LeaseLost(reason))
