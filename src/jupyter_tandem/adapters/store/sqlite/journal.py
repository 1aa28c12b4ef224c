"""The journal of a SQLite store: what each of the port's operations does in one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from jupyter_tandem.adapters.store.chunk import Chunk
from jupyter_tandem.adapters.store.sequence import (
    check_covered,
    check_prunable,
    check_unbroken,
    continued,
    existing,
)
from jupyter_tandem.adapters.store.sqlite.document import (
    Standing,
    allow_pruning,
    create_document,
    move_heads,
    read_standing,
)
from jupyter_tandem.adapters.store.sqlite.entry import (
    delete_entries,
    read_entries,
    split,
    write_entries,
)
from jupyter_tandem.adapters.store.sqlite.garbage import SLICE_ROWS, Collector
from jupyter_tandem.adapters.store.sqlite.large_value import LARGE_BYTES
from jupyter_tandem.adapters.store.sqlite.run import put_runs
from jupyter_tandem.adapters.store.sqlite.snapshot import (
    Part,
    doom_older_snapshots,
    insert_part,
    insert_snapshot,
    newest_sequence,
    parts_of,
    read_snapshot,
    reserve_snapshot,
)
from jupyter_tandem.adapters.store.sqlite.thread import Reader, Writer
from jupyter_tandem.adapters.store.sqlite.unsynced import UnsyncedLog
from jupyter_tandem.errors import SequenceConflict
from jupyter_tandem.ports.store import Entry, Head, Replay, Snapshot
from jupyter_tandem.protocol.run import Run
from jupyter_tandem.types import DocumentId, LineageId

_End = tuple[Standing, int, Chunk]
"""Where an append leaves a journal: its standing before, the last sequence, the chunk that holds it."""


class SqliteJournal:
    """:class:`~jupyter_tandem.ports.store.Journal` over a journal database."""

    def __init__(
        self,
        reader: Reader,
        writer: Writer,
        collector: Collector,
        unsynced: UnsyncedLog,
        wall: Callable[[], float],
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._collector = collector
        self._unsynced = unsynced
        self._wall = wall

    async def create(self, document_id: DocumentId, lineage: LineageId) -> Head:
        """See the port."""
        begun_ms = round(self._wall() * 1000)

        def work(connection: sqlite3.Connection) -> Standing:
            return create_document(connection, document_id, lineage, begun_ms)

        standing = await self._writer.write(work, self._writer.ledger.note)
        await self._collector.collect()
        return standing.head

    async def head(self, document_id: DocumentId) -> Head | None:
        """See the port."""

        def work(connection: sqlite3.Connection) -> Head | None:
            standing = read_standing(connection, document_id)
            return None if standing is None else standing.head

        return await self._reader.read(work)

    def append(
        self, entries: Sequence[Entry], runs: Sequence[tuple[DocumentId, Run]] = ()
    ) -> Awaitable[object]:
        """See the port. Times are kept to the millisecond."""

        def work(connection: sqlite3.Connection) -> list[_End]:
            if runs:
                put_runs(connection, runs)
            return self._append(connection, entries)

        def committed(reached: list[_End]) -> None:
            for standing, last, chunk in reached:
                self._writer.ledger.advance(standing, last, chunk)
            self._unsynced.committed()

        self._unsynced.turn(entries)
        large = any(len(entry.update) >= LARGE_BYTES for entry in entries)
        return self._writer.write(work, committed, large=large)

    def log_unsynced(self, entries: Sequence[Entry]) -> bool:
        """See the port. Only while the lease is held."""
        return self._unsynced.log(entries)

    async def replay(self, document_id: DocumentId) -> Replay | None:
        """See the port."""

        def work(connection: sqlite3.Connection) -> Replay | None:
            standing = read_standing(connection, document_id)
            if standing is None:
                return None
            self._unsynced.read(standing)
            newest = newest_sequence(connection, standing.key)
            snapshot = None if newest is None else read_snapshot(connection, standing, newest)
            after = newest or 0
            tail = read_entries(connection, standing, self._reader.origins, after=after)
            check_unbroken(document_id, tail, after=after)
            return Replay(standing.head, snapshot, tail)

        return await self._reader.read(work)

    async def history(
        self, document_id: DocumentId, *, after: int = 0, limit: int = 10_000
    ) -> Sequence[Entry]:
        """See the port."""

        def work(connection: sqlite3.Connection) -> Sequence[Entry]:
            standing = read_standing(connection, document_id)
            if standing is None:
                return []
            origins = self._reader.origins
            return read_entries(connection, standing, origins, after=after, limit=limit)

        return await self._reader.read(work)

    async def put_snapshot(self, document_id: DocumentId, snapshot: Snapshot) -> None:
        """See the port. A large one is written in parts, between which other writes take their turn."""

        def whole(connection: sqlite3.Connection) -> None:
            standing, key = begin(connection)
            for part in parts:
                insert_part(connection, standing, key, snapshot.sequence, part)
            insert_snapshot(connection, standing, key, snapshot)

        def begin(connection: sqlite3.Connection) -> tuple[Standing, int]:
            standing = self._existing(connection, document_id)
            check_covered(document_id, snapshot.sequence, standing.head.sequence)
            return standing, reserve_snapshot(connection)

        parts = list(parts_of(snapshot))
        if len(parts) <= 1:
            await self._writer.write(whole)
            return
        standing, key = await self._writer.write(
            begin, lambda begun: self._collector.reserved.add(begun[1])
        )
        try:
            for part in parts:
                await self._writer.write(
                    partial(_insert_part, standing, key, snapshot.sequence, part)
                )
            await self._writer.write(
                lambda connection: self._finish(connection, standing, key, snapshot)
            )
        finally:
            self._collector.reserved.discard(key)

    async def prune(self, document_id: DocumentId, *, through: int) -> None:
        """See the port. Oldest entries first, so an interrupted prune leaves a whole journal."""

        def begin(connection: sqlite3.Connection) -> int:
            standing = self._existing(connection, document_id)
            newest = newest_sequence(connection, standing.key)
            check_prunable(document_id, through, newest)
            doom_older_snapshots(connection, standing.key, newest or 0)
            allow_pruning(connection, standing.key, through)
            return standing.key

        key = await self._writer.write(begin)
        while await self._writer.write(
            lambda connection: delete_entries(connection, key, through, SLICE_ROWS)
        ):
            pass
        await self._writer.write(
            partial(self._split, document_id, key, through),
            lambda _: self._writer.ledger.close_chunk(document_id),
        )
        await self._collector.collect(deleted=True)

    def _finish(
        self, connection: sqlite3.Connection, begun: Standing, key: int, snapshot: Snapshot
    ) -> None:
        standing = self._existing(connection, begun.head.document_id)
        if standing.key != begun.key:
            raise SequenceConflict(
                f"Document {begun.head.document_id} was begun anew while its snapshot was written."
            )
        insert_snapshot(connection, standing, key, snapshot)

    def _split(
        self, document_id: DocumentId, key: int, through: int, connection: sqlite3.Connection
    ) -> None:
        standing = self._existing(connection, document_id)
        if standing.key == key:
            split(connection, standing, self._writer.origins, through)

    def _append(self, connection: sqlite3.Connection, entries: Sequence[Entry]) -> list[_End]:
        standings: dict[DocumentId, Standing] = {}

        def last(document_id: DocumentId) -> int | None:
            standing = self._writer.ledger.standing(connection, document_id)
            if standing is None:
                return None
            standings[document_id] = standing
            return standing.head.sequence

        reached = continued(entries, last)
        try:
            chunks = write_entries(connection, entries, standings, self._writer.origins)
            move_heads(connection, [(standings[name], last) for name, last in reached.items()])
        except sqlite3.IntegrityError as error:
            self._writer.ledger.forget()
            raise SequenceConflict(
                "The journal has entries that this server did not write; read it again."
            ) from error
        return [(standings[name], last, chunks[name]) for name, last in reached.items()]

    def _existing(self, connection: sqlite3.Connection, document_id: DocumentId) -> Standing:
        standing = self._writer.ledger.standing(connection, document_id)
        return existing(document_id, standing)


def _insert_part(
    standing: Standing, key: int, sequence: int, part: Part, connection: sqlite3.Connection
) -> None:
    insert_part(connection, standing, key, sequence, part)
