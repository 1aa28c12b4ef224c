"""Copies everything that a Hub's service holds from files into PostgreSQL, whole or not at all (HUB-33)."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg
import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from jupyter_tandem.adapters.hub.migrations.upgrade import migrate as migrate_registry
from jupyter_tandem.adapters.hub.registry import DOCUMENTS
from jupyter_tandem.adapters.hub.registry import FILE_NAME as REGISTRY_FILE
from jupyter_tandem.adapters.hub.requests import REQUESTS
from jupyter_tandem.adapters.postgres_line import engine_on
from jupyter_tandem.adapters.sharing import audit
from jupyter_tandem.adapters.sharing.database import bring_up_to_date, sqlite_engine
from jupyter_tandem.adapters.sharing.inspection import problems as sharing_problems
from jupyter_tandem.adapters.sharing.tables import AUDIT, METADATA, STATE
from jupyter_tandem.adapters.store.postgres.database import prepare, unavailable
from jupyter_tandem.adapters.store.postgres.thread import LEASE_CLASS
from jupyter_tandem.adapters.store.sqlite import SqliteStore
from jupyter_tandem.adapters.store.sqlite import database as sqlite_database
from jupyter_tandem.adapters.store.sqlite.inspection import inspect
from jupyter_tandem.adapters.store.transfer import TABLES as JOURNAL_TABLES
from jupyter_tandem.adapters.store.transfer import JournalTransfer
from jupyter_tandem.adapters.system import SystemEntropy
from jupyter_tandem.adapters.table_copy import copy_table, count_of, same
from jupyter_tandem.errors import StoreCorrupt, StoreError, StoreUnavailable
from jupyter_tandem.hosts.hub_store import MOVED
from jupyter_tandem.ports.store import Holder

Told = Callable[[str, int, int], None]

REGISTRY_TABLES: Final = (DOCUMENTS, REQUESTS)
SHARING_TABLES: Final = tuple(METADATA.sorted_tables)
"""In an order in which what is referred to comes first."""

_NO_HARM: Final = "permission"
"""What the doctor says of files that others may read does not stop anybody from copying them."""

_SERVICES: Final = (
    "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted "
    "AND classid = :lease AND objsubid = 2 "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))"
)


class NotMarked(StoreError):
    """All of it is in the database, and the files do not say so."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What is in the database now.

    Attributes:
        documents: With a journal.
        entries: Of these journals.
        rows: Of shares, links, uses, requests and documents of the service.
        audit: Entries of the audit log.
        before: Whether all of it was there already, from an attempt that did not come to its end.
    """

    documents: int
    entries: int
    rows: int
    audit: int
    before: bool


async def move(directory: Path, url: str, told: Told) -> Moved:
    """Copy the store in ``directory`` into the empty database at ``url``, and compare both.

    The files stay as they are, but for :data:`MOVED` beside them, written last and before anybody else can have
    the files.

    Raises:
        NotMarked: :data:`MOVED` could not be written. StoreError: nothing was copied, and the database is as it was.
    """
    if not all((directory / name).is_file() for name in (sqlite_database.FILE_NAME, REGISTRY_FILE)):
        raise StoreError(f"There is no store of a Hub's service in {directory}.")
    store = SqliteStore.open(directory)
    try:
        me = Holder(SystemEntropy().token(), "", os.getpid(), socket.gethostname())
        other = await store.lease.acquire(me)
        if other is not None:
            raise StoreUnavailable(
                f"A service has the store (process {other.pid} on {other.host}). Stop it, and try again; "
                "one that was killed on another machine counts as gone after 15 seconds."
            )
        return await asyncio.to_thread(_move, directory, url, told)
    finally:
        await store.close()


def _move(directory: Path, url: str, told: Told) -> Moved:
    _check_sound(directory)
    try:
        with _Stores.opened(directory, url) as stores:
            return stores.move(told)
    except SQLAlchemyError as error:
        raise unavailable(getattr(error, "orig", None) or error) from error
    except (psycopg.Error, UnicodeError) as error:
        raise unavailable(error) from error
    except sqlite3.Error as error:
        raise sqlite_database.translated(error) from error


def _check_sound(directory: Path) -> None:
    found = [one.problem for one in inspect(directory).findings if one.code != _NO_HARM]
    found += [said for code, said, _ in sharing_problems(directory) if code != _NO_HARM]
    if found:
        raise StoreCorrupt(
            f"Something is wrong with the store: {found[0]} `jupyter-tandem doctor {directory}` says what to do."
        )


def _mark(directory: Path) -> None:
    try:
        _write_mark(directory)
    except OSError as error:
        raise NotMarked(
            f"All of it was copied, but {directory / MOVED} could not be written ({error.strerror}). Start no service "
            "on these files: repeat this command when that can be written, or move them away."
        ) from error


def _write_mark(directory: Path) -> None:
    descriptor = os.open(directory / MOVED, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(
            b"What is in this folder was copied into a PostgreSQL database and goes on there.\n"
        )
        file.flush()
        os.fsync(file.fileno())
    sqlite_database.sync_directory(directory)


class _Stores:
    """Both, each in a transaction that keeps others from writing."""

    def __init__(
        self,
        journal: sqlite3.Connection,
        sharing: sa.Connection,
        registry: sa.Connection,
        target: sa.Connection,
    ) -> None:
        self._journal = journal
        self._target = target
        self._tables = [(sharing, table) for table in SHARING_TABLES]
        self._tables += [(registry, table) for table in REGISTRY_TABLES]

    @staticmethod
    @contextlib.contextmanager
    def opened(directory: Path, url: str) -> Iterator[_Stores]:
        """Everything is committed, and the files marked, when the block is left in peace, and nothing otherwise."""
        with contextlib.ExitStack() as stack:
            journal = sqlite_database.Database(directory).connect()
            stack.callback(journal.close)
            journal.execute("BEGIN IMMEDIATE")
            sharing = stack.enter_context(_begun(sqlite_engine(directory)))
            bring_up_to_date(sharing)
            registry = stack.enter_context(_begun(sqlite_engine(directory, REGISTRY_FILE)))
            migrate_registry(registry)
            with _begun(engine_on(url, patient=True, poolclass=sa.NullPool)) as target:
                # A service that starts meanwhile waits here for the end of this transaction.
                prepare(target)
                bring_up_to_date(target)
                migrate_registry(target)
                yield _Stores(journal, sharing, registry, target)
            # Nobody can write the files before this: a service elsewhere may have the lease once they are let go.
            _mark(directory)

    def move(self, told: Told) -> Moved:
        """Copy and compare.

        Raises:
            StoreError: the database is in use, or not empty.
        """
        if self._target.execute(sa.text(_SERVICES), {"lease": LEASE_CLASS}).scalar_one():
            raise StoreUnavailable("A service uses the database. Stop it, and try again.")
        held = [name for name in self._names() if self._holds(name)]
        transfer = JournalTransfer(self._journal, self._raw(), told)
        if not held:
            transfer.copy()
            self._target.execute(STATE.delete())
            for source, table in self._tables:
                copy_table(source, self._target, table, told)
        try:
            transfer.check()
            self._compare(told)
        except StoreCorrupt as error:
            if not held:
                raise
            raise StoreError(
                f"There is something else in the database already ({', '.join(held)}). "
                "Make one of its own for this."
            ) from error
        return self._counted(before=bool(held))

    def _names(self) -> list[str]:
        return [*JOURNAL_TABLES, *(table.name for _, table in self._tables if table is not STATE)]

    def _holds(self, name: str) -> bool:
        asked = sa.text(f"SELECT EXISTS (SELECT 1 FROM {name})")  # noqa: S608  (a constant)
        return bool(self._target.execute(asked).scalar_one())

    def _raw(self) -> psycopg.Connection[tuple[object, ...]]:
        raw = self._target.connection.driver_connection
        if not isinstance(raw, psycopg.Connection):
            raise AssertionError("The address was made one for psycopg.")
        return raw

    def _compare(self, told: Told) -> None:
        for done, (source, table) in enumerate(self._tables, 1):
            if not same(source, self._target, table):
                raise StoreCorrupt(f"What was copied of {table.name} is not what was to be copied.")
            told("tables compared", done, len(self._tables))
        broken = audit.verify(self._target)
        if broken is not None:
            raise StoreCorrupt(f"The copied audit log is not whole: {broken}")

    def _counted(self, *, before: bool) -> Moved:
        entries = sa.text("SELECT coalesce(sum(count), 0) FROM journal_chunks")
        documents = sa.text("SELECT count(*) FROM journal_documents")
        rows = [count_of(self._target, t) for _, t in self._tables if t not in (AUDIT, STATE)]
        return Moved(
            documents=int(self._target.execute(documents).scalar_one()),
            entries=int(self._target.execute(entries).scalar_one()),
            rows=sum(rows),
            audit=count_of(self._target, AUDIT),
            before=before,
        )


@contextlib.contextmanager
def _begun(engine: sa.Engine) -> Iterator[sa.Connection]:
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()
