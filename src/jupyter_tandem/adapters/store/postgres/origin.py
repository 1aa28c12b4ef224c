"""Rows of ``journal_origins``: an author and a cause, stored once and named by a small number, from 0 on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from jupyter_tandem.adapters.store.checksum import fits, origin_checksum
from jupyter_tandem.adapters.store.postgres.database import Connection

_REMEMBERED: Final = 4_096


@dataclass(frozen=True, slots=True)
class Origin:
    """Who and why."""

    key: int
    author: str
    cause: str


class Origins:
    """The origins of one connection, read or written once and then remembered."""

    def __init__(self) -> None:
        self._by_name: dict[tuple[str, str], Origin] = {}
        self._by_key: dict[int, Origin] = {}

    def intern(self, connection: Connection, author: str, cause: str) -> Origin:
        """The origin of that name, inserted when it is new."""
        origin = self._by_name.get((author, cause))
        if origin is not None:
            return origin
        row = connection.execute(
            "SELECT key FROM journal_origins WHERE author = %s AND cause = %s", (author, cause)
        ).fetchone()
        key = _insert(connection, author, cause) if row is None else row[0]
        return self._remember(key, author, cause)

    def find(self, connection: Connection, key: int) -> Origin | None:
        """The origin with that key, ``None`` when there is none."""
        origin = self._by_key.get(key)
        if origin is not None:
            return origin
        row = connection.execute(
            "SELECT author, cause, checksum FROM journal_origins WHERE key = %s", (key,)
        ).fetchone()
        if row is None or not fits(row[2], lambda: origin_checksum(key, row[0], row[1])):
            return None
        return self._remember(key, row[0], row[1])

    def forget(self) -> None:
        """Remember nothing: a rolled back transaction may have taken keys with it."""
        self._by_name.clear()
        self._by_key.clear()

    def _remember(self, key: int, author: str, cause: str) -> Origin:
        if len(self._by_key) >= _REMEMBERED:
            self.forget()
        origin = Origin(key, author, cause)
        self._by_name[author, cause] = origin
        self._by_key[key] = origin
        return origin


def _insert(connection: Connection, author: str, cause: str) -> int:
    # One writes at a time: nobody else takes the same number.
    row = connection.execute("SELECT coalesce(max(key) + 1, 0) FROM journal_origins").fetchone()
    key = 0 if row is None else int(row[0])
    connection.execute(
        "INSERT INTO journal_origins VALUES (%s, %s, %s, %s)",
        (key, author, cause, origin_checksum(key, author, cause)),
    )
    return key
