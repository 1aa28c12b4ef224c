"""The database: where it is, who may read it, and bringing its tables up to date."""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from jupyter_tandem.adapters.postgres_line import engine_on
from jupyter_tandem.adapters.sharing.file_name import FILE_NAME
from jupyter_tandem.errors import StoreUnavailable

_BUSY_MS: Final = 5_000
"""Two servers on one root share the file; a transaction of the other takes milliseconds."""

_LOCKED_S: Final = 0.01
"""Pause before a file that another process is switching to a write-ahead log is tried again."""

NEWEST: Final = "0002"
"""The last step in ``migrations/versions``."""

_VERSION: Final = sa.table("alembic_version", sa.column("version_num", sa.String))

_MIGRATION_LOCK: Final = 0x54414E44
"""Names the PostgreSQL advisory lock that lets one of several starting servers migrate."""


def sqlite_engine(directory: Path, file_name: str = FILE_NAME) -> sa.Engine:
    """An engine on a SQLite file in ``directory``, both made for their owner alone.

    Raises:
        StoreUnavailable: they cannot be made.
    """
    path = directory / file_name
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        # SQLite gives its companion files the mode of this one.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        path.chmod(0o600)
    except OSError as error:
        raise StoreUnavailable(
            f"The directory {directory} cannot be used ({error.strerror}); check its owner and disk."
        ) from error
    engine = sa.create_engine(f"sqlite:///{path.absolute()}", hide_parameters=True)
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def other_engine(url: str, *, patient: bool = False) -> sa.Engine:
    """An engine on a database that several servers share, by SQLAlchemy URL; as :func:`engine_on` makes it."""
    return engine_on(url, patient=patient, pool_pre_ping=True)


def migrate(engine: sa.Engine) -> None:
    """Bring the tables up to date; does nothing when they are.

    Raises:
        StoreError: a newer Tandem made them, or the database cannot be used.
    """
    try:
        with engine.begin() as connection:
            bring_up_to_date(connection)
    except SQLAlchemyError as error:
        raise translated(error) from error


def bring_up_to_date(connection: sa.Connection) -> None:
    """The same, in the transaction of ``connection``.

    Raises:
        StoreError: a newer Tandem made the tables. SQLAlchemyError: the database cannot be used.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
    if revision_of(connection) == NEWEST:
        return
    # Not at the top: Alembic costs every start 10 MB and 0.2 s, and is needed once a release.
    from jupyter_tandem.adapters.sharing.migrations.upgrade import upgrade

    upgrade(connection)


def revision_of(connection: sa.Connection) -> str | None:
    """The last migration step the tables have been through; ``None`` where there are no tables."""
    if not sa.inspect(connection).has_table(_VERSION.name):
        return None
    return connection.execute(sa.select(_VERSION.c.version_num)).scalar()


def translated(error: SQLAlchemyError) -> StoreUnavailable:
    """The store error that tells a person what ``error`` means; never a parameter's value."""
    cause = getattr(error, "orig", None) or error
    return StoreUnavailable(
        f"Shares cannot be read or written now ({type(cause).__name__}); nothing was changed."
    )


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # The driver must not begin transactions by its own rules; _begin_sqlite does.
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
    _log_ahead(connection)
    for pragma in (
        "synchronous = FULL",
        "fullfsync = ON",
        "foreign_keys = ON",
        "trusted_schema = OFF",
        "secure_delete = ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _log_ahead(connection: sqlite3.Connection) -> None:
    """Switch a new file to a write-ahead log; two who do so at once are told that it is locked, and not to wait.

    Source: https://www.sqlite.org/c3ref/busy_handler.html (the busy handler is not called where waiting for each
    other would never end).
    """
    until = time.monotonic() + _BUSY_MS / 1000
    while not _logs_ahead(connection, last=time.monotonic() >= until):
        time.sleep(_LOCKED_S)


def _logs_ahead(connection: sqlite3.Connection, *, last: bool) -> bool:
    try:
        connection.execute("PRAGMA journal_mode = WAL")
    except sqlite3.OperationalError:
        if last:
            raise
        return False
    return True


def _begin_sqlite(connection: sa.Connection) -> None:
    # A transaction that reads first and writes then could find itself overtaken.
    connection.exec_driver_sql("BEGIN IMMEDIATE")
