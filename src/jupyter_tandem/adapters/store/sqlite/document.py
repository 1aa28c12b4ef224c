"""Rows of ``documents`` and where their journals stand: what the writer remembers, and proves again."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import NamedTuple

from jupyter_tandem.adapters.store.checksum import (
    chunk_checksum,
    document_checksum,
    document_seed,
    fits,
)
from jupyter_tandem.adapters.store.chunk import Chunk
from jupyter_tandem.adapters.store.sqlite.schema import number, place
from jupyter_tandem.errors import StoreCorrupt
from jupyter_tandem.ports.store import Head
from jupyter_tandem.types import DocumentId, LineageId

_REMEMBERED = 10_000
"""Documents whose standing is kept in memory: about 3 MB; the others cost two look-ups."""


class Standing(NamedTuple):
    """A row of ``documents`` and the end of its journal.

    Attributes:
        head: As the port tells it.
        key: The document's number in this database; never used again for another lineage.
        epoch: How many journals this document id has had before.
        begun_ms: Unix milliseconds of the journal's beginning; entry times are relative to it.
        seed: What the checksums of its rows start from.
        pruned: Entries up to this sequence may be gone; those after it may not.
        chunk: The last one as it was committed, to be added to; ``None`` when that is not known, and the next
            entry begins another one.
    """

    head: Head
    key: int
    epoch: int
    begun_ms: int
    seed: int
    pruned: int = 0
    chunk: Chunk | None = None


def read_standing(connection: sqlite3.Connection, document_id: DocumentId) -> Standing | None:
    """Where a journal stands, ``None`` when there is none.

    Raises:
        StoreCorrupt: its record fails its checksum, or rows at the journal's end are missing.
    """
    row = connection.execute(
        "SELECT key, lineage, epoch, begun, checksum, sequence, pruned "
        "FROM documents LEFT JOIN heads ON heads.document = documents.key WHERE id = ?",
        (document_id,),
    ).fetchone()
    if row is None:
        _check_absent(connection, document_id)
        return None
    key, lineage, epoch, begun_ms, checksum, sequence, pruned = row
    if not fits(
        checksum,
        lambda: document_checksum(document_seed(document_id, lineage, epoch), key, begun_ms),
    ):
        raise _damaged(document_id)
    # The end is kept twice, since nothing else would tell that the last rows are gone.
    if sequence != _last_sequence(connection, key) or not isinstance(pruned, int):
        raise _damaged(document_id)
    head = Head(document_id, LineageId(lineage), sequence)
    seed = document_seed(document_id, lineage, epoch)
    return Standing(head, key, epoch, begun_ms, seed, pruned)


def _check_absent(connection: sqlite3.Connection, document_id: DocumentId) -> None:
    # A damaged index must not let a document look new: it would be created over.
    hidden = connection.execute(
        "SELECT 1 FROM documents NOT INDEXED WHERE id = ?", (document_id,)
    ).fetchone()
    if hidden is not None:
        raise _damaged(document_id)


def _damaged(document_id: DocumentId) -> StoreCorrupt:
    return StoreCorrupt(
        f"The record of document {document_id} is damaged; run `jupyter tandem doctor`."
    )


def _last_sequence(connection: sqlite3.Connection, key: int) -> int:
    """The last entry, or the newest snapshot when all entries are pruned."""
    row = connection.execute(
        "SELECT place + CAST(count AS INTEGER) - 1 FROM chunks WHERE place BETWEEN ? AND ? "
        "ORDER BY place DESC LIMIT 1",
        (place(key, 0), place(key + 1, 0) - 1),
    ).fetchone()
    snapshot = connection.execute(
        "SELECT max(CAST(sequence AS INTEGER)) FROM snapshots WHERE document = ?", (key,)
    ).fetchone()[0]
    return max(number(row[0]) if row else 0, snapshot or 0)


def move_heads(connection: sqlite3.Connection, ends: Iterable[tuple[Standing, int]]) -> None:
    """Record where journals end, in the transaction that makes it so."""
    connection.executemany(
        "UPDATE heads SET sequence = ? WHERE document = ?",
        [(sequence, standing.key) for standing, sequence in ends],
    )


def allow_pruning(connection: sqlite3.Connection, key: int, through: int) -> None:
    """Record that entries up to ``through`` may be gone, before the first of them is."""
    connection.execute(
        "UPDATE heads SET pruned = max(pruned, ?) WHERE document = ?", (through, key)
    )


def create_document(
    connection: sqlite3.Connection, document_id: DocumentId, lineage: LineageId, begun_ms: int
) -> Standing:
    """Begin a journal under a new key; an older one's rows become garbage."""
    old = connection.execute(
        "SELECT key, epoch FROM documents WHERE id = ?", (document_id,)
    ).fetchone()
    epoch = 0
    if old is not None:
        key, epoch = old[0], old[1] + 1
        connection.execute("INSERT INTO garbage VALUES ('document', ?)", (key,))
        connection.execute(
            "INSERT INTO garbage SELECT 'snapshot', key FROM snapshots WHERE document = ?", (key,)
        )
        connection.execute("DELETE FROM snapshots WHERE document = ?", (key,))
        connection.execute("DELETE FROM heads WHERE document = ?", (key,))
        connection.execute("DELETE FROM documents WHERE key = ?", (key,))
    seed = document_seed(document_id, lineage, epoch)
    cursor = connection.execute(
        "INSERT INTO documents (id, lineage, epoch, begun, checksum) VALUES (?, ?, ?, ?, 0)",
        (document_id, lineage, epoch, begun_ms),
    )
    key = cursor.lastrowid or 0
    connection.execute(
        "UPDATE documents SET checksum = ? WHERE key = ?",
        (document_checksum(seed, key, begun_ms), key),
    )
    connection.execute("INSERT INTO heads VALUES (?, 0, 0, 0)", (key,))
    return Standing(Head(document_id, lineage, 0), key, epoch, begun_ms, seed)


