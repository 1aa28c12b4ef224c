"""Rows of ``entries``: written in sequence, read back with every row checked."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping

from jupyter_tandem.adapters.store.sequence import check_unbroken
from jupyter_tandem.adapters.store.sqlite.checksum import entry_checksum, fits
from jupyter_tandem.adapters.store.sqlite.document import Standing
from jupyter_tandem.adapters.store.sqlite.origin import Origin, Origins
from jupyter_tandem.adapters.store.sqlite.schema import number, place
from jupyter_tandem.errors import StoreCorrupt
from jupyter_tandem.ports.store import Entry
from jupyter_tandem.types import DocumentId

_END = (1 << 32) - 1

Row = tuple[int, int, int, int, bytes]
"""place, origin, at, checksum, bytes."""


def insert_entries(
    connection: sqlite3.Connection,
    entries: Iterable[Entry],
    standings: Mapping[DocumentId, Standing],
    origins: Origins,
) -> None:
    """Insert entries whose sequences were found to continue their journals."""
    connection.executemany(
        "INSERT INTO entries VALUES (?, ?, ?, ?, ?)",
        [_row(connection, entry, standings[entry.document_id], origins) for entry in entries],
    )


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
        StoreCorrupt: a row fails its checksum, or one is missing among them.
    """
    if limit < 1:
        return []
    start = max(after, 0) + 1
    rows = select_rows(connection, standing.key, start=start, limit=limit)
    entries = [_entry(connection, row, standing, origins) for row in rows]
    first = entries[0].sequence if entries else standing.head.sequence + 1
    if first > max(start, standing.pruned + 1):
        raise _missing(standing, max(start, standing.pruned + 1))
    check_unbroken(standing.head.document_id, entries, after=first - 1)
    # One damaged key ends a range early, without a gap.
    if entries and len(entries) < limit and entries[-1].sequence != standing.head.sequence:
        raise _missing(standing, entries[-1].sequence + 1)
    return entries


def _missing(standing: Standing, sequence: int) -> StoreCorrupt:
    return StoreCorrupt(
        f"The journal of document {standing.head.document_id} lacks entry {sequence}; "
        "run `jupyter tandem doctor` to see what can be kept."
    )


def select_rows(
    connection: sqlite3.Connection, key: int, *, start: int, limit: int = _END
) -> Iterator[Row]:
    """A journal's rows from sequence ``start`` on, in order and unchecked."""
    return connection.execute(
        "SELECT place, origin, at, checksum, bytes FROM entries "
        "WHERE place BETWEEN ? AND ? ORDER BY place LIMIT ?",
        (place(key, start), place(key, _END), limit),
    )


def is_sound(row: Row, seed: int, origin: Origin | None) -> bool:
    """Whether a row carries the checksum of what is in it."""
    row_place, _, at_ms, checksum, update = row
    return origin is not None and fits(
        checksum, lambda: entry_checksum(seed, origin.seed, number(row_place), at_ms, update)
    )


def delete_entries(connection: sqlite3.Connection, key: int, through: int, limit: int) -> bool:
    """Delete at most ``limit`` of a journal's oldest entries up to ``through``; whether any were left to it."""
    cursor = connection.execute(
        "DELETE FROM entries WHERE place IN "
        "(SELECT place FROM entries WHERE place BETWEEN ? AND ? ORDER BY place LIMIT ?)",
        (place(key, 0), place(key, through), limit),
    )
    return cursor.rowcount == limit


def _row(connection: sqlite3.Connection, entry: Entry, standing: Standing, origins: Origins) -> Row:
    origin = origins.intern(connection, entry.author, entry.cause)
    at_ms = round(entry.at * 1000) - standing.begun_ms
    checksum = entry_checksum(standing.seed, origin.seed, entry.sequence, at_ms, entry.update)
    return place(standing.key, entry.sequence), origin.key, at_ms, checksum, entry.update


def _entry(connection: sqlite3.Connection, row: Row, standing: Standing, origins: Origins) -> Entry:
    row_place, origin_key, at_ms, _, update = row
    sequence = number(row_place)
    origin = origins.find(connection, origin_key)
    if origin is None or not is_sound(row, standing.seed, origin):
        raise StoreCorrupt(
            f"Entry {sequence} of document {standing.head.document_id} fails its checksum; "
            "run `jupyter tandem doctor` to see what can be kept."
        )
    at = (standing.begun_ms + at_ms) / 1000
    return Entry(standing.head.document_id, sequence, origin.author, at, origin.cause, update)
