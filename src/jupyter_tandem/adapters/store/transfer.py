"""Copies a journal from SQLite into PostgreSQL.

Both keep the same rows with the same checksums (ADR 14, ADR 18), which start from the document's id, lineage and key: so
rows are copied as they are, with their keys, and a checksum that fitted there fits here.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from jupyter_tandem.adapters.store.postgres import base as postgres_base
from jupyter_tandem.adapters.store.postgres import document as postgres_document
from jupyter_tandem.adapters.store.postgres import entry as postgres_entry
from jupyter_tandem.adapters.store.postgres import snapshot as postgres_snapshot
from jupyter_tandem.adapters.store.postgres.database import Connection
from jupyter_tandem.adapters.store.postgres.origin import Origins as PostgresOrigins
from jupyter_tandem.adapters.store.sqlite import base as sqlite_base
from jupyter_tandem.adapters.store.sqlite import document as sqlite_document
from jupyter_tandem.adapters.store.sqlite import entry as sqlite_entry
from jupyter_tandem.adapters.store.sqlite import snapshot as sqlite_snapshot
from jupyter_tandem.adapters.store.sqlite.origin import Origins as SqliteOrigins
from jupyter_tandem.adapters.store.sqlite.schema import number, place
from jupyter_tandem.errors import StoreCorrupt
from jupyter_tandem.types import DocumentId

Told = Callable[[str, int, int], None]
"""Hears of progress: what is done, how many, of how many."""

TABLES: Final = (
    "journal_documents",
    "journal_origins",
    "journal_chunks",
    "journal_snapshots",
    "journal_parts",
    "journal_bases",
    "journal_runs",
)
"""What a journal has in PostgreSQL, but for its lease, which is nobody's then."""

_BATCH: Final = 100
"""Rows that are held at once; one has up to a megabyte."""

_ENTRIES: Final = 10_000

_COPIED_WHOLE: Final = {
    "journal_origins": ("SELECT key, author, cause, checksum FROM origins", 4),
    "journal_runs": ("SELECT document, number, live <> 0, checksum, body FROM runs", 5),
}


