"""Rows of ``journal_runs``: what is remembered of runs of cells."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from jupyter_tandem.adapters.store.checksum import fits, run_checksum
from jupyter_tandem.adapters.store.postgres.database import Connection
from jupyter_tandem.adapters.store.postgres.session import Session
from jupyter_tandem.adapters.store.postgres.thread import Reader, Writer
from jupyter_tandem.errors import MalformedFrame, StoreCorrupt
from jupyter_tandem.protocol.run import Run, decode_run
from jupyter_tandem.types import DocumentId

_PUT: Final = (
    "INSERT INTO journal_runs VALUES (%s, %s, %s, %s, %s) ON CONFLICT (document, number) DO UPDATE "
    "SET live = EXCLUDED.live, checksum = EXCLUDED.checksum, body = EXCLUDED.body"
)


class PostgresRunStore:
    """:class:`~jupyter_tandem.ports.runs.RunStore` over a journal in PostgreSQL."""

    def __init__(self, reader: Reader, writer: Writer) -> None:
        self._reader = reader
        self._writer = writer

    async def load(self, document_id: DocumentId) -> Sequence[Run]:
        """See the port."""

        def work(session: Session) -> list[Run]:
            rows = session.connection.execute(
                "SELECT number, checksum, body FROM journal_runs WHERE document = %s ORDER BY number",
                (document_id,),
            )
            return [_decoded(document_id, *row) for row in rows.fetchall()]

        return await self._reader.read(work)

    async def write(
        self, document_id: DocumentId, changed: Sequence[Run], forgotten: Collection[int] = ()
    ) -> None:
        """See the port."""

        def work(session: Session) -> None:
            put_runs(session.connection, [(document_id, run) for run in changed])
            if forgotten:
                session.connection.execute(
                    "DELETE FROM journal_runs WHERE document = %s AND number = ANY(%s)",
                    (document_id, list(forgotten)),
                )

        await self._writer.write(work)

    async def unfinished(self) -> Sequence[DocumentId]:
        """See the port."""

        def work(session: Session) -> list[DocumentId]:
            rows = session.connection.execute(
                "SELECT DISTINCT document FROM journal_runs WHERE live"
            )
            return [DocumentId(row[0]) for row in rows.fetchall()]

        return await self._reader.read(work)


def put_runs(connection: Connection, runs: Sequence[tuple[DocumentId, Run]]) -> None:
    """Keep runs in place of what was kept under their numbers."""
    if runs:
        rows = [_encoded(document_id, run) for document_id, run in runs]
        connection.cursor().executemany(_PUT, rows)


def _encoded(document_id: DocumentId, run: Run) -> tuple[str, int, bool, int, str]:
    body = run.encode()
    return document_id, run.id, not run.ended, run_checksum(document_id, run.id, body), body


def _decoded(document_id: DocumentId, number: int, checksum: int, body: str) -> Run:
    try:
        if fits(checksum, lambda: run_checksum(document_id, number, body)):
            return decode_run(body)
    except MalformedFrame:
        pass
    raise StoreCorrupt(
        f"The record of run {number} of document {document_id} is damaged; put back a backup."
    )
