"""The two threads of a SQLite store: one that writes, one that reads.

``asyncio`` code awaits futures; nothing of SQLite runs on the event loop.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from typing import TypeVar

from jupyter_tandem.adapters.store.sqlite.database import FAILURES, Database, translated
from jupyter_tandem.adapters.store.sqlite.document import Ledger
from jupyter_tandem.adapters.store.sqlite.origin import Origins
from jupyter_tandem.adapters.store.sqlite.quiet import Quiet
from jupyter_tandem.adapters.store.thread import WorkThread
from jupyter_tandem.errors import LeaseLost, StoreError, StoreUnavailable

_log = logging.getLogger(__name__)

_LARGE_BYTES = 128 * 1024
"""A write-ahead file below this may stay: folding it is not worth a sync, and a lease is renewed all day."""

T = TypeVar("T")

Failpoint = Callable[[str], None]
"""Called on the writer's thread at ``begun``, ``written`` and ``committed`` of every transaction."""


def pass_by(_point: str) -> None:
    """The failpoint of a store nobody tests."""


class _Thread:
    """A thread with a connection of its own, opened when first needed and after a failure."""

    def __init__(self, name: str, connect: Callable[[], sqlite3.Connection]) -> None:
        self.origins = Origins()
        self._thread = WorkThread(f"tandem-journal-{name}")
        self._connect = connect
        self._connection: sqlite3.Connection | None = None
        self._closed = False

    def _run(self, work: Callable[[], T]) -> asyncio.Future[T]:
        if not self._closed:
            return self._thread.submit(work)
        refusal: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        refusal.set_exception(StoreUnavailable("The store is closed; nothing was read or written."))
        return refusal

    async def close(self) -> None:
        """Finish what was begun and close the connection."""
        if self._closed:
            return
        self._closed = True
        await self._thread.submit(self._discard)
        self._thread.end()

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = self._connect()
        return self._connection

    def _discard(self) -> None:
        connection, self._connection = self._connection, None
        self.origins.forget()
        if connection is not None:
            connection.close()


class Reader(_Thread):
    """Runs reads, each in a transaction of its own: what it reads is of one moment."""

    def __init__(self, database: Database) -> None:
        super().__init__("reader", database.connect_read_only)

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run ``work`` on the reading thread.

        Raises:
            StoreUnavailable: the database cannot be read.
            StoreCorrupt: what was read is damaged.
        """
        return await self._run(lambda: self._transact(work))

    def _transact(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            connection = self._open()
            connection.execute("BEGIN")
            try:
                return work(connection)
            finally:
                connection.execute("ROLLBACK")
        except FAILURES as error:
            self._discard()
            raise translated(error) from error


class Writer(_Thread):
    """Runs writes one after the other, each in one transaction that is durable when it ends.

    After a failure of the database the connection is given up: a failed fsync says nothing about
    what reached the disk, and repeating it proves nothing. The next write opens a new connection
    and holds what it finds against what was acknowledged before anything is accepted.
    """

    def __init__(self, database: Database, failpoint: Failpoint) -> None:
        super().__init__("writer", database.connect)
        self.ledger = Ledger()
        self.token = 0
        self._database = database
        self._failpoint = failpoint
        self._verified = True
        self._quiet = Quiet(self._fold_at_rest)

    def write(
        self,
        work: Callable[[sqlite3.Connection], T],
        committed: Callable[[T], None] | None = None,
        *,
        fenced: bool = True,
        large: bool = False,
    ) -> asyncio.Future[T]:
        """Run ``work`` in a transaction on the writing thread, which begins with it before anybody awaits the result.

        Args:
            work: Makes its changes through the connection it is given.
            committed: Told the result of ``work`` on the same thread once it is durable.
            fenced: Whether to check the lease's token first.
            large: Whether it writes so much that folding it would double the time; that is left to a later write, or to rest.

        Raises:
            LeaseLost: another server holds the store; nothing was written.
            StoreUnavailable: the transaction failed; nothing was written.
            StoreCorrupt: the database is damaged.
        """
        transact = self._transact_large if large else self._transact
        writing = self._run(lambda: self._write(work, committed, transact, fenced=fenced))
        self._quiet.wrote()
        return writing

    async def apart(self, work: Callable[[], T]) -> T:
        """Run ``work``, which is no transaction, on the writing thread, after all that was asked of it before."""
        return await self._run(work)

    async def close(self) -> None:
        """See the base class. Nothing is folded any more once this has begun."""
        await self._quiet.close()
        await super().close()

    async def fold(self) -> None:
        """Copy the write-ahead file into the database and empty it.

        When a reader is in the way it stays as it is, until the next time.

        Raises:
            StoreUnavailable: the files cannot be written.
        """
        await self._run(self._fold)

    async def _fold_at_rest(self) -> None:
        try:
            await self._run(self._fold_large)
        except StoreError as error:
            # Whoever writes next is told, and may do something about it.
            _log.debug("The write-ahead file was not folded: %s", error)

    def _fold_large(self) -> None:
        if self._database.wal_bytes() > _LARGE_BYTES:
            self._fold(fenced=True)

    def _fold(self, *, fenced: bool = False) -> None:
        try:
            connection = self._open()
            if fenced:
                self._check_token(connection)
            wait_ms = connection.execute("PRAGMA busy_timeout").fetchone()[0]
            # Other writes stand in line behind this one: it must not wait for a reader.
            connection.execute("PRAGMA busy_timeout = 0")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            connection.execute(f"PRAGMA busy_timeout = {wait_ms}")
        except FAILURES as error:
            self._verified = False
            self._discard()
            raise translated(error) from error

    def _write(
        self,
        work: Callable[[sqlite3.Connection], T],
        committed: Callable[[T], None] | None,
        transact: Callable[..., T],
        *,
        fenced: bool,
    ) -> T:
        try:
            if fenced and not self._verified:
                for standing in self._transact(self.ledger.verify, fenced=True):
                    self.ledger.note(standing)
                self._verified = True
            result = transact(work, fenced=fenced)
        except FAILURES as error:
            self._verified = False
            self._discard()
            raise translated(error) from error
        if committed is not None:
            committed(result)
        return result

    def _transact_large(self, work: Callable[[sqlite3.Connection], T], *, fenced: bool) -> T:
        connection = self._open()
        [pages] = connection.execute("PRAGMA wal_autocheckpoint").fetchone()
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        try:
            return self._transact(work, fenced=fenced)
        finally:
            connection.execute(f"PRAGMA wal_autocheckpoint = {pages}")

    def _transact(self, work: Callable[[sqlite3.Connection], T], *, fenced: bool) -> T:
        connection = self._open()
        connection.execute("BEGIN IMMEDIATE")
        try:
            self._failpoint("begun")
            if fenced:
                self._check_token(connection)
            result = work(connection)
            self._failpoint("written")
            connection.execute("COMMIT")
        finally:
            if connection.in_transaction:
                self.origins.forget()
                connection.execute("ROLLBACK")
        self._failpoint("committed")
        return result

    def _check_token(self, connection: sqlite3.Connection) -> None:
        if connection.execute("SELECT token FROM lease").fetchone() != (self.token,):
            raise LeaseLost("Another server writes this journal now; this one stopped writing.")
