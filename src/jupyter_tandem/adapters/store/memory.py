"""A store that lives as long as the process: for tests, demonstrations and rooms without a file.

It keeps the same promises as a durable store except the survival of the process. Several
:class:`MemoryStore` over one :class:`MemoryDisk` are to each other what servers over one
database are, so a reopened store is a new one over the old disk.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from jupyter_tandem.adapters.store.fault import Faults
from jupyter_tandem.adapters.store.sequence import (
    check_covered,
    check_prunable,
    check_unbroken,
    continued,
    existing,
)
from jupyter_tandem.errors import LeaseLost
from jupyter_tandem.ports.store import Entry, FileBase, FileBases, Head, Holder, Replay, Snapshot
from jupyter_tandem.protocol.run import Run
from jupyter_tandem.types import DocumentId, LineageId

_NOT_HELD = -1
_NO_BASES = FileBases(None, None)


@dataclass(slots=True)
class _Document:
    lineage: LineageId
    last: int = 0
    entries: list[Entry] = field(default_factory=list)
    snapshots: dict[int, Snapshot] = field(default_factory=dict)
    bases: FileBases = field(default=_NO_BASES)


@dataclass(slots=True)
class MemoryDisk:
    """What several :class:`MemoryStore` share; opaque to everybody else."""

    documents: dict[DocumentId, _Document] = field(default_factory=dict)
    runs: dict[DocumentId, dict[int, Run]] = field(default_factory=dict)
    token: int = 0
    heartbeat: int = 0
    holder: Holder | None = None

    def last(self, document_id: DocumentId) -> int | None:
        """The end of a journal, ``None`` when there is none."""
        document = self.documents.get(document_id)
        return None if document is None else document.last

    def existing(self, document_id: DocumentId) -> _Document:
        """The document, which has to be there.

        Raises:
            SequenceConflict: there is no journal.
        """
        return existing(document_id, self.documents.get(document_id))


class MemoryLease:
    """:class:`~jupyter_tandem.ports.store.Lease` over a :class:`MemoryDisk`."""

    def __init__(
        self, disk: MemoryDisk, faults: Faults, ttl_s: float, monotonic: Callable[[], float]
    ) -> None:
        self._disk = disk
        self._faults = faults
        self._ttl_s = ttl_s
        self._monotonic = monotonic
        self._token = 0
        self._seen = (0, 0)
        self._since = monotonic()

    async def acquire(self, holder: Holder) -> Holder | None:
        """See the port."""
        await self._faults.strike("acquire")
        current = self._disk.holder
        if current is not None and self._token == self._disk.token:
            return None
        if current is not None and not self._expired():
            return current
        self._disk.token += 1
        self._disk.heartbeat = 0
        self._disk.holder = holder
        self._token = self._disk.token
        return None

    async def renew(self) -> None:
        """See the port."""
        await self._faults.strike("renew")
        if self._token <= 0:
            raise LeaseLost("This server does not hold the store; it has to acquire it first.")
        self.check()
        self._disk.heartbeat += 1

    async def release(self) -> None:
        """See the port."""
        await self._faults.strike("release")
        if self._token > 0 and self._token == self._disk.token:
            self._disk.holder = None
            self._token = _NOT_HELD

    def check(self) -> None:
        """Refuse to write for a store that does not hold the disk.

        Raises:
            LeaseLost: another store took it, or this one gave it back.
        """
        if self._token != self._disk.token:
            raise LeaseLost("Another server writes this store now; this one stopped writing.")

    def _expired(self) -> bool:
        seen = (self._disk.token, self._disk.heartbeat)
        if seen != self._seen:
            self._seen, self._since = seen, self._monotonic()
        return self._monotonic() - self._since >= self._ttl_s


class MemoryJournal:
    """:class:`~jupyter_tandem.ports.store.Journal` over a :class:`MemoryDisk`."""

    def __init__(self, disk: MemoryDisk, lease: MemoryLease, faults: Faults) -> None:
        self._disk = disk
        self._lease = lease
        self._faults = faults

    async def create(self, document_id: DocumentId, lineage: LineageId) -> Head:
        """See the port."""
        await self._write("create")
        self._disk.documents[document_id] = _Document(lineage)
        return Head(document_id, lineage, 0)

    async def head(self, document_id: DocumentId) -> Head | None:
        """See the port."""
        await self._faults.strike("head")
        return self._head(document_id)

    async def append(
        self, entries: Sequence[Entry], runs: Sequence[tuple[DocumentId, Run]] = ()
    ) -> None:
        """See the port."""
        await self._write("append")
        reached = continued(entries, self._disk.last)
        for document_id, run in runs:
            self._disk.runs.setdefault(document_id, {})[run.id] = run
        for entry in entries:
            self._disk.documents[entry.document_id].entries.append(entry)
        for document_id, last in reached.items():
            self._disk.documents[document_id].last = last

    def log_unsynced(self, entries: Sequence[Entry]) -> bool:  # noqa: ARG002
        """See the port: all of it goes with the process."""
        return False

    async def replay(self, document_id: DocumentId) -> Replay | None:
        """See the port."""
        await self._faults.strike("replay")
        head = self._head(document_id)
        if head is None:
            return None
        document = self._disk.documents[document_id]
        snapshot = document.snapshots[max(document.snapshots)] if document.snapshots else None
        after = 0 if snapshot is None else snapshot.sequence
        tail = [entry for entry in document.entries if entry.sequence > after]
        check_unbroken(document_id, tail, after=after)
        return Replay(head, snapshot, tail)

    async def history(
        self, document_id: DocumentId, *, after: int = 0, limit: int = 10_000
    ) -> Sequence[Entry]:
        """See the port."""
        await self._faults.strike("history")
        document = self._disk.documents.get(document_id)
        entries = [] if document is None else document.entries
        return [entry for entry in entries if entry.sequence > after][:limit]

    async def put_snapshot(self, document_id: DocumentId, snapshot: Snapshot) -> None:
        """See the port."""
        await self._write("put_snapshot")
        document = self._disk.existing(document_id)
        check_covered(document_id, snapshot.sequence, document.last)
        document.snapshots[snapshot.sequence] = snapshot

    async def prune(self, document_id: DocumentId, *, through: int) -> None:
        """See the port."""
        await self._write("prune")
        document = self._disk.existing(document_id)
        newest = max(document.snapshots, default=None)
        check_prunable(document_id, through, newest)
        document.entries = [entry for entry in document.entries if entry.sequence > through]
        document.snapshots = {
            sequence: kept for sequence, kept in document.snapshots.items() if sequence == newest
        }

    async def _write(self, operation: str) -> None:
        await self._faults.strike(operation)
        self._lease.check()

    def _head(self, document_id: DocumentId) -> Head | None:
        document = self._disk.documents.get(document_id)
        return None if document is None else Head(document_id, document.lineage, document.last)


class MemoryFileBaseStore:
    """:class:`~jupyter_tandem.ports.store.FileBaseStore` over a :class:`MemoryDisk`."""

    def __init__(self, disk: MemoryDisk, lease: MemoryLease, faults: Faults) -> None:
        self._disk = disk
        self._lease = lease
        self._faults = faults

    async def bases(self, document_id: DocumentId) -> FileBases:
        """See the port."""
        await self._faults.strike("bases")
        document = self._disk.documents.get(document_id)
        return _NO_BASES if document is None else document.bases

    async def intend(self, document_id: DocumentId, base: FileBase) -> None:
        """See the port."""
        document = await self._existing("intend", document_id)
        document.bases = FileBases(document.bases.common, base)

    async def settle(self, document_id: DocumentId, base: FileBase) -> None:
        """See the port."""
        document = await self._existing("settle", document_id)
        document.bases = FileBases(base, None)

    async def unsettled(self) -> Sequence[DocumentId]:
        """See the port."""
        await self._faults.strike("unsettled")
        return [
            document_id
            for document_id, document in self._disk.documents.items()
            if document.bases.intended is not None
            or document.last > (document.bases.common.sequence if document.bases.common else 0)
        ]

    async def _existing(self, operation: str, document_id: DocumentId) -> _Document:
        await self._faults.strike(operation)
        self._lease.check()
        return self._disk.existing(document_id)


class MemoryRunStore:
    """:class:`~jupyter_tandem.ports.runs.RunStore` over a :class:`MemoryDisk`."""

    def __init__(self, disk: MemoryDisk, lease: MemoryLease, faults: Faults) -> None:
        self._disk = disk
        self._lease = lease
        self._faults = faults

    async def load(self, document_id: DocumentId) -> Sequence[Run]:
        """See the port."""
        await self._faults.strike("load_runs")
        kept = self._disk.runs.get(document_id, {})
        return [kept[number] for number in sorted(kept)]

    async def write(
        self, document_id: DocumentId, changed: Sequence[Run], forgotten: Collection[int] = ()
    ) -> None:
        """See the port."""
        await self._faults.strike("write_runs")
        self._lease.check()
        kept = self._disk.runs.setdefault(document_id, {})
        kept.update((run.id, run) for run in changed)
        for number in forgotten:
            kept.pop(number, None)

    async def unfinished(self) -> Sequence[DocumentId]:
        """See the port."""
        await self._faults.strike("unfinished")
        return [
            document_id
            for document_id, kept in self._disk.runs.items()
            if any(not run.ended for run in kept.values())
        ]


class MemoryStore:
    """A store in memory, with faults that a test can order.

    Args:
        disk: What another store wrote; a new, empty one when left out.
        ttl_s: Seconds without a renewal after which a rival may take the store.
        monotonic: Seconds that never step back, as the lease measures them.
    """

    def __init__(
        self,
        disk: MemoryDisk | None = None,
        *,
        ttl_s: float = 15.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.disk = MemoryDisk() if disk is None else disk
        self.faults = Faults()
        self.lease = MemoryLease(self.disk, self.faults, ttl_s, monotonic)
        self.journal = MemoryJournal(self.disk, self.lease, self.faults)
        self.bases = MemoryFileBaseStore(self.disk, self.lease, self.faults)
        self.runs = MemoryRunStore(self.disk, self.lease, self.faults)

    async def close(self) -> None:
        """Release the lease; the disk stays as it is."""
        await self.lease.release()
