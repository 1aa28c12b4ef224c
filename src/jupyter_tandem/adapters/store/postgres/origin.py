"""Rows of ``journal_origins``: an author and a cause, stored once."""

from __future__ import annotations

from typing import Any

from jupyter_tandem.adapters.store.origin import StoredOrigins
from jupyter_tandem.adapters.store.postgres.database import Connection


class Origins(StoredOrigins[Connection]):
    """See :class:`jupyter_tandem.adapters.store.origin.StoredOrigins`."""

    def key_of(self, connection: Connection, author: str, cause: str) -> int | None:
        """See the base class."""
        row = connection.execute(
            "SELECT key FROM journal_origins WHERE author = %s AND cause = %s", (author, cause)
        ).fetchone()
        return None if row is None else row[0]

    def row_of(self, connection: Connection, key: int) -> tuple[Any, Any, Any] | None:
        """See the base class."""
        row: tuple[Any, Any, Any] | None = connection.execute(
            "SELECT author, cause, checksum FROM journal_origins WHERE key = %s", (key,)
        ).fetchone()
        return row

    def free_key(self, connection: Connection) -> int:
        """See the base class."""
        row = connection.execute("SELECT coalesce(max(key) + 1, 0) FROM journal_origins").fetchone()
        return 0 if row is None else int(row[0])

    def insert(self, connection: Connection, row: tuple[int, str, str, int]) -> None:
        """See the base class."""
        connection.execute("INSERT INTO journal_origins VALUES (%s, %s, %s, %s)", row)
