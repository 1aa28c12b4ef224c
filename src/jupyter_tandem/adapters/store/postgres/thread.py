"""The threads of a store in PostgreSQL: one that writes, one for what is large, some that read.

``asyncio`` code awaits futures; nothing of the database runs on the event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

import psycopg

from jupyter_tandem.adapters.postgres_line import CLOSE_S
from jupyter_tandem.adapters.postgres_patience import Patience
from jupyter_tandem.adapters.store.postgres.database import (
    FAILURES,
    WRITE_LOCK,
    Connection,
    Database,
    translated,
)
from jupyter_tandem.adapters.store.postgres.document import Ledger
from jupyter_tandem.adapters.store.postgres.session import Session
from jupyter_tandem.errors import LeaseLost, StoreError, StoreUnavailable

NOT_HELD: Final = -1
"""The token of a store that gave its lease back or lost it: that of no row."""

LEASE_CLASS: Final = 0x54414E4C
"""First half of the names of the advisory locks that show whether a holder of the lease is connected."""

_READERS: Final = 3
"""Documents that are opened at the same time; more would take the processor from those who write."""

_BOOTED: Final = "UPDATE journal_lease SET booted = pg_postmaster_start_time() WHERE token = %s"
"""From now on a missing lock tells again that its holder is gone."""

T = TypeVar("T")

Failpoint = Callable[[str], None]
"""Called on the writer's thread at ``begun``, ``written`` and ``committed`` of every transaction."""


def pass_by(_point: str) -> None:
    """The failpoint of a store nobody tests."""


class _Pool:
    """Threads, each using a connection for as long as its work takes; opened when needed."""

    def __init__(self, name: str, threads: int, connect: Callable[[Patience], Connection]) -> None:
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix=f"tandem-postgres-{name}")
        self._connect = connect
        self._patience = Patience()
        self._idle: list[Session] = []
        self._closed = False
        self._broken_off = False

    async def run(self, work: Callable[[], T]) -> T:
        if self._closed:
            raise StoreUnavailable("The store is closed; nothing was read or written.")
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)

    async def close(self) -> None:
        """Finish what was begun and close the connections; what the database does not answer is broken off."""
        if self._closed:
            return
        self._closed = True
        ending = asyncio.get_running_loop().run_in_executor(None, self._executor.shutdown)
        done, _ = await asyncio.wait({ending}, timeout=CLOSE_S)
        if not done:
            self.break_off()
            await ending
        for session in self._idle:
            session.close()
        self._idle.clear()

    def break_off(self) -> None:
        """Let everything fail that has not been done yet; what waits for the database finds its connection broken."""
        self._broken_off = True
        self._patience.lose()

    def open(self) -> Session:
        """A connection of its own to whoever asks."""
        return Session(self._connect(self._patience))

    def in_session(self, work: Callable[[Session], T], session: Session | None = None) -> T:
        """Do ``work`` and keep the connection for the next one, unless the database failed."""
        self._check_open()
        session = session or (self._idle.pop() if self._idle else self.open())
        kept = False
        try:
            try:
                result = work(session)
            except StoreError:
                session.origins.forget()
                session.connection.rollback()
                kept = True
                raise
            kept = True
            return result
        finally:
            if kept:
                self._idle.append(session)
            else:
                session.close()

    def _check_open(self) -> None:
        if self._broken_off:
            raise StoreUnavailable("The store is closed; nothing was read or written.")


class Reader(_Pool):
    """Runs reads, each in a transaction of its own: what it reads is of one moment."""

    def __init__(self, database: Database) -> None:
        super().__init__("reader", _READERS, database.connect_read_only)

    async def read(self, work: Callable[[Session], T]) -> T:
        """Run ``work`` on a reading thread.

        Raises:
            StoreUnavailable: the database cannot be read.
            StoreCorrupt: what was read is damaged.
        """
        return await self.run(lambda: self._read(work))

    def _read(self, work: Callable[[Session], T]) -> T:
        def transaction(session: Session) -> T:
            result = work(session)
            session.connection.rollback()
            return result

        try:
            try:
                return self.in_session(transaction)
            except psycopg.OperationalError:
                # It may have been a connection from before the database was started again.
                return self.in_session(transaction, self.open())
        except FAILURES as error:
            raise translated(error) from error


