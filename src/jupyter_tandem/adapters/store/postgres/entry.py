"""Rows of ``journal_chunks``: entries written in sequence, read back with every row checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from jupyter_tandem.adapters.store.checksum import chunk_checksum, chunk_seed, extended, fits
from jupyter_tandem.adapters.store.chunk import Chunk, unpack
from jupyter_tandem.adapters.store.packing import pack
from jupyter_tandem.adapters.store.postgres.database import Connection
from jupyter_tandem.adapters.store.postgres.document import MOVE_HEAD, Standing, ends
from jupyter_tandem.adapters.store.postgres.origin import Origins
from jupyter_tandem.errors import SequenceConflict, StoreCorrupt
from jupyter_tandem.ports.store import Entry
from jupyter_tandem.types import DocumentId

_END: Final = (1 << 32) - 1

_GROW: Final = (
    "UPDATE journal_chunks SET count = %s, checksum = %s, bytes = bytes || %s "
    "WHERE document = %s AND first = %s"
)
_BEGIN: Final = "INSERT INTO journal_chunks VALUES (%s, %s, %s, %s, %s, %s)"

# From the row that holds the first one wanted on.
_SELECT: Final = """
SELECT first, count, at, checksum, bytes FROM journal_chunks
WHERE document = %(key)s AND first >= coalesce(
    (SELECT max(first) FROM journal_chunks WHERE document = %(key)s AND first <= %(start)s), %(start)s)
ORDER BY first LIMIT %(rows)s
"""

_Row = tuple[int, int, int, int, bytes]
"""first, count, at, checksum, bytes"""


def append_entries(
    connection: Connection,
    entries: Iterable[Entry],
    standings: Mapping[DocumentId, Standing],
    reached: Mapping[DocumentId, int],
    origins: Origins,
) -> dict[DocumentId, Chunk]:
    """Write entries whose sequences were found to continue their journals, and where these end then.

    Returns:
        The last chunk of each document, to go on with once this is committed.

    Raises:
        SequenceConflict: the journals are not as they are thought to be.
        psycopg.IntegrityError: likewise.
    """
    last, changed = pack(entries, standings, partial(_key, connection, origins))
    grown = [row for row in map(_grown, changed) if row is not None]
    begun = [row for row in map(_begun, changed) if row is not None]
    moved = ends([(standings[name], end) for name, end in reached.items()])
    # Sent together, answered together: one way to the server and back.
    with connection.pipeline():
        done = [connection.execute(_GROW, row) for row in grown]
        done += [connection.execute(_BEGIN, row) for row in begun]
        done += [connection.execute(MOVE_HEAD, row) for row in moved]
    if any(cursor.rowcount != 1 for cursor in done):
        raise SequenceConflict(
            "The journal has entries that this server did not write; read it again."
        )
    return last


def _grown(changed: tuple[Standing, Chunk]) -> tuple[int, int, bytes, int, int] | None:
    standing, chunk = changed
    if not chunk.fresh or len(chunk.fresh) == chunk.size_bytes:
        return None
    return chunk.count, _checksum(chunk), chunk.fresh, standing.key, chunk.first


def _begun(changed: tuple[Standing, Chunk]) -> tuple[int, int, int, int, int, bytes] | None:
    standing, chunk = changed
    if len(chunk.fresh) != chunk.size_bytes:
        return None
    return standing.key, chunk.first, chunk.count, chunk.at_ms, _checksum(chunk), chunk.fresh


def _key(connection: Connection, origins: Origins, author: str, cause: str) -> int:
    return origins.intern(connection, author, cause).key


def _checksum(chunk: Chunk) -> int:
    return chunk_checksum(chunk.crc, chunk.count)


def read_entries(
    connection: Connection,
    standing: Standing,
    origins: Origins,
    *,
    after: int,
    limit: int = _END,
) -> list[Entry]:
    """Entries with a sequence above ``after``, in order.

    Raises:
        StoreCorrupt: a row fails its checksum, or an entry is missing among them.
    """
    if limit < 1:
        return []
    start = max(after, 0) + 1
    entries: list[Entry] = []
    # Each row holds an entry at least, and the first one may hold others before those wanted.
    for row in _select(connection, standing.key, start, rows=limit + 1):
        entries += [
            entry
            for entry in _entries_of(connection, row, standing, origins)
            if entry.sequence >= start
        ]
    _check_whole(standing, entries, start, limit)
    return entries[:limit]


def _check_whole(standing: Standing, entries: Sequence[Entry], start: int, limit: int) -> None:
    """Accept what was read from ``start`` on: without a gap, and to the journal's end or the limit.

    Raises:
        StoreCorrupt: an entry is missing.
    """
    wanted = max(start, standing.pruned + 1)
    if entries and entries[0].sequence < wanted:
        wanted = entries[0].sequence
    for expected, entry in enumerate(entries, wanted):
        if entry.sequence != expected:
            raise _missing(standing, expected)
    end = wanted + len(entries)
    if len(entries) < limit and end <= standing.head.sequence:
        raise _missing(standing, end)


def _select(connection: Connection, key: int, start: int, *, rows: int) -> list[_Row]:
    asked = {"key": key, "start": start, "rows": rows}
    found = connection.execute(_SELECT, asked, binary=True).fetchall()
    return [(first, count, at, checksum, packed) for first, count, at, checksum, packed in found]


def _entries_of(
    connection: Connection, row: _Row, standing: Standing, origins: Origins
) -> list[Entry]:
    first, count, at_ms, checksum, packed = row
    crc = extended(chunk_seed(standing.seed, first, at_ms), packed)
    if not fits(checksum, lambda: chunk_checksum(crc, count)):
        raise _damaged(standing, first)
    document_id, begun_ms = standing.head.document_id, standing.begun_ms
    entries: list[Entry] = []
    for sequence, (taken_ms, origin_key, update) in enumerate(unpack(packed, at_ms), first):
        origin = origins.find(connection, origin_key)
        if origin is None:
            raise _damaged(standing, first)
        at = (begun_ms + taken_ms) / 1000
        entries.append(Entry(document_id, sequence, origin.author, at, origin.cause, update))
    return entries


def _damaged(standing: Standing, sequence: int) -> StoreCorrupt:
    return StoreCorrupt(
        f"The entries of document {standing.head.document_id} from {sequence} on fail their checksum; "
        "put back a backup of the database."
    )


def _missing(standing: Standing, sequence: int) -> StoreCorrupt:
    return StoreCorrupt(
        f"The journal of document {standing.head.document_id} lacks entry {sequence}; "
        "put back a backup of the database."
    )


def delete_entries(
    connection: Connection, standing: Standing, origins: Origins, through: int
) -> None:
    """Delete the entries up to ``through``; a row that holds later ones too is written anew without them.

    Raises:
        StoreCorrupt: that row fails its checksum.
    """
    connection.execute(
        "DELETE FROM journal_chunks WHERE document = %s AND first + count - 1 <= %s",
        (standing.key, through),
    )
    for row in _select(connection, standing.key, through, rows=1):
        first = row[0]
        if first > through:
            return
        rest = [
            entry
            for entry in _entries_of(connection, row, standing, origins)
            if entry.sequence > through
        ]
        connection.execute(
            "DELETE FROM journal_chunks WHERE document = %s AND first = %s", (standing.key, first)
        )
        alone = {standing.head.document_id: replace(standing, chunk=None)}
        _, changed = pack(rest, alone, partial(_key, connection, origins))
        for begun in map(_begun, changed):
            connection.execute(_BEGIN, begun)
