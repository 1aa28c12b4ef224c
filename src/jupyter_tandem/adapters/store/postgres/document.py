"""Rows of ``journal_documents``: which journals there are and where they end."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from jupyter_tandem.adapters.store.checksum import (
    chunk_checksum,
    document_checksum,
    document_seed,
    fits,
)
from jupyter_tandem.adapters.store.chunk import Chunk
from jupyter_tandem.adapters.store.postgres.database import Connection
from jupyter_tandem.errors import SequenceConflict, StoreCorrupt
from jupyter_tandem.ports.store import Head
from jupyter_tandem.types import DocumentId, LineageId

_log = logging.getLogger(__name__)

_REMEMBERED: Final = 10_000
"""Documents whose standing is kept in memory: about 3 MB; the others cost a look-up."""

_COLUMNS: Final = "id, key, lineage, epoch, begun, checksum, sequence, pruned"


@dataclass(frozen=True, slots=True)
class Standing:
    """A row of ``journal_documents``.

    Attributes:
        head: As the port tells it.
        key: The document's number in this database; never used again for another lineage.
        begun_ms: Unix milliseconds of the journal's beginning; entry times are relative to it.
        seed: What the checksums of its rows start from.
        pruned: Entries up to this sequence may be gone; those after it may not.
        chunk: The last one as it was committed, to be added to; ``None`` when that is not known, and the next
            entry begins another one.
    """

    head: Head
    key: int
    begun_ms: int
    seed: int
    pruned: int = 0
    chunk: Chunk | None = None


def read_standing(connection: Connection, document_id: DocumentId) -> Standing | None:
    """Where a journal stands, ``None`` when there is none.

    Raises:
        StoreCorrupt: its record fails its checksum.
    """
    records = _records(connection, [document_id])
    return _standing(*records[0]) if records else None


def _records(connection: Connection, document_ids: Sequence[DocumentId]) -> list[tuple[Any, ...]]:
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM journal_documents WHERE id = ANY(%s)",  # noqa: S608 - a constant
        (list(document_ids),),
    )
    return rows.fetchall()


def _standing(
    document_id: DocumentId,
    key: int,
    lineage: str,
    epoch: int,
    begun_ms: int,
    checksum: int,
    sequence: int,
    pruned: int,
) -> Standing:
    seed = document_seed(document_id, lineage, epoch)
    if not fits(checksum, lambda: document_checksum(seed, key, begun_ms)):
        raise StoreCorrupt(f"The record of document {document_id} is damaged; put back a backup.")
    head = Head(document_id, LineageId(lineage), sequence)
    return Standing(head, key, begun_ms, seed, pruned)


def create_document(
    connection: Connection, document_id: DocumentId, lineage: LineageId, begun_ms: int
) -> Standing:
    """Begin a journal under a new key; what an older one had goes with it."""
    old = connection.execute(
        "DELETE FROM journal_documents WHERE id = %s RETURNING epoch", (document_id,)
    ).fetchone()
    epoch = 0 if old is None else old[0] + 1
    key = next_key(connection, "journal_documents")
    seed = document_seed(document_id, lineage, epoch)
    connection.execute(
        f"INSERT INTO journal_documents ({_COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s, 0, 0)",  # noqa: S608 - a constant
        (document_id, key, lineage, epoch, begun_ms, document_checksum(seed, key, begun_ms)),
    )
    return Standing(Head(document_id, lineage, 0), key, begun_ms, seed)


def next_key(connection: Connection, table: str) -> int:
    """A number that no row of ``table`` has had."""
    row: tuple[Any, ...] | None = connection.execute(
        "SELECT nextval(pg_get_serial_sequence(%s, 'key'))", (table,)
    ).fetchone()
    return int(row[0]) if row is not None else 0


class Ledger:
    """What the one writer knows of the journals: only what a commit has confirmed.

    It saves look-ups, and it is the memory that a database is held against after its connection was
    lost. Used on the writer's thread alone.
    """

    def __init__(self) -> None:
        self._standings: dict[DocumentId, Standing] = {}

    def standing(self, connection: Connection, document_id: DocumentId) -> Standing | None:
        """Where a journal stands; read once, then remembered."""
        standing = self._standings.get(document_id)
        if standing is None:
            standing = read_standing(connection, document_id)
            if standing is not None:
                self.note(standing)
        return standing

    def note(self, standing: Standing) -> None:
        """Remember a committed standing."""
        self._standings.pop(standing.head.document_id, None)
        self._standings[standing.head.document_id] = standing
        if len(self._standings) > _REMEMBERED:
            del self._standings[next(iter(self._standings))]

    def advance(self, standing: Standing, sequence: int, chunk: Chunk) -> None:
        """Remember that a journal's entries up to ``sequence`` are durable, the last of them in ``chunk``."""
        # A notebook's first content would stay in memory with it.
        chunk.fresh = b""
        self.note(replace(standing, head=replace(standing.head, sequence=sequence), chunk=chunk))

    def close_chunk(self, document_id: DocumentId) -> None:
        """Let the next entry begin a chunk: the last one is not what it was."""
        standing = self._standings.get(document_id)
        if standing is not None:
            self._standings[document_id] = replace(standing, chunk=None)

    def forget(self) -> None:
        """Know nothing: somebody else may have written."""
        self._standings.clear()

    def verify(self, connection: Connection) -> list[Standing]:
        """Hold a database that was reached again against what was acknowledged, in a writing transaction.

        Entries beyond the acknowledged end belong to a commit that was reported as failed though
        it took place; they are deleted, so that *failed* means *not written*. A journal whose record
        is damaged is forgotten: it is refused by itself, and the others go on.

        Returns:
            What to :meth:`note` when that is committed.

        Raises:
            SequenceConflict: acknowledged entries are missing, as after a failover to a server that did not
                have them: everything has to be read anew, and those who have them bring them again. Until
                :meth:`forget` this is raised again.
        """
        records = _records(connection, list(self._standings))
        found = {record[0]: self._intact(record) for record in records}
        return [
            self._verified(connection, known, found.get(document_id))
            for document_id, known in list(self._standings.items())
        ]

    def _intact(self, record: tuple[Any, ...]) -> Standing | None:
        try:
            return _standing(*record)
        except StoreCorrupt as error:
            _log.error("%s", error)
            del self._standings[record[0]]
            return None

    def _verified(self, connection: Connection, known: Standing, now: Standing | None) -> Standing:
        if now is not None and now.key > known.key:
            return now
        if now is None or now.head.sequence < known.head.sequence:
            _log.error(
                "The database lacks edits of document %s that it had acknowledged.",
                known.head.document_id,
            )
            raise SequenceConflict(
                "The database came back without edits that it had acknowledged; documents are read anew."
            )
        if now.head.sequence > known.head.sequence:
            _cut(connection, known)
        return replace(known, chunk=None)


def _cut(connection: Connection, known: Standing) -> None:
    """Delete the entries after those that are known."""
    end, chunk = known.head.sequence, known.chunk
    connection.execute(
        "DELETE FROM journal_chunks WHERE document = %s AND first > %s", (known.key, end)
    )
    if chunk is not None:
        connection.execute(
            "UPDATE journal_chunks SET count = %s, checksum = %s, bytes = substr(bytes, 1, %s) "
            "WHERE document = %s AND first = %s",
            (
                chunk.count,
                chunk_checksum(chunk.crc, chunk.count),
                chunk.size_bytes,
                known.key,
                chunk.first,
            ),
        )
    connection.execute(
        "UPDATE journal_documents SET sequence = %s WHERE key = %s", (end, known.key)
    )


def ends(moved: Iterable[tuple[Standing, int]]) -> list[tuple[int, int, int]]:
    """What :data:`MOVE_HEAD` takes: new end, key, end before."""
    return [(sequence, standing.key, standing.head.sequence) for standing, sequence in moved]


MOVE_HEAD: Final = "UPDATE journal_documents SET sequence = %s WHERE key = %s AND sequence = %s"
"""Records where a journal ends; changes no row when it did not end where it was thought to."""
