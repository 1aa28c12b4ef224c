"""Rows of ``runs``: what is remembered of runs of cells."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence

from jupyter_tandem.adapters.store.checksum import fits, run_checksum
from jupyter_tandem.adapters.store.sqlite.thread import Reader, Writer
from jupyter_tandem.errors import MalformedFrame, StoreCorrupt
from jupyter_tandem.protocol.run import Run, decode_run
from jupyter_tandem.types import DocumentId


class SqliteRunStore:
    """:class:`~jupyter_tandem.ports.runs.RunStore` over a journal database."""

    def __init__(self, reader: Reader, writer: Writer) -> None:
        self._reader = reader
        self._writer = writer

    async def load(self, document_id: DocumentId) -> Sequence[Run]:
        """See the port."""

        def work(connection: sqlite3.Connection) -> list[Run]:
            rows = connection.execute(
                "SELECT number, checksum, body FROM runs WHERE document = ? ORDER BY number",
                (document_id,),
            )
            return [_decoded(document_id, *row) for row in rows.fetchall()]

        return await self._reader.read(work)

    async def write(
        self, document_id: DocumentId, changed: Sequence[Run], forgotten: Collection[int] = ()
    ) -> None:
        """See the port."""
        runs = [(document_id, run) for run in changed]

        def work(connection: sqlite3.Connection) -> None:
            put_runs(connection, runs)
            connection.executemany(
                "DELETE FROM runs WHERE document = ? AND number = ?",
                [(document_id, number) for number in forgotten],
            )

        await self._writer.write(work)

    async def unfinished(self) -> Sequence[DocumentId]:
        """See the port."""

        def work(connection: sqlite3.Connection) -> list[DocumentId]:
            rows = connection.execute("SELECT DISTINCT document FROM runs WHERE live = 1")
            return [DocumentId(row[0]) for row in rows.fetchall()]

        return await self._reader.read(work)


def put_runs(connection: sqlite3.Connection, runs: Sequence[tuple[DocumentId, Run]]) -> None:
    """Keep runs in place of what was kept under their numbers."""
    rows = [_encoded(document_id, run) for document_id, run in runs]
    connection.executemany("INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?, ?)", rows)


def _encoded(document_id: DocumentId, run: Run) -> tuple[str, int, int, int, str]:
    body = run.encode()
    checksum = run_checksum(document_id, run.id, body)
    return document_id, run.id, int(not run.ended), checksum, body


def _decoded(document_id: DocumentId, number: int, checksum: int, body: str) -> Run:
    try:
        if fits(checksum, lambda: run_checksum(document_id, number, body)):
            return decode_run(body)
    except MalformedFrame:
        pass
    raise StoreCorrupt(
        f"The record of run {number} of document {document_id} is damaged; "
        "run `jupyter tandem doctor`."
    )