class Writer(_Pool):
    """Runs writes one after the other, each in one transaction that is durable when it ends.

    When the connection breaks nobody knows whether what was under way took place. The next write
    waits until the database has done with it, and holds what it finds against what was acknowledged
    before anything is accepted. Where that is missing every write is refused until :meth:`begin_anew`:
    the first one may be one after which nobody reads documents anew.

    Attributes:
        ledger: Where the journals end.
        token: That of the lease, while this store may write.
        lock: Number of the lease's advisory lock that every connection takes; 0 for none.
    """

    def __init__(self, database: Database, failpoint: Failpoint) -> None:
        super().__init__("writer", 1, database.connect)
        self.ledger = Ledger()
        self.token = 0
        self.lock = 0
        self._failpoint = failpoint
        self._verified = True

    async def write(
        self,
        work: Callable[[Session], T],
        committed: Callable[[T], None] | None = None,
        *,
        fenced: bool = True,
    ) -> T:
        """Run ``work`` in a transaction on the writing thread.

        Args:
            work: Makes its changes through the session it is given.
            committed: Told the result of ``work`` on the same thread once it is durable.
            fenced: Whether to check the lease's token first.

        Raises:
            LeaseLost: another server holds the store; nothing was written.
            SequenceConflict: the database lacks what it had acknowledged; nothing was written.
            StoreUnavailable: the transaction failed; nothing was written.
            StoreCorrupt: the database is damaged.
        """
        return await self.run(lambda: self._write(work, committed, fenced=fenced))

    async def begin_anew(self) -> None:
        """Take the database as it is: whoever asks reads everything anew."""
        await self.run(self.ledger.forget)

    def open(self) -> Session:
        """See the base class; it shows that the holder of the lease is there."""
        session = super().open()
        if self.lock:
            hold_lock(session.connection, self.lock)
            session.connection.execute(_BOOTED, (self.token,))
            session.connection.commit()
        return session

    def _write(
        self,
        work: Callable[[Session], T],
        committed: Callable[[T], None] | None,
        *,
        fenced: bool,
    ) -> T:
        try:
            if fenced and not self._verified:
                verify = self.ledger.verify
                found = self._transact(lambda session: verify(session.connection), fenced=True)
                for standing in found:
                    self.ledger.note(standing)
                self._verified = True
            result = self._transact(work, fenced=fenced)
        except FAILURES as error:
            self._verified = False
            raise translated(error) from error
        if committed is not None:
            committed(result)
        return result

    def _transact(self, work: Callable[[Session], T], *, fenced: bool) -> T:
        def transaction(session: Session) -> T:
            begin(session.connection, self.token if fenced else None)
            self._failpoint("begun")
            result = work(session)
            self._failpoint("written")
            session.connection.commit()
            return result

        result = self.in_session(transaction)
        self._failpoint("committed")
        return result


class Freighter(_Pool):
    """Writes what is large, beside the writer: others' edits do not wait for a snapshot of 100 MB."""

    def __init__(self, database: Database, writer: Writer) -> None:
        super().__init__("freighter", 1, database.connect)
        self._writer = writer

    async def write(
        self, load: Callable[[Session], T], claim: Callable[[Session, T], None]
    ) -> None:
        """Run ``load`` and then ``claim`` in one transaction.

        Args:
            load: Takes no lock that a writer could wait for.
            claim: Runs like a work of the writer: alone, and with the lease's token checked.

        Raises:
            As :meth:`Writer.write`.
        """

        def transaction(session: Session) -> None:
            loaded = load(session)
            begin(session.connection, self._writer.token)
            claim(session, loaded)
            session.connection.commit()

        await self.run(lambda: self._write(transaction))

    def _write(self, transaction: Callable[[Session], None]) -> None:
        try:
            self.in_session(transaction)
        except FAILURES as error:
            raise translated(error) from error


def begin(connection: Connection, token: int | None) -> None:
    """Wait for one's turn to write, then see that one may.

    Raises:
        LeaseLost: the lease has another token.
    """
    # The lock first and the look after it are two statements: what a statement sees is decided when it begins.
    with connection.pipeline():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (WRITE_LOCK,))
        found = connection.execute("SELECT token FROM journal_lease")
    if token is not None and found.fetchone() != (token,):
        raise LeaseLost("Another server writes this journal now; this one stopped writing.")


def hold_lock(connection: Connection, lock: int) -> None:
    """Show for as long as this connection lives that the holder of the lease does."""
    # Shared: a connection that broke may be held to be there by the database for a while.
    connection.execute("SELECT pg_advisory_lock_shared(%s, %s)", (LEASE_CLASS, lock))
