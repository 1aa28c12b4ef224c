"""Rows of ``chunks``: entries written in sequence, read back with every row checked."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from jupyter_tandem.adapters.store.checksum import (
    chunk_checksum,
    chunk_seed,
    extended,
    fits,
)
from jupyter_tandem.adapters.store.chunk import Chunk, unpack
from jupyter_tandem.adapters.store.packing import pack
from jupyter_tandem.adapters.store.sequence import check_unbroken
from jupyter_tandem.adapters.store.sqlite.document import Standing
from jupyter_tandem.adapters.store.sqlite.large_value import LARGE_BYTES, read_value, write_value
from jupyter_tandem.adapters.store.sqlite.origin import Origins
from jupyter_tandem.adapters.store.sqlite.schema import number, place
from jupyter_tandem.errors import StoreCorrupt
from jupyter_tandem.ports.store import Entry
from jupyter_tandem.types import DocumentId

_END = (1 << 32) - 1

Row = tuple[int, Any, int, int, bytes]
"""place, count, at, checksum, bytes. Columns of a damaged row may hold anything."""


def write_entries(
    connection: sqlite3.Connection,
    entries: Iterable[Entry],
    standings: Mapping[DocumentId, Standing],
    origins: Origins,
) -> dict[DocumentId, Chunk]:
    """Write entries whose sequences were found to continue their journals.

    Returns:
        The last chunk of each document, to go on with once this is committed.

    Raises:
        sqlite3.IntegrityError: somebody else has written the same entries, or changed the last chunk.
    """

    def key(author: str, cause: str) -> int:
        return origins.intern(connection, author, cause).key

    last, changed = pack(entries, standings, key)
    _write(connection, changed)
    return last


def _write(connection: sqlite3.Connection, changed: Iterable[tuple[Standing, Chunk]]) -> None:
    begun: list[Row] = []
    large: list[Row] = []
    grown = []
    for standing, chunk in changed:
        at = place(standing.key, chunk.first)
        checksum = chunk_checksum(chunk.crc, chunk.count)
        if len(chunk.fresh) == chunk.size_bytes:
            rows = begun if chunk.size_bytes < LARGE_BYTES else large
            rows.append((at, chunk.count, chunk.at_ms, checksum, chunk.fresh))
        elif chunk.fresh:
            grown.append((chunk.count, checksum, chunk.fresh, at))
    if grown:
        _grow(connection, grown)
    if begun:
        connection.executemany("INSERT INTO chunks VALUES (?, ?, ?, ?, ?)", begun)
    for at, count, at_ms, checksum, packed in large:
        connection.execute(
            "INSERT INTO chunks VALUES (?, ?, ?, ?, zeroblob(?))",
            (at, count, at_ms, checksum, len(packed)),
        )
        write_value(connection, "chunks", at, packed)


def _grow(connection: sqlite3.Connection, grown: Sequence[tuple[int, int, bytes, int]]) -> None:
    cursor = connection.executemany(
        # Two blobs joined are text to SQLite, until it is told otherwise; no byte is changed.
        "UPDATE chunks SET count = ?, checksum = ?, bytes = CAST(bytes || ? AS BLOB) WHERE place = ?",
        grown,
    )
    if cursor.rowcount != len(grown):
        raise sqlite3.IntegrityError("a chunk to add to is gone")


def read_entries(
    connection: sqlite3.Connection,
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
    for row in select_rows(connection, standing.key, start=start):
        found = entries_of(connection, row, standing, origins)
        if found is None:
            raise _damaged(standing, number(row[0]))
        entries += [entry for entry in found if entry.sequence >= start]
        if len(entries) >= limit:
            del entries[limit:]
            break
    first = entries[0].sequence if entries else standing.head.sequence + 1
    if first > max(start, standing.pruned + 1):
        raise _missing(standing, max(start, standing.pruned + 1))
    check_unbroken(standing.head.document_id, entries, after=first - 1)
    # One damaged key ends a range early, without a gap.
    if entries and len(entries) < limit and entries[-1].sequence != standing.head.sequence:
        raise _missing(standing, entries[-1].sequence + 1)
    return entries


def _damaged(standing: Standing, sequence: int) -> StoreCorrupt:
    return StoreCorrupt(
        f"The entries of document {standing.head.document_id} from {sequence} on fail their checksum; "
        "run `jupyter tandem doctor` to see what can be kept."
    )


def _missing(standing: Standing, sequence: int) -> StoreCorrupt:
    return StoreCorrupt(
        f"The journal of document {standing.head.document_id} lacks entry {sequence}; "
        "run `jupyter tandem doctor` to see what can be kept."
    )


def select_rows(connection: sqlite3.Connection, key: int, *, start: int) -> Iterator[Row]:
    """A journal's rows from the one that holds sequence ``start`` on, in order and unchecked."""
    rows = connection.execute(
        "SELECT place, count, at, checksum, "
        "CASE WHEN typeof(bytes) = 'blob' AND length(bytes) >= ? THEN NULL ELSE bytes END "
        "FROM chunks WHERE place BETWEEN "
        "coalesce((SELECT max(place) FROM chunks WHERE place BETWEEN ? AND ?), ?) AND ? "
        "ORDER BY place",
        (LARGE_BYTES, place(key, 0), place(key, start), place(key, start), place(key, _END)),
    )
    for row in rows:
        yield row if row[4] is not None else (*row[:4], read_value(connection, "chunks", row[0]))


