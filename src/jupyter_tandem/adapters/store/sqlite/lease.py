"""The lease of a SQLite journal: a lock file for the same machine, a heartbeat for every other case.

The holder keeps a lock file of its own locked for as long as it lives; the row in ``lease`` names
that file, so a challenger on the same machine sees at once whether the holder's process is there. A
holder that is there but stopped, or that is on another machine, loses the lease when its heartbeat
has not changed for the time to live, measured on the challenger's monotonic clock. Taking the
lease raises the token that every write transaction compares with its own, and appends what a
killed holder had logged and not committed.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from jupyter_tandem.adapters.store.sqlite.database import sync_directory
from jupyter_tandem.adapters.store.sqlite.garbage import Collector
from jupyter_tandem.adapters.store.sqlite.lock_file import LockFile, is_locked
from jupyter_tandem.adapters.store.sqlite.recovery import LeftPages, put_back, read_pages
from jupyter_tandem.adapters.store.sqlite.thread import Reader, Writer
from jupyter_tandem.adapters.store.sqlite.unsynced import UnsyncedLog
from jupyter_tandem.errors import LeaseLost, StoreCorrupt, StoreError, StoreUnavailable
from jupyter_tandem.ports.store import Holder

_log = logging.getLogger(__name__)

_NOT_HELD = -1
_LOCK_NAMES = "lease-*.lock"


@dataclass(frozen=True, slots=True)
class LeaseRow:
    """What the database says about its lease.

    Attributes:
        token: Raised by every change of hands.
        heartbeat: Raised by every renewal.
        lock: Name of the holder's lock file.
        holder: Who holds it, ``None`` when it was given back.
    """

    token: int
    heartbeat: int
    lock: str
    holder: Holder | None


def read_lease(connection: sqlite3.Connection) -> LeaseRow:
    """The one row of ``lease``.

    Raises:
        StoreCorrupt: it is damaged or not there.
    """
    row = connection.execute(
        "SELECT CAST(token AS INTEGER), CAST(heartbeat AS INTEGER), CAST(lock AS TEXT), "
        "CAST(server AS TEXT), CAST(url AS TEXT), CAST(pid AS INTEGER), CAST(host AS TEXT) "
        "FROM lease"
    ).fetchone()
    if row is None or None in row:
        raise StoreCorrupt("The journal's lease is damaged; run `jupyter tandem doctor`.")
    token, heartbeat, lock, server, url, pid, host = row
    holder = Holder(server, url, pid, host) if lock else None
    return LeaseRow(token, heartbeat, lock, holder)


class SqliteLease:
    """:class:`~jupyter_tandem.ports.store.Lease` over a journal database."""

    def __init__(
        self,
        directory: Path,
        reader: Reader,
        writer: Writer,
        collector: Collector,
        unsynced: UnsyncedLog,
        *,
        ttl_s: float,
        monotonic: Callable[[], float],
    ) -> None:
        self._directory = directory
        self._reader = reader
        self._writer = writer
        self._collector = collector
        self._unsynced = unsynced
        self._ttl_s = ttl_s
        self._monotonic = monotonic
        self._lock: LockFile | None = None
        self._tried: LockFile | None = None
        self._seen: LeaseRow | None = None
        self._seen_since = 0.0

    async def acquire(self, holder: Holder) -> Holder | None:
        """See the port. Never waits for the time to live: ask again later."""
        row = await self._reader.read(read_lease)
        if self._lock is not None and row.token == self._writer.token:
            await self._begin_again(row.token)
            return None
        if row.holder is not None and await asyncio.to_thread(self._lives, row, holder.host):
            return row.holder
        return await self._take(row, holder)

    async def renew(self) -> None:
        """See the port."""
        if self._lock is None:
            raise LeaseLost("This server does not hold the journal; it has to acquire it first.")
        try:
            await self._writer.write(_beat)
        except LeaseLost:
            self._drop_lock()
            raise

    async def release(self) -> None:
        """See the port."""
        lock = self._lock
        if lock is None:
            return
        await self._end_log()
        try:
            await self._writer.write(_give_back)
        except LeaseLost:
            pass
        finally:
            self._drop_lock()
        await asyncio.to_thread(lock.remove)

    async def close(self) -> None:
        """Give the lease back, or at least let the lock show that nobody is there."""
        try:
            await self.release()
        except StoreError:
            self._drop_lock()
        # A store that is closed already has ended it.
        with contextlib.suppress(StoreUnavailable):
            await self._end_log()

    def _lives(self, row: LeaseRow, host: str) -> bool:
        """Whether the holder has to be respected."""
        if self._seen != row:
            self._seen, self._seen_since = row, self._monotonic()
        if row.holder is not None and row.holder.host == host:
            lock = self._directory / row.lock
            if not is_locked(lock):
                return False
        return self._monotonic() - self._seen_since < self._ttl_s

    async def _take(self, seen: LeaseRow, holder: Holder) -> Holder | None:
        left = await asyncio.to_thread(read_pages, self._directory, seen.token)
        lock = await asyncio.to_thread(self._new_lock)
        token = None

        def work(connection: sqlite3.Connection) -> int | None:
            taken = _take_over(connection, seen, holder, lock.path.name)
            if taken is not None:
                put_back(connection, self._writer.origins, left.entries)
            return taken

        try:
            token = await self._writer.write(work, self._note_taken, fenced=False)
        finally:
            if token is None:
                lock.drop()
                # A write that failed may have taken place all the same: then the row names this file, which shows
                # that nobody has the lease. The next attempt takes it, so that no more of them are left.
                self._tried = lock
        if token is None:
            await asyncio.to_thread(lock.remove)
            return (await self._reader.read(read_lease)).holder
        if self._lock is not None:
            self._lock.drop()
        self._lock, self._tried = lock, None
        await self._begin_log(left, token)
        await asyncio.to_thread(self._sweep_locks)
        await self._collector.collect()
        return None

    async def _begin_again(self, token: int) -> None:
        """Whoever asks a second time wrote something that did not fit, and begins anew with what the journal has.

        What others were shown and the journal lacks is put back, as after a crash.
        """
        self._unsynced.stop()
        left = await asyncio.to_thread(read_pages, self._directory, token)
        await self._writer.write(
            lambda connection: put_back(connection, self._writer.origins, left.entries),
            lambda _: self._writer.ledger.forget(),
        )
        await self._begin_log(left, token)

    async def _begin_log(self, left: LeftPages, token: int) -> None:
        self._unsynced.stop()
        await self._writer.apart(left.remove)
        await self._writer.apart(lambda: self._unsynced.begin(token))

    async def _end_log(self) -> None:
        self._unsynced.stop()
        await self._writer.apart(self._unsynced.end)

    def _note_taken(self, taken: int | None) -> None:
        if taken is not None:
            self._writer.token = taken
            self._writer.ledger.forget()

    def _new_lock(self) -> LockFile:
        name = f"lease-{secrets.token_hex(8)}.lock"
        lock = self._tried or LockFile(self._directory / name)
        # The row may name one that was tried before.
        give_up = lock.drop if self._tried else lock.remove
        try:
            taken = lock.take()
            # The row must never name a file that a power loss takes away.
            sync_directory(self._directory)
        except OSError as error:
            give_up()
            raise StoreUnavailable(
                f"No lock file can be made in {self._directory} ({error.strerror})."
            ) from error
        if not taken:
            give_up()
            self._tried = None
            raise StoreUnavailable(f"The new lock file {lock.path} was taken; try again.")
        return lock

    def _drop_lock(self) -> None:
        self._writer.token = _NOT_HELD
        self._unsynced.stop()
        if self._lock is not None:
            self._lock.drop()
            self._lock = None

    def _sweep_locks(self) -> None:
        try:
            for path in self._directory.glob(_LOCK_NAMES):
                if not is_locked(path):
                    path.unlink(missing_ok=True)
        except OSError as error:
            # They are in nobody's way; whoever takes the lease next tries again.
            _log.info("Old lock files stay in %s: %s", self._directory, error)


def _take_over(
    connection: sqlite3.Connection, seen: LeaseRow, holder: Holder, lock: str
) -> int | None:
    """The new token, or ``None`` when the lease changed since it was ``seen``."""
    if read_lease(connection) != seen:
        return None
    connection.execute(
        "UPDATE lease SET token = token + 1, heartbeat = 0, lock = ?, server = ?, url = ?, "
        "pid = ?, host = ?",
        (lock, holder.server, holder.url, holder.pid, holder.host),
    )
    return seen.token + 1


def _beat(connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE lease SET heartbeat = heartbeat + 1")


def _give_back(connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE lease SET lock = '', server = '', url = '', pid = 0, host = ''")
