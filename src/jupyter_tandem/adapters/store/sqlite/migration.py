"""How a journal database comes to have the tables of today, with everything that is in it."""

from __future__ import annotations

import sqlite3
import struct
import zlib
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from jupyter_tandem.adapters.store.checksum import (
    chunk_checksum,
    chunk_seed,
    document_seed,
    fits,
    of_texts,
    origin_checksum,
    signed,
)
from jupyter_tandem.adapters.store.chunk import Chunk
from jupyter_tandem.adapters.store.sqlite import schema
from jupyter_tandem.adapters.store.sqlite.lock_file import is_locked
from jupyter_tandem.errors import StoreError

_ENTRY = struct.Struct("<QqL")

_OldRow = tuple[int, Any, Any, Any, Any]
"""place, origin, at, checksum, bytes: of one entry each, and a damaged one may hold anything."""

_NewRow = tuple[int, int, int, int, Any]


def establish(connection: sqlite3.Connection, directory: Path) -> None:
    """Bring the open database in ``directory`` to the schema of today; one that has it is not written to.

    Raises:
        StoreError: it is no journal, a newer Tandem wrote it, or a server with an older one is at work on it.
        sqlite3.Error: the database cannot be read or written.
    """
    if schema.version_of(connection) == schema.VERSION:
        return
    # Takes effect on an empty file alone, so before WAL mode writes its first page. Lets pruning
    # hand pages back to the file system.
    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute("BEGIN IMMEDIATE")
    try:
        _migrate(connection, directory)
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _migrate(connection: sqlite3.Connection, directory: Path) -> None:
    # Another process may have done it between the check above and the lock.
    version = schema.version_of(connection)
    if version == schema.VERSION:
        return
    if version == 0:
        _execute(connection, schema.TABLES)
    else:
        _check_alone(connection, directory)
    if version < schema.VERSION_WITH_RUNS:
        _execute(connection, schema.RUNS)
    if version:
        connection.execute("DROP VIEW journal")
        connection.execute("ALTER TABLE origins RENAME TO old_origins")
    _execute(connection, schema.ENTRIES)
    if version:
        _pack(connection)
    connection.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {schema.VERSION}")


def _execute(connection: sqlite3.Connection, script: str) -> None:
    # Not `executescript`, which commits first.
    for statement in script.split(";"):
        connection.execute(statement)


def _check_alone(connection: sqlite3.Connection, directory: Path) -> None:
    (lock,) = connection.execute("SELECT CAST(lock AS TEXT) FROM lease").fetchone() or ("",)
    if lock and (directory / lock).is_file() and is_locked(directory / lock):
        raise StoreError(
            "A server with an earlier Tandem is at work on this journal. Stop it, then start this one again."
        )


# -- entries of schema 1 and 2: one row each ---------------------------------


def _pack(connection: sqlite3.Connection) -> None:
    """Gather rows of one entry each into chunks. A row that fails its checksum is kept, and goes on failing it."""
    origins = connection.execute("SELECT key, author, cause FROM old_origins").fetchall()
    connection.executemany(
        "INSERT INTO origins VALUES (?, ?, ?, ?)",
        [(*origin, origin_checksum(*origin)) for origin in origins],
    )
    seeds = {key: of_texts(author, cause) for key, author, cause in origins}
    rows = connection.execute(
        "SELECT place, origin, at, checksum, bytes FROM entries ORDER BY place"
    )
    for key, found in groupby(rows, lambda row: row[0] >> schema.SHIFT):
        document = connection.execute(
            "SELECT id, lineage, epoch FROM documents WHERE key = ?", (key,)
        ).fetchone()
        seed = document_seed(*document) if document else 0
        connection.executemany(
            "INSERT INTO chunks VALUES (?, ?, ?, ?, ?)", _packed(key, seed, seeds, found)
        )
    connection.execute("DROP TABLE entries")
    connection.execute("DROP TABLE old_origins")


def _packed(
    key: int, seed: int, origins: dict[int, int], rows: Iterable[_OldRow]
) -> Iterator[_NewRow]:
    chunk: Chunk | None = None
    for row in rows:
        sequence, (_, origin, at_ms, _, update) = schema.number(row[0]), row
        sound = _is_sound(row, seed, origins)
        follows = chunk is not None and chunk.first + chunk.count == sequence
        if chunk is not None and not (sound and follows and chunk.has_room(update)):
            yield _row(key, chunk)
            chunk = None
        if not sound:
            yield row[0], 1, 0, _misfit(seed, sequence, update), update
            continue
        if chunk is None:
            chunk = Chunk.begin(seed, sequence, at_ms)
        chunk.add(at_ms, origin, update)
    if chunk is not None:
        yield _row(key, chunk)


def _row(key: int, chunk: Chunk) -> _NewRow:
    checksum = chunk_checksum(chunk.crc, chunk.count)
    return schema.place(key, chunk.first), chunk.count, chunk.at_ms, checksum, chunk.fresh


def _misfit(seed: int, sequence: int, update: object) -> int:
    """A checksum that a damaged row cannot have as a chunk, either."""
    packed = update if isinstance(update, bytes) else b""
    return chunk_checksum(zlib.crc32(packed, chunk_seed(seed, sequence, 0)), 1) ^ 1


def _is_sound(row: _OldRow, seed: int, origins: dict[int, int]) -> bool:
    row_place, origin, at_ms, checksum, update = row
    if origin not in origins:
        return False

    def computed() -> int:
        packed = _ENTRY.pack(schema.number(row_place), at_ms, origins[origin])
        return signed(zlib.crc32(update, zlib.crc32(packed, seed)))

    return fits(checksum, computed)