def entries_of(
    connection: sqlite3.Connection, row: Row, standing: Standing, origins: Origins
) -> list[Entry] | None:
    """The entries of a row, ``None`` when it does not carry the checksum of what is in it."""
    row_place, count, at_ms, checksum, packed = row
    first = number(row_place)
    if not fits(
        checksum,
        lambda: chunk_checksum(extended(chunk_seed(standing.seed, first, at_ms), packed), count),
    ):
        return None
    document_id, begun_ms = standing.head.document_id, standing.begun_ms
    entries: list[Entry] = []
    known, author, cause = -1, "", ""
    for sequence, (taken_ms, origin_key, update) in enumerate(unpack(packed, at_ms), first):
        if origin_key != known:
            origin = origins.find(connection, origin_key)
            if origin is None:
                return None
            known, author, cause = origin_key, origin.author, origin.cause
        at = (begun_ms + taken_ms) / 1000
        entries.append(Entry(document_id, sequence, author, at, cause, update))
    return entries


def delete_entries(connection: sqlite3.Connection, key: int, through: int, limit: int) -> bool:
    """Delete at most ``limit`` of a journal's oldest rows, and of those only with all entries up to ``through``.

    Returns:
        Whether any were left to it.
    """
    cursor = connection.execute(
        "DELETE FROM chunks WHERE place IN (SELECT place FROM chunks WHERE place BETWEEN ? AND ? "
        "AND place + count - 1 <= ? ORDER BY place LIMIT ?)",
        (place(key, 0), place(key, through), place(key, through), limit),
    )
    return cursor.rowcount == limit


def split(
    connection: sqlite3.Connection, standing: Standing, origins: Origins, through: int
) -> None:
    """Delete the entries up to ``through`` of the row that holds that one and later ones, too.

    Raises:
        StoreCorrupt: the row fails its checksum; nothing was deleted.
    """
    for row in select_rows(connection, standing.key, start=through):
        if number(row[0]) > through or number(row[0]) + row[1] - 1 <= through:
            return
        entries = entries_of(connection, row, standing, origins)
        if entries is None:
            raise _damaged(standing, number(row[0]))
        connection.execute("DELETE FROM chunks WHERE place = ?", (row[0],))
        rest = [entry for entry in entries if entry.sequence > through]
        alone = standing._replace(chunk=None)
        write_entries(connection, rest, {standing.head.document_id: alone}, origins)
        return