class Ledger:
    """What the one writer knows of the journals: only what a commit has confirmed.

    It saves look-ups, and it is the memory that a database reopened after a failure is held
    against. Used on the writer's thread alone, but for :meth:`known`.
    """

    def __init__(self) -> None:
        self._standings: dict[DocumentId, Standing] = {}

    def standing(self, connection: sqlite3.Connection, document_id: DocumentId) -> Standing | None:
        """Where a journal stands; read once, then remembered."""
        standing = self._standings.get(document_id)
        if standing is None:
            standing = read_standing(connection, document_id)
            if standing is not None:
                self.note(standing)
        return standing

    def known(self, document_id: DocumentId) -> Standing | None:
        """Where a journal stands that was written or begun lately. Any thread may ask."""
        return self._standings.get(document_id)

    def note(self, standing: Standing) -> None:
        """Remember a committed standing."""
        self._standings.pop(standing.head.document_id, None)
        self._standings[standing.head.document_id] = standing
        if len(self._standings) > _REMEMBERED:
            del self._standings[next(iter(self._standings))]

    def advance(self, standing: Standing, sequence: int, chunk: Chunk) -> None:
        """Remember that a journal's entries up to ``sequence`` are durable, the last of them in ``chunk``."""
        head = Head(standing.head.document_id, standing.head.lineage, sequence)
        # A notebook's first content would stay in memory with it.
        chunk.fresh = b""
        self.note(standing._replace(head=head, chunk=chunk))

    def close_chunk(self, document_id: DocumentId) -> None:
        """Let the next entry begin a chunk: the last one is not what it was."""
        standing = self._standings.get(document_id)
        if standing is not None:
            self._standings[document_id] = standing._replace(chunk=None)

    def forget(self) -> None:
        """Know nothing: another server may have written."""
        self._standings.clear()

    def verify(self, connection: sqlite3.Connection) -> list[Standing]:
        """Hold a reopened database against what was acknowledged, within a write transaction.

        Entries beyond the acknowledged end belong to a commit that was reported as failed though
        it took place; they are deleted, so that *failed* means *not written*.

        Returns:
            What to :meth:`note` when that is committed. Until then the chunks' ends are still needed.

        Raises:
            StoreCorrupt: acknowledged entries are missing.
        """
        return [_verified(connection, known) for known in self._standings.values()]


def _verified(connection: sqlite3.Connection, known: Standing) -> Standing:
    document_id = known.head.document_id
    found = read_standing(connection, document_id)
    if found is not None and found.key > known.key:
        return found
    if found is None or found.head.sequence < known.head.sequence:
        raise StoreCorrupt(
            f"Acknowledged edits of document {document_id} are missing after a disk error. "
            "Stop the server and run `jupyter tandem doctor`."
        )
    if found.head.sequence > known.head.sequence:
        _cut(connection, known, found.head.sequence)
    return known._replace(chunk=None)


def _cut(connection: sqlite3.Connection, known: Standing, end: int) -> None:
    connection.execute(
        "DELETE FROM chunks WHERE place > ? AND place <= ?",
        (place(known.key, known.head.sequence), place(known.key, end)),
    )
    if known.chunk is not None:
        chunk = known.chunk
        connection.execute(
            "UPDATE chunks SET count = ?, checksum = ?, bytes = substr(bytes, 1, ?) WHERE place = ?",
            (
                chunk.count,
                chunk_checksum(chunk.crc, chunk.count),
                chunk.size_bytes,
                place(known.key, chunk.first),
            ),
        )
    move_heads(connection, [(known, known.head.sequence)])
