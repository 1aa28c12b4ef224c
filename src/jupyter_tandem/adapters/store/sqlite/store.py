"""A store on one SQLite file per contents root.

Every write is one transaction on one thread and one connection, in WAL mode with ``synchronous =
FULL``: when a coroutine of the store returns, its change survives the process and the power
supply. Reads run on a second thread over a connection that cannot write. What waits for its
commit survives the process in files beside it.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from jupyter_tandem.adapters.store.sequence import existing
from jupyter_tandem.adapters.store.sqlite.base import (
    insert_common,
    insert_intended,
    read_bases,
    unsettled_documents,
)
from jupyter_tandem.adapters.store.sqlite.database import Database
from jupyter_tandem.adapters.store.sqlite.document import Standing, read_standing
from jupyter_tandem.adapters.store.sqlite.garbage import Collector
from jupyter_tandem.adapters.store.sqlite.journal import SqliteJournal
from jupyter_tandem.adapters.store.sqlite.lease import SqliteLease
from jupyter_tandem.adapters.store.sqlite.run import SqliteRunStore
from jupyter_tandem.adapters.store.sqlite.thread import Failpoint, Reader, Writer, pass_by
from jupyter_tandem.adapters.store.sqlite.unsynced import UnsyncedLog
from jupyter_tandem.ports.store import FileBase, FileBases
from jupyter_tandem.types import DocumentId

LEASE_TTL_S = 15.0
"""How long a holder that is there but silent is respected; it renews several times in between."""


class SqliteFileBaseStore:
    """:class:`~jupyter_tandem.ports.store.FileBaseStore` over a journal database."""

    def __init__(self, reader: Reader, writer: Writer) -> None:
        self._reader = reader
        self._writer = writer

    async def bases(self, document_id: DocumentId) -> FileBases:
        """See the port."""

        def work(connection: sqlite3.Connection) -> FileBases:
            standing = read_standing(connection, document_id)
            if standing is None:
                return FileBases(None, None)
            return read_bases(connection, standing)

        return await self._reader.read(work)

    async def intend(self, document_id: DocumentId, base: FileBase) -> None:
        """See the port."""
        await self._remember(insert_intended, document_id, base)

    async def settle(self, document_id: DocumentId, base: FileBase) -> None:
        """See the port."""
        await self._remember(insert_common, document_id, base)

    async def unsettled(self) -> Sequence[DocumentId]:
        """See the port."""
        return await self._reader.read(unsettled_documents)

    async def _remember(
        self,
        insert: Callable[[sqlite3.Connection, Standing, FileBase], None],
        document_id: DocumentId,
        base: FileBase,
    ) -> None:
        def work(connection: sqlite3.Connection) -> None:
            standing = self._writer.ledger.standing(connection, document_id)
            insert(connection, existing(document_id, standing), base)

        await self._writer.write(work)


class SqliteStore:
    """Journal, file versions, runs and lease in one SQLite file. Make one with :meth:`open`.

    Attributes:
        journal: The log of updates.
        bases: The remembered file versions.
        runs: The remembered runs of cells.
        lease: The right to write. A database that was never leased may be written without.
    """

    def __init__(
        self,
        database: Database,
        *,
        ttl_s: float,
        monotonic: Callable[[], float],
        wall: Callable[[], float],
        failpoint: Failpoint,
    ) -> None:
        self._reader = Reader(database)
        self._writer = Writer(database, failpoint)
        collector = Collector(self._writer)
        unsynced = UnsyncedLog(database.directory, self._writer.ledger, monotonic)
        self.journal = SqliteJournal(self._reader, self._writer, collector, unsynced, wall)
        self.bases = SqliteFileBaseStore(self._reader, self._writer)
        self.runs = SqliteRunStore(self._reader, self._writer)
        self.lease = SqliteLease(
            database.directory,
            self._reader,
            self._writer,
            collector,
            unsynced,
            ttl_s=ttl_s,
            monotonic=monotonic,
        )

    @staticmethod
    def open(
        directory: Path,
        *,
        ttl_s: float = LEASE_TTL_S,
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        factory: type[sqlite3.Connection] = sqlite3.Connection,
        failpoint: Failpoint = pass_by,
    ) -> SqliteStore:
        """Open the store in ``directory``, made for its owner alone when it is not there.

        Blocks for a few milliseconds; meant for start-up, before or outside the event loop.

        Args:
            directory: Of its own for each contents root; never below the served root.
            ttl_s: Seconds without a renewal after which a rival may take the lease.
            monotonic: Seconds that never step back, for the lease.
            wall: Unix seconds; recorded for people, never decides anything.
            factory: Class of the database connections.
            failpoint: Called on the writing thread at ``begun``, ``written`` and ``committed`` of
                every transaction; tests end the process there.

        Raises:
            StoreUnavailable: the directory or the file cannot be used.
            StoreCorrupt: the file is damaged.
            StoreError: the file belongs to something else or to a newer Tandem.
        """
        database = Database(directory, factory)
        database.establish()
        return SqliteStore(
            database, ttl_s=ttl_s, monotonic=monotonic, wall=wall, failpoint=failpoint
        )

    async def close(self) -> None:
        """Finish what was begun, release the lease, close the file. May be called twice."""
        await self.lease.close()
        # The writer last: the last connection to go folds the write-ahead file into the database.
        await self._reader.close()
        await self._writer.close()
