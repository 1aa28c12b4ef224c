"""The lease of a journal in PostgreSQL: a lock that ends with a connection, a heartbeat for every other case.

The holder's writing connection holds an advisory lock whose number is in the row ``journal_lease``. The database lets go of it
when the connection ends, so a challenger on any machine sees at once that the holder's process is gone. When the
database was started since, a missing lock says that it is gone or has not come back yet. On its own machine its process
tells; on another one it has a few seconds to come back, as it asks every second. For a holder that is stopped or cut off counts
the heartbeat: unchanged for the time to live, on the challenger's monotonic clock. Taking the
lease raises the token that every writing transaction compares with its own.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from jupyter_tandem.adapters.store.postgres.database import Connection
from jupyter_tandem.adapters.store.postgres.session import Session
from jupyter_tandem.adapters.store.postgres.thread import (
    LEASE_CLASS,
    NOT_HELD,
    Reader,
    Writer,
    hold_lock,
)
from jupyter_tandem.errors import LeaseLost, StoreCorrupt, StoreError
from jupyter_tandem.ports.store import Holder

_LOCKS: Final = (1 << 31) - 1

RETURN_S: Final = 5.0
"""How long a holder is waited for that has to come back to a database that was started anew; it asks every second."""

_SELECT: Final = (
    "SELECT token, heartbeat, lock, booted = pg_postmaster_start_time(), server, url, pid, host "
    "FROM journal_lease"
)
_LOCKED: Final = (
    "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted "
    "AND classid = %s AND objid = %s AND objsubid = 2 "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))"
)
_TAKE: Final = (
    "UPDATE journal_lease SET token = token + 1, heartbeat = 0, lock = %s, "
    "booted = pg_postmaster_start_time(), server = %s, url = %s, pid = %s, host = %s"
)
_BEAT: Final = (
    "UPDATE journal_lease SET heartbeat = heartbeat + 1, booted = pg_postmaster_start_time()"
)
_GIVE_BACK: Final = "UPDATE journal_lease SET lock = 0, server = '', url = '', pid = 0, host = ''"


@dataclass(frozen=True, slots=True)
class LeaseRow:
    """What the database says about its lease.

    Attributes:
        token: Raised by every change of hands.
        heartbeat: Raised by every renewal.
        lock: Number of the holder's lock, 0 when the lease was given back.
        same_boot: Whether the database has run without interruption since the holder last wrote this row.
        holder: Who holds it, ``None`` when it was given back.
    """

    token: int
    heartbeat: int
    lock: int
    same_boot: bool
    holder: Holder | None


def read_lease(connection: Connection) -> LeaseRow:
    """The one row of ``journal_lease``.

    Raises:
        StoreCorrupt: it is not there.
    """
    row: tuple[Any, ...] | None = connection.execute(_SELECT).fetchone()
    if row is None:
        raise StoreCorrupt("The journal's lease is missing in its database; put back a backup.")
    token, heartbeat, lock, same_boot, *card = row
    return LeaseRow(token, heartbeat, lock, same_boot, Holder(*card) if lock else None)


class PostgresLease:
    """:class:`~jupyter_tandem.ports.store.Lease` over a journal in PostgreSQL."""

    def __init__(
        self, reader: Reader, writer: Writer, *, ttl_s: float, monotonic: Callable[[], float]
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._ttl_s = ttl_s
        self._monotonic = monotonic
        self._seen: LeaseRow | None = None
        self._seen_since = 0.0

    async def acquire(self, holder: Holder) -> Holder | None:
        """See the port. Never waits for the time to live: ask again later."""
        row, locked = await self._reader.read(_look)
        if self._writer.lock and row.token == self._writer.token:
            await self._writer.begin_anew()
            return None
        if row.holder is not None and self._lives(row, holder, locked=locked):
            return row.holder
        return await self._take(row, holder)

    async def renew(self) -> None:
        """See the port."""
        if not self._writer.lock:
            raise LeaseLost("This server does not hold the journal; it has to acquire it first.")
        try:
            await self._writer.write(lambda session: session.connection.execute(_BEAT))
        except LeaseLost:
            self._drop()
            raise

    async def release(self) -> None:
        """See the port."""
        lock = self._writer.lock
        if not lock:
            return
        try:
            await self._writer.write(lambda session: _give_back(session.connection, lock))
        except LeaseLost:
            pass
        finally:
            self._drop()

    async def close(self) -> None:
        """Give the lease back; where that fails the end of the connection shows that nobody is there."""
        try:
            await self.release()
        except StoreError:
            self._drop()

    def _lives(self, row: LeaseRow, challenger: Holder, *, locked: bool) -> bool:
        """Whether the holder has to be respected."""
        if self._seen != row:
            self._seen, self._seen_since = row, self._monotonic()
        if not locked and (row.same_boot or _ended(row.holder, challenger)):
            return False
        longest_s = self._ttl_s if locked else min(self._ttl_s, RETURN_S)
        return self._monotonic() - self._seen_since < longest_s

    async def _take(self, seen: LeaseRow, holder: Holder) -> Holder | None:
        lock = 1 + secrets.randbelow(_LOCKS)
        taken = await self._writer.write(
            lambda session: _take_over(session.connection, seen, holder, lock),
            lambda taken: self._note(lock) if taken else None,
            fenced=False,
        )
        if taken:
            self._writer.token = seen.token + 1
            return None
        row, _ = await self._reader.read(_look)
        return row.holder

    def _note(self, lock: int) -> None:
        self._writer.lock = lock
        self._writer.ledger.forget()

    def _drop(self) -> None:
        self._writer.token = NOT_HELD
        self._writer.lock = 0


def _ended(holder: Holder | None, challenger: Holder) -> bool:
    """Whether it is certain that the holder's process has ended: on the challenger's machine one can look.

    Where machines of one name have processes of their own this may be wrong. Then the holder loses the lease and
    its next write is refused; two never write.
    """
    if holder is None or holder.host != challenger.host or os.name != "posix":
        return False
    if holder.pid == challenger.pid:
        return holder != challenger
    try:
        os.kill(holder.pid, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def _look(session: Session) -> tuple[LeaseRow, bool]:
    row = read_lease(session.connection)
    found = session.connection.execute(_LOCKED, (LEASE_CLASS, row.lock)).fetchone()
    return row, found == (True,)


def _take_over(connection: Connection, seen: LeaseRow, holder: Holder, lock: int) -> bool:
    """Whether the lease was still as it was ``seen``."""
    if read_lease(connection) != seen:
        return False
    hold_lock(connection, lock)
    connection.execute(_TAKE, (lock, holder.server, holder.url, holder.pid, holder.host))
    return True


def _give_back(connection: Connection, lock: int) -> None:
    connection.execute(_GIVE_BACK)
    connection.execute("SELECT pg_advisory_unlock_shared(%s, %s)", (LEASE_CLASS, lock))
