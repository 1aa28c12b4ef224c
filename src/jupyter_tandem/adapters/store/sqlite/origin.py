"""Rows of ``origins``: an author and a cause, stored once."""

from __future__ import annotations

import sqlite3
from typing import Any

from jupyter_tandem.adapters.store.origin import StoredOrigins


class Origins(StoredOrigins[sqlite3.Connection]):
    """See :class:`jupyter_tandem.adapters.store.origin.StoredOrigins`."""

    def key_of(self, connection: sqlite3.Connection, author: str, cause: str) -> int | None:
        """See the base class."""
        row = connection.execute(
            "SELECT key FROM origins WHERE author = ? AND cause = ?", (author, cause)
        ).fetchone()
        return None if row is None else row[0]

    def row_of(self, connection: sqlite3.Connection, key: int) -> tuple[Any, Any, Any] | None:
        """See the base class."""
        row: tuple[Any, Any, Any] | None = connection.execute(
            "SELECT author, cause, checksum FROM origins WHERE key = ?", (key,)
        ).fetchone()
        return row

    def free_key(self, connection: sqlite3.Connection) -> int:
        """See the base class."""
        row = connection.execute("SELECT coalesce(max(key) + 1, 0) FROM origins").fetchone()
        return 0 if row is None else int(row[0])

    def insert(self, connection: sqlite3.Connection, row: tuple[int, str, str, int]) -> None:
        """See the base class."""
        connection.execute("INSERT INTO origins VALUES (?, ?, ?, ?)", row)
