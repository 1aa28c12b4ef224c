"""A store in a PostgreSQL database, in tables of its own beside others of Tandem.

Every write is one transaction on one thread and one connection, with ``synchronous_commit`` on: when a
coroutine of the store returns, its change survives the process and the power supply of the database.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final

import sqlalchemy as sa

from jupyter_tandem.adapters.postgres_line import CLOSE_S
from jupyter_tandem.adapters.store.postgres.base import PostgresFileBaseStore
from jupyter_tandem.adapters.store.postgres.database import Database
from jupyter_tandem.adapters.store.postgres.journal import PostgresJournal
from jupyter_tandem.adapters.store.postgres.lease import PostgresLease
from jupyter_tandem.adapters.store.postgres.run import PostgresRunStore
from jupyter_tandem.adapters.store.postgres.thread import (
    Failpoint,
    Freighter,
    Reader,
    Writer,
    pass_by,
)

LEASE_TTL_S: Final = 15.0
"""How long a holder that is there but silent is respected; it renews several times in between."""


class PostgresStore:
    """Journal, file versions, runs and lease in one database. Make one with :meth:`connect`.

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
        self._freighter = Freighter(database, self._writer)
        self.journal = PostgresJournal(self._reader, self._writer, self._freighter, wall)
        self.bases = PostgresFileBaseStore(self._reader, self._writer)
        self.runs = PostgresRunStore(self._reader, self._writer)
        self.lease = PostgresLease(self._reader, self._writer, ttl_s=ttl_s, monotonic=monotonic)

    @staticmethod
    def connect(
        url: sa.URL,
        *,
        ttl_s: float = LEASE_TTL_S,
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        failpoint: Failpoint = pass_by,
    ) -> PostgresStore:
        """Use a database, making the tables where there are none.

        Blocks until it answers, for five seconds at most; meant for start-up.

        Args:
            url: The database, with the driver ``postgresql+psycopg``.
            ttl_s: Seconds without a renewal after which a rival may take the lease.
            monotonic: Seconds that never step back, for the lease.
            wall: Unix seconds; recorded for people, never decides anything.
            failpoint: Called on the writing thread at ``begun``, ``written`` and ``committed`` of
                every transaction; tests end the process there.

        Raises:
            StoreUnavailable: the database cannot be used. StoreError: it is not one for a journal, or a
                newer Tandem wrote it.
        """
        database = Database(url)
        database.establish()
        return PostgresStore(
            database, ttl_s=ttl_s, monotonic=monotonic, wall=wall, failpoint=failpoint
        )

    async def close(self) -> None:
        """Finish what was begun, release the lease, let go of the connections. May be called twice."""
        await asyncio.gather(self._end_writing(), self._freighter.close(), self._reader.close())

    async def _end_writing(self) -> None:
        releasing = asyncio.ensure_future(self.lease.close())
        done, _ = await asyncio.wait({releasing}, timeout=CLOSE_S)
        if not done:
            self._writer.break_off()
            await releasing
        await self._writer.close()