class JournalTransfer:
    """From an open transaction of the one into an open transaction of the other, which nobody else may write."""

    def __init__(self, source: sqlite3.Connection, target: Connection, told: Told) -> None:
        """Copy from ``source`` to ``target``."""
        self._source = source
        self._target = target
        self._told = told

    def copy(self) -> None:
        """Copy everything that belongs to a document, and all runs.

        Raises:
            psycopg.Error, UnicodeError: it cannot be written. StoreCorrupt: a row is not what it should be.
        """
        for table, (query, columns) in _COPIED_WHOLE.items():
            self._insert(table, columns, map(_with_flag, self._source.execute(query)))
        keys = [key for (key,) in self._source.execute("SELECT key FROM documents ORDER BY key")]
        for done, key in enumerate(keys, 1):
            self._copy_document(key)
            self._told("documents", done, len(keys))
        for table in ("journal_documents", "journal_snapshots"):
            self._target.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'key'), max(key)) FROM {table} "  # noqa: S608  (constants)
                "HAVING max(key) IS NOT NULL"
            )

    def check(self) -> None:
        """Read everything from both, each row with its checksum, as the service does, and compare.

        Raises:
            StoreCorrupt: something is damaged, or not the same.
        """
        ids = [row[0] for row in self._source.execute("SELECT id FROM documents ORDER BY key")]
        held = [
            row[0] for row in self._target.execute("SELECT id FROM journal_documents").fetchall()
        ]
        if sorted(held) != sorted(ids):
            raise _differs("the list of documents")
        for done, document_id in enumerate(ids, 1):
            self._check_document(DocumentId(document_id))
            self._told("documents compared", done, len(ids))
        for table, (query, _) in _COPIED_WHOLE.items():
            here = sorted(map(_with_flag, self._source.execute(query)))
            there = self._target.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608  (a constant)
            if sorted(there) != here:
                raise _differs(table)

    # -- one document ----------------------------------------------------------

    def _copy_document(self, key: int) -> None:
        rows = self._source.execute(
            "SELECT key, id, lineage, epoch, begun, checksum, sequence, pruned "
            "FROM documents JOIN heads ON heads.document = documents.key WHERE key = ?",
            (key,),
        )
        self._insert("journal_documents", 8, rows)
        chunks = self._source.execute(
            "SELECT place, count, at, checksum, bytes FROM chunks "
            "WHERE place BETWEEN ? AND ? ORDER BY place",
            (place(key, 0), place(key + 1, 0) - 1),
        )
        self._insert("journal_chunks", 6, ((key, number(at), *rest) for at, *rest in chunks))
        snapshots = self._source.execute(
            "SELECT key, document, sequence, size, checksum FROM snapshots WHERE document = ?",
            (key,),
        ).fetchall()
        self._insert("journal_snapshots", 5, snapshots)
        for snapshot, *_ in snapshots:
            parts = self._source.execute(
                "SELECT place, checksum, bytes FROM parts WHERE place BETWEEN ? AND ? ORDER BY place",
                (place(snapshot, 0), place(snapshot + 1, 0) - 1),
            )
            self._insert("journal_parts", 4, ((snapshot, number(at), *rest) for at, *rest in parts))
        bases = self._source.execute(
            "SELECT bases.document, intended <> 0, digest, sequence, file_hash, checksum, bytes "
            "FROM bases JOIN contents ON contents.key = bases.content WHERE bases.document = ?",
            (key,),
        )
        self._insert("journal_bases", 7, ((d, bool(i), *rest) for d, i, *rest in bases))

    def _insert(self, table: str, columns: int, rows: Iterator[Any] | Sequence[Any]) -> None:
        marks = ", ".join(["%s"] * columns)
        statement = f"INSERT INTO {table} VALUES ({marks})"  # noqa: S608  (constants)
        waiting: list[Any] = []
        cursor = self._target.cursor()
        for row in rows:
            waiting.append(row)
            if len(waiting) == _BATCH:
                cursor.executemany(statement, waiting)
                waiting.clear()
        if waiting:
            cursor.executemany(statement, waiting)

    def _check_document(self, document_id: DocumentId) -> None:
        here = sqlite_document.read_standing(self._source, document_id)
        there = postgres_document.read_standing(self._target, document_id)
        if here is None or there is None:
            raise _differs(document_id)
        told = (here.head, here.key, here.begun_ms, here.pruned)
        if told != (there.head, there.key, there.begun_ms, there.pruned):
            raise _differs(document_id)
        self._check_snapshots(here, there)
        self._check_entries(here, there)
        bases = postgres_base.read_bases(self._target, there)
        if sqlite_base.read_bases(self._source, here) != bases:
            raise _differs(document_id)

    def _check_snapshots(
        self, here: sqlite_document.Standing, there: postgres_document.Standing
    ) -> None:
        asked = "SELECT sequence FROM snapshots WHERE document = ? ORDER BY sequence"
        sequences = [row[0] for row in self._source.execute(asked, (here.key,))]
        held = self._target.execute(
            "SELECT sequence FROM journal_snapshots WHERE document = %s ORDER BY sequence",
            (there.key,),
        ).fetchall()
        if [row[0] for row in held] != sequences:
            raise _differs(here.head.document_id)
        for sequence in sequences:
            state = sqlite_snapshot.read_snapshot(self._source, here, sequence)
            if postgres_snapshot.read_snapshot(self._target, there, sequence) != state:
                raise _differs(here.head.document_id)

    def _check_entries(
        self, here: sqlite_document.Standing, there: postgres_document.Standing
    ) -> None:
        mine, theirs = SqliteOrigins(), PostgresOrigins()
        after = 0
        while True:
            kept = sqlite_entry.read_entries(self._source, here, mine, after=after, limit=_ENTRIES)
            copied = postgres_entry.read_entries(
                self._target, there, theirs, after=after, limit=_ENTRIES
            )
            if kept != copied:
                raise _differs(here.head.document_id)
            if len(kept) < _ENTRIES:
                return
            after = kept[-1].sequence


def _with_flag(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """A row of SQLite, where truth is a number, as PostgreSQL has it."""
    return (*row[:2], bool(row[2]), *row[3:]) if len(row) == 5 else row


def _differs(what: str) -> StoreCorrupt:
    return StoreCorrupt(f"What was copied of {what} is not what was to be copied.")
