"""The journal of a store in PostgreSQL: what each of the port's operations does in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import psycopg

from jupyter_tandem.adapters.store.chunk import Chunk
from jupyter_tandem.adapters.store.postgres.database import Connection
from jupyter_tandem.adapters.store.postgres.document import (
    Standing,
    create_document,
    read_standing,
)
from jupyter_tandem.adapters.store.postgres.entry import (
    append_entries,
    delete_entries,
    read_entries,
)
from jupyter_tandem.adapters.store.postgres.run import put_runs
from jupyter_tandem.adapters.store.postgres.session import Session
from jupyter_tandem.adapters.store.postgres.snapshot import (
    delete_older,
    insert_parts,
    insert_snapshot,
    newest_sequence,
    read_snapshot,
)
from jupyter_tandem.adapters.store.postgres.thread import Freighter, Reader, Writer
from jupyter_tandem.adapters.store.sequence import (
    check_covered,
    check_prunable,
    continued,
    existing,
)
from jupyter_tandem.errors import SequenceConflict
from jupyter_tandem.ports.store import Entry, Head, Replay, Snapshot
from jupyter_tandem.protocol.run import Run
from jupyter_tandem.types import DocumentId, LineageId

_End = tuple[Standing, int, Chunk]
"""Where an append leaves a journal: its standing before, the last sequence, the chunk that holds it."""


class PostgresJournal:
    """:class:`~jupyter_tandem.ports.store.Journal` over a journal in PostgreSQL."""

    def __init__(
        self, reader: Reader, writer: Writer, freighter: Freighter, wall: Callable[[], float]
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._freighter = freighter
        self._wall = wall

    async def create(self, document_id: DocumentId, lineage: LineageId) -> Head:
        """See the port."""
        begun_ms = round(self._wall() * 1000)

        def work(session: Session) -> Standing:
            return create_document(session.connection, document_id, lineage, begun_ms)

        standing = await self._writer.write(work, self._writer.ledger.note)
        return standing.head

    async def head(self, document_id: DocumentId) -> Head | None:
        """See the port."""

        def work(session: Session) -> Head | None:
            standing = read_standing(session.connection, document_id)
            return None if standing is None else standing.head

        return await self._reader.read(work)

    async def append(
        self, entries: Sequence[Entry], runs: Sequence[tuple[DocumentId, Run]] = ()
    ) -> None:
        """See the port. Times are kept to the millisecond."""

        def work(session: Session) -> list[_End]:
            put_runs(session.connection, runs)
            return self._append(session, entries) if entries else []

        def committed(reached: list[_End]) -> None:
            for standing, last, chunk in reached:
                self._writer.ledger.advance(standing, last, chunk)

        if entries or runs:
            await self._writer.write(work, committed)

    def log_unsynced(self, entries: Sequence[Entry]) -> bool:  # noqa: ARG002
        """See the port: the database is another machine's, and asking it takes as long as a commit."""
        return False

    async def replay(self, document_id: DocumentId) -> Replay | None:
        """See the port."""

        def work(session: Session) -> Replay | None:
            standing = read_standing(session.connection, document_id)
            if standing is None:
                return None
            newest = newest_sequence(session.connection, standing.key)
            snapshot = None
            if newest is not None:
                snapshot = read_snapshot(session.connection, standing, newest)
            tail = read_entries(session.connection, standing, session.origins, after=newest or 0)
            return Replay(standing.head, snapshot, tail)

        return await self._reader.read(work)

    async def history(
        self, document_id: DocumentId, *, after: int = 0, limit: int = 10_000
    ) -> Sequence[Entry]:
        """See the port."""

        def work(session: Session) -> Sequence[Entry]:
            standing = read_standing(session.connection, document_id)
            if standing is None:
                return []
            return read_entries(
                session.connection, standing, session.origins, after=after, limit=limit
            )

        return await self._reader.read(work)

    async def put_snapshot(self, document_id: DocumentId, snapshot: Snapshot) -> None:
        """See the port. A large one is written while other writes take their turn."""

        def load(session: Session) -> tuple[Standing, int]:
            standing = _existing(session.connection, document_id)
            check_covered(document_id, snapshot.sequence, standing.head.sequence)
            return standing, insert_parts(session.connection, standing, snapshot)

        def claim(session: Session, loaded: tuple[Standing, int]) -> None:
            begun, key = loaded
            standing = _existing(session.connection, document_id)
            if standing.key != begun.key:
                raise SequenceConflict(
                    f"Document {document_id} was begun anew while its snapshot was written."
                )
            check_covered(document_id, snapshot.sequence, standing.head.sequence)
            insert_snapshot(session.connection, standing, key, snapshot)

        await self._freighter.write(load, claim)

    async def prune(self, document_id: DocumentId, *, through: int) -> None:
        """See the port."""

        def work(session: Session) -> None:
            connection = session.connection
            standing = existing(document_id, self._writer.ledger.standing(connection, document_id))
            newest = newest_sequence(connection, standing.key)
            check_prunable(document_id, through, newest)
            delete_older(connection, standing.key, newest or 0)
            connection.execute(
                "UPDATE journal_documents SET pruned = greatest(pruned, %s) WHERE key = %s",
                (through, standing.key),
            )
            delete_entries(connection, standing, session.origins, through)

        await self._writer.write(work, lambda _: self._writer.ledger.close_chunk(document_id))

    def _append(self, session: Session, entries: Sequence[Entry]) -> list[_End]:
        ledger = self._writer.ledger
        standings: dict[DocumentId, Standing] = {}

        def last(document_id: DocumentId) -> int | None:
            standing = ledger.standing(session.connection, document_id)
            if standing is None:
                return None
            standings[document_id] = standing
            return standing.head.sequence

        reached = continued(entries, last)
        try:
            chunks = append_entries(
                session.connection, entries, standings, reached, session.origins
            )
        except (SequenceConflict, psycopg.IntegrityError) as error:
            ledger.forget()
            raise SequenceConflict(
                "The journal has entries that this server did not write; read it again."
            ) from error
        return [(standings[name], end, chunks[name]) for name, end in reached.items()]


def _existing(connection: Connection, document_id: DocumentId) -> Standing:
    return existing(document_id, read_standing(connection, document_id))
