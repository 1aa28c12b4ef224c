"""The database of a journal in PostgreSQL: bringing it up to date, and connections to it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any, Final

import psycopg
import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from jupyter_tandem.adapters.postgres_line import (
    PATIENCE,
    SETTINGS,
    UNLESS_SAID,
    engine_on,
)
from jupyter_tandem.adapters.postgres_patience import Patience
from jupyter_tandem.adapters.store.postgres.migrations.upgrade import migrate
from jupyter_tandem.errors import StoreCorrupt, StoreError, StoreUnavailable

_log = logging.getLogger(__name__)

FAILURES: Final = (psycopg.Error, UnicodeError)
"""What a database raises that fails; also text that cannot be stored."""

WRITE_LOCK: Final = 0x54414E57
"""Names the advisory lock that every writing transaction holds: they come one after the other."""

_ABOUT: Final = "SELECT current_setting('server_encoding'), current_setting('fsync')"

Connection = psycopg.Connection[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Database:
    """A journal's PostgreSQL database.

    Attributes:
        url: Its SQLAlchemy URL.
    """

    url: sa.URL

    def establish(self) -> None:
        """Make the tables, or bring them up to date.

        Raises:
            StoreUnavailable: it cannot be reached or used. StoreError: its text is not UTF-8, or a newer
                Tandem made the tables.
        """
        engine = engine_on(self.url, patient=True, poolclass=sa.NullPool)
        try:
            with engine.begin() as connection:
                prepare(connection)
        except SQLAlchemyError as error:
            raise unavailable(getattr(error, "orig", None) or error) from error

    def connect(self, patience: Patience | None = None) -> Connection:
        """A connection that writes: what it has committed is durable. Its owner may lose ``patience`` with it."""
        connection = self._connect(patience)
        try:
            connection.execute(SETTINGS)
            connection.execute(PATIENCE)
            connection.commit()
        except psycopg.Error:
            connection.close()
            raise
        return connection

    def connect_read_only(self, patience: Patience | None = None) -> Connection:
        """The same, but it cannot write; what a transaction reads is of one moment."""
        connection = self._connect(patience)
        connection.read_only = True
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        return connection

    def _connect(self, patience: Patience | None) -> Connection:
        _, asked = self.url.get_dialect()().create_connect_args(self.url)
        options: dict[str, Any] = {**UNLESS_SAID, **asked}
        return (patience or Patience()).connect(**options)


def prepare(connection: sa.Connection) -> None:
    """Make the journal's tables, or bring them up to date, in the transaction of ``connection``.

    Nobody else does that before its end.

    Raises:
        StoreError: the database's text is not UTF-8, or a newer Tandem made the tables.
    """
    encoding, fsync = connection.exec_driver_sql(_ABOUT).one()
    if encoding != "UTF8":
        raise StoreError(
            f"The database for --database-url stores text as {encoding}; make one with ENCODING 'UTF8'."
        )
    if fsync != "on":
        _log.warning(
            "PostgreSQL runs with fsync off: what people see as saved can be lost with the power."
        )
    migrate(connection)


def translated(error: psycopg.Error | UnicodeError) -> StoreError:
    """The store error that tells a person what ``error`` means for them; never a stored value."""
    if isinstance(error, (psycopg.errors.DataCorrupted, psycopg.errors.IndexCorrupted)):
        return StoreCorrupt("The journal's database says that it is damaged; put back a backup.")
    return unavailable(error)


def unavailable(error: BaseException) -> StoreUnavailable:
    """The same where it is known that nothing is damaged. What exactly it was, only the log says."""
    _log.warning("PostgreSQL: %s", str(error).strip().partition("\n")[0] or type(error).__name__)
    return StoreUnavailable(
        f"The journal's database cannot be used now ({type(error).__name__}); nothing was changed."
    )
