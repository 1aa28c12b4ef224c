"""The disk of a simulation: slow, at times full, and after a crash it holds what was synced, nothing else."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from jupyter_tandem.adapters.store.fault import Faults
from jupyter_tandem.adapters.store.memory import (
    MemoryDisk,
    MemoryFileBaseStore,
    MemoryJournal,
    MemoryLease,
    MemoryRunStore,
    MemoryStore,
)
from jupyter_tandem.ports.store import Entry
from jupyter_tandem.protocol.run import Run
from jupyter_tandem.types import DocumentId

_QUICK_S: Final = 0.002
_SLOW_S: Final = 0.3
"""A disk that syncs for others now and then keeps one waiting for about so long."""


@dataclass(slots=True)
class Unsynced:
    """What a process wrote down without waiting for the disk: it stays when the process is killed.

    Attributes:
        kept: Whether anything is written down at all; not every store can.
        entries: Each with the journal it belongs to.
    """

    kept: bool
    entries: list[tuple[object, Entry]] = field(default_factory=list)


class _SlowFaults(Faults):
    """Every operation takes its time before anything is done."""

    def __init__(self, pause: Callable[[], float]) -> None:
        super().__init__()
        self._pause = pause

    async def strike(self, operation: str) -> None:
        await asyncio.sleep(self._pause())
        await super().strike(operation)


class _SlowJournal(MemoryJournal):
    """Tells a witness what has become durable, and returns only later: a crash may come in between."""

    def __init__(
        self,
        disk: MemoryDisk,
        lease: MemoryLease,
        faults: Faults,
        pause: Callable[[], float],
        witness: Callable[[Sequence[Entry]], None],
        unsynced: Unsynced,
    ) -> None:
        super().__init__(disk, lease, faults)
        self._pause = pause
        self._witness = witness
        self._unsynced = unsynced

    def put_back(self) -> None:
        """Append what the process before was killed with, and begin anew."""
        for journal, entry in self._unsynced.entries:
            document = self._disk.documents.get(entry.document_id)
            if document is None or document is not journal:
                continue
            if document.last + 1 == entry.sequence:
                document.entries.append(entry)
                document.last += 1
                self._witness([entry])
        self._unsynced.entries.clear()

    def log_unsynced(self, entries: Sequence[Entry]) -> bool:
        """See the port."""
        if not self._unsynced.kept:
            return False
        for entry in entries:
            self._unsynced.entries.append((self._disk.documents[entry.document_id], entry))
        return True

    async def append(
        self, entries: Sequence[Entry], runs: Sequence[tuple[DocumentId, Run]] = ()
    ) -> None:
        await super().append(entries, runs)
        self._witness(entries)
        self._unsynced.entries = [
            (journal, entry)
            for journal, entry in self._unsynced.entries
            if (self._disk.last(entry.document_id) or 0) < entry.sequence
        ]
        await asyncio.sleep(self._pause())


class SimulatedStore(MemoryStore):
    """A :class:`~jupyter_tandem.adapters.store.memory.MemoryStore` whose operations take virtual time.

    The process that uses it may be killed before or after an append took effect; the disk keeps exactly the
    appends that took effect.
    """

    def __init__(
        self,
        disk: MemoryDisk,
        chance: random.Random,
        witness: Callable[[Sequence[Entry]], None],
        unsynced: Unsynced,
    ) -> None:
        """A store over ``disk`` and ``unsynced``; ``witness`` is told of entries at the moment they are durable."""
        loop = asyncio.get_running_loop()

        def pause() -> float:
            return chance.uniform(0, _SLOW_S if chance.random() < 0.1 else _QUICK_S)

        super().__init__(disk, ttl_s=0.0, monotonic=loop.time)
        self.faults = _SlowFaults(pause)
        self.lease = MemoryLease(disk, self.faults, 0.0, loop.time)
        journal = _SlowJournal(disk, self.lease, self.faults, pause, witness, unsynced)
        journal.put_back()
        self.journal = journal
        self.bases = MemoryFileBaseStore(disk, self.lease, self.faults)
        self.runs = MemoryRunStore(disk, self.lease, self.faults)
