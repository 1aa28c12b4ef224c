"""Reading everything one document has in the journal."""

from __future__ import annotations

import sqlite3

from jupyter_tandem.adapters.store.sqlite.base import read_bases
from jupyter_tandem.adapters.store.sqlite.document import Standing, read_standing
from jupyter_tandem.adapters.store.sqlite.entry import entries_of, select_rows
from jupyter_tandem.adapters.store.sqlite.finding import BAD_DISK, KEEP_AND_MOVE, Report
from jupyter_tandem.adapters.store.sqlite.origin import Origins
from jupyter_tandem.adapters.store.sqlite.schema import number
from jupyter_tandem.adapters.store.sqlite.snapshot import read_snapshot
from jupyter_tandem.errors import StoreCorrupt
from jupyter_tandem.types import DocumentId


class DocumentInspection:
    """Checks documents of one database and notes what is wrong in a report."""

    def __init__(self, connection: sqlite3.Connection, report: Report) -> None:
        self._connection = connection
        self._report = report
        self._origins = Origins()

    def check(self, key: int) -> None:
        """Check the document with that key, read as of one moment; one that is gone is skipped."""
        self._connection.execute("BEGIN")
        try:
            row = self._connection.execute(
                "SELECT id, lineage FROM documents WHERE key = ?", (key,)
            ).fetchone()
            if row is not None:
                self._check(DocumentId(row[0]), row[1])
        finally:
            self._connection.execute("ROLLBACK")

    def _check(self, document_id: DocumentId, lineage: str) -> None:
        self._report.documents += 1
        if not lineage:
            self._add("document", document_id, "has no lineage.", BAD_DISK)
        try:
            standing = read_standing(self._connection, document_id)
        except StoreCorrupt:
            self._add(
                "document",
                document_id,
                "has a damaged record, or lost the end of its journal.",
                BAD_DISK,
            )
            return
        if standing is not None:
            newest = self._check_snapshots(standing)
            self._check_entries(standing, newest)
            self._check_bases(standing)

    def _check_snapshots(self, standing: Standing) -> int | None:
        """The sequence of the newest snapshot."""
        rows = self._connection.execute(
            "SELECT sequence FROM snapshots WHERE document = ? ORDER BY sequence", (standing.key,)
        ).fetchall()
        for (sequence,) in rows:
            self._check_snapshot(standing, sequence)
        return rows[-1][0] if rows else None

    def _check_snapshot(self, standing: Standing, sequence: int) -> None:
        try:
            read_snapshot(self._connection, standing, sequence)
        except StoreCorrupt:
            said = f"has a snapshot at {sequence} that fails its checksum."
            self._add("snapshot", standing.head.document_id, said, KEEP_AND_MOVE)

    def _check_entries(self, standing: Standing, newest: int | None) -> None:
        document_id = standing.head.document_id
        expected = None
        for row in select_rows(self._connection, standing.key, start=0):
            sequence = number(row[0])
            if expected is None:
                expected = min(sequence, standing.pruned + 1)
            if sequence != expected:
                said = f"lacks the entries {expected} to {sequence - 1}."
                self._add("gap", document_id, said, KEEP_AND_MOVE)
            entries = entries_of(self._connection, row, standing, self._origins)
            if entries is None:
                said = f"has entries from {sequence} on that fail their checksum."
                self._add("entry", document_id, said, KEEP_AND_MOVE)
            # What a damaged row claims to hold is no reason to report a gap as well.
            count = len(entries) if entries is not None else row[1]
            expected = sequence + (count if isinstance(count, int) else 1)
            self._report.entries += expected - sequence
        end = standing.head.sequence
        if expected is None:
            expected = standing.pruned + 1
        elif newest is not None and newest >= expected:
            said = f"has a snapshot at {newest}, but its journal ends at {expected - 1}."
            self._add("snapshot", document_id, said, KEEP_AND_MOVE)
        if expected <= end:
            said = f"lacks the entries {expected} to {end}."
            self._add("gap", document_id, said, KEEP_AND_MOVE)

    def _check_bases(self, standing: Standing) -> None:
        try:
            read_bases(self._connection, standing)
        except StoreCorrupt:
            said = "has a remembered file version that is damaged or missing."
            self._add("base", standing.head.document_id, said, KEEP_AND_MOVE)

    def _add(self, code: str, document_id: DocumentId, said: str, advice: str) -> None:
        self._report.add(code, f"Document {document_id} {said}", advice, document_id)
