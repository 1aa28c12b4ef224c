"""What the engine needs from durable storage: a journal per document, the last common file version, one lease.

Order is by sequence number only. Wall-clock times are stored for people and never decide anything.
"""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from jupyter_tandem.ports.runs import RunStore
from jupyter_tandem.protocol.run import Run
from jupyter_tandem.types import DocumentId, LineageId


class Entry(NamedTuple):
    """One update in a document's journal. Made for every keystroke, so it is a tuple.

    Attributes:
        document_id: Whose journal.
        sequence: 1, 2, 3 … without gaps within a document.
        author: ``username`` of the authenticated session, or ``""`` for the server itself.
        at: Unix seconds when the server took it; for display only.
        cause: Why: ``edit``, ``file`` (merged from disk), ``merge`` (a fork or another lineage), ``restore``,
            ``run``, ``seed`` (first content; of a document whose file is here, what was in it), ``state`` (what the room says about the file, and where big outputs are; no content).
        update: A Yjs update (v1 encoding).
    """

    document_id: DocumentId
    sequence: int
    author: str
    at: float
    cause: str
    update: bytes


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A document's full state (a Yjs update) that covers the journal up to and including ``sequence``."""

    sequence: int
    state: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """Where a document's journal stands.

    Attributes:
        document_id: Whose journal.
        lineage: The history all its updates belong to.
        sequence: The last durable sequence number; 0 when there is none.
    """

    document_id: DocumentId
    lineage: LineageId
    sequence: int


@dataclass(frozen=True, slots=True)
class Replay:
    """All that is needed to rebuild a document: snapshot first, then the entries after it, in order."""

    head: Head
    snapshot: Snapshot | None
    tail: Sequence[Entry]


class Journal(Protocol):
    """The durable log of updates. One server writes it at a time (see :class:`Lease`)."""

    async def create(self, document_id: DocumentId, lineage: LineageId) -> Head:
        """Begin an empty journal; durable on return.

        An existing journal of this id is replaced whole (new lineage: entries, snapshots and file bases of the
        old one are gone).

        Raises:
            StoreUnavailable: nothing was changed. LeaseLost: another server holds the store.
        """

    async def head(self, document_id: DocumentId) -> Head | None:
        """The head, or ``None`` when there is no journal. Cheap: reads no update.

        Raises:
            StoreUnavailable: the store cannot be read.
        """

    def append(
        self, entries: Sequence[Entry], runs: Sequence[tuple[DocumentId, Run]] = ()
    ) -> Awaitable[object]:
        """Append entries of any documents; **durable (fsync) when what is returned is done**, all or none.

        No coroutine function: a store may begin at once, which saves whoever waits a turn of the loop.

        Entries of one document continue its sequence in the order given. The engine keeps at most one
        append in flight; that is its group commit.

        Args:
            entries: What is appended.
            runs: Become durable with the entries, as :meth:`.runs.RunStore.write` would make them:
                what a run left in the document and how it ended are one fact.

        Raises:
            SequenceConflict: a sequence does not continue its document's; nothing was written.
            StoreUnavailable: nothing was written; may be retried with the same entries.
            LeaseLost: another server holds the store; nothing was written.
        """

    def log_unsynced(self, entries: Sequence[Entry]) -> bool:
        """Put entries that will be appended soon where the end of this process does not reach them, without waiting.

        Not durable: a power failure takes them. Whoever takes the lease after this process was killed finds
        those in the journal that continue it.

        Returns:
            Whether all of them are there. ``False`` is no failure; a store may never do it.
        """

    async def replay(self, document_id: DocumentId) -> Replay | None:
        """What rebuilds the document, every row checked; ``None`` when there is no journal.

        Raises:
            StoreCorrupt: a row fails its checksum or the sequence has a gap.
            StoreUnavailable: the store cannot be read.
        """

    async def history(
        self, document_id: DocumentId, *, after: int = 0, limit: int = 10_000
    ) -> Sequence[Entry]:
        """Entries still kept with a sequence above ``after``, oldest first, also those a snapshot covers."""

    async def put_snapshot(self, document_id: DocumentId, snapshot: Snapshot) -> None:
        """Store a snapshot beside the entries; deletes nothing; durable on return.

        Raises:
            SequenceConflict: ``snapshot.sequence`` is beyond the head. StoreUnavailable, LeaseLost as above.
        """

    async def prune(self, document_id: DocumentId, *, through: int) -> None:
        """Delete entries with a sequence up to ``through`` and snapshots older than the newest one.

        Call it only after the snapshot was read back and proven equal to what it replaces.

        Raises:
            SequenceConflict: the newest snapshot does not cover ``through``; nothing was deleted.
        """


@dataclass(frozen=True, slots=True)
class FileBase:
    """The last version of the file that journal and disk had in common.

    Attributes:
        digest: Content digest (:func:`jupyter_tandem.core.content.digest`), independent of file formatting.
        content: What three-way merging needs of it, encoded by :mod:`jupyter_tandem.core.content`.
        sequence: The journal's sequence the file was written from.
        file_hash: sha256 of the file's bytes as the Contents API reports it, or ``""``.
    """

    digest: str
    content: bytes
    sequence: int
    file_hash: str


@dataclass(frozen=True, slots=True)
class FileBases:
    """Both versions a file may be found at after a crash: the common one, and one whose write was begun."""

    common: FileBase | None
    intended: FileBase | None


class FileBaseStore(Protocol):
    """Remembers the file version that journal and disk have in common. Durable on return."""

    async def bases(self, document_id: DocumentId) -> FileBases:
        """Both remembered versions."""

    async def intend(self, document_id: DocumentId, base: FileBase) -> None:
        """Remember, before the file is written, what is about to be written."""

    async def settle(self, document_id: DocumentId, base: FileBase) -> None:
        """Remember ``base`` as the common version and forget the intended one."""

    async def unsettled(self) -> Sequence[DocumentId]:
        """Documents whose journal is ahead of their file, or whose file was being written: what a server
        that starts after a crash must bring up to date.
        """


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a store, for the sentence shown to the person who finds it taken.

    Attributes:
        server: A name for the process, unique per start.
        url: Where it can be reached, or ``""``.
        pid: Its process id on ``host``.
        host: Its machine's name.
    """

    server: str
    url: str
    pid: int
    host: str


class Lease(Protocol):
    """The right to write a store, with a fencing token that every write is checked against."""

    async def acquire(self, holder: Holder) -> Holder | None:
        """Take the store, or return who holds it.

        A holder whose process has ended (on the same machine) loses it at once; one that has not renewed for
        ``ttl_s`` (measured by the challenger's own monotonic clock) loses it then and its writes are fenced off.

        Returns:
            ``None`` when this process holds it now, else the live holder.

        Raises:
            StoreUnavailable: nobody can say, or it cannot be had now; to be asked again.
        """

    async def renew(self) -> None:
        """Say that the holder is alive.

        Raises:
            LeaseLost: somebody else took it. StoreUnavailable: it could not be said; to be said again.
        """

    async def release(self) -> None:
        """Give it back. Does nothing when not held."""


class Store(Protocol):
    """The four promises of one store, and its end."""

    @property
    def journal(self) -> Journal:
        """The log of updates."""

    @property
    def bases(self) -> FileBaseStore:
        """The remembered file versions."""

    @property
    def runs(self) -> RunStore:
        """The remembered runs of cells."""

    @property
    def lease(self) -> Lease:
        """The right to write."""

    async def close(self) -> None:
        """Finish what was begun, release the lease, let go of every file. May be called twice."""
