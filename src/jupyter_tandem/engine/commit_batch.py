"""What goes into one append to the journal, and who is told of it."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
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

    def part(self, documents: Collection[DocumentId]) -> Batch:
        """Take out what belongs to ``documents``."""
        taken = Batch(urgent=self.urgent, logged=self.logged)
        taken.entries = [entry for entry in self.entries if entry.document_id in documents]
        taken.rooms = {name: room for name, room in self.rooms.items() if name in documents}
        taken.runs = [pair for pair in self.runs if pair[0] in documents]
        taken.waiters = [pair for pair in self.waiters if pair[0] in documents]
        if taken:
            self.entries = [entry for entry in self.entries if entry.document_id not in documents]
            self.rooms = {name: room for name, room in self.rooms.items() if name not in documents}
            self.runs = [pair for pair in self.runs if pair[0] not in documents]
            self.waiters = [pair for pair in self.waiters if pair[0] not in documents]
        return taken

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
