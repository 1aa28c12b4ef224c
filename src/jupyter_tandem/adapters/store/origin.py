"""Origins: an author and a cause, stored once and named by a small number, from 0 on."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from jupyter_tandem.adapters.store.checksum import fits, origin_checksum

C = TypeVar("C")

_REMEMBERED: Final = 4_096


@dataclass(frozen=True, slots=True)
class Origin:
    """Who and why."""

    key: int
    author: str
    cause: str


class StoredOrigins(ABC, Generic[C]):
    """The origins of one connection, read or written once and then remembered."""

    def __init__(self) -> None:
        self._by_name: dict[tuple[str, str], Origin] = {}
        self._by_key: dict[int, Origin] = {}

    def intern(self, connection: C, author: str, cause: str) -> Origin:
        """The origin of that name, inserted when it is new."""
        origin = self._by_name.get((author, cause))
        if origin is not None:
            return origin
        key = self.key_of(connection, author, cause)
        if key is None:
            # One writes at a time: nobody else takes the same number.
            key = self.free_key(connection)
            self.insert(connection, (key, author, cause, origin_checksum(key, author, cause)))
        return self._remember(key, author, cause)

    def find(self, connection: C, key: int) -> Origin | None:
        """The origin with that key, ``None`` when there is none."""
        origin = self._by_key.get(key)
        if origin is not None:
            return origin
        row = self.row_of(connection, key)
        # A damaged row may hold anything: then there is no such origin.
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

    # -- the table -----------------------------------------------------------

    @abstractmethod
    def key_of(self, connection: C, author: str, cause: str) -> int | None:
        """The key of a row with that name, if there is one."""

    @abstractmethod
    def row_of(self, connection: C, key: int) -> tuple[Any, Any, Any] | None:
        """Author, cause and checksum of a row, if there is one."""

    @abstractmethod
    def free_key(self, connection: C) -> int:
        """The number after the last one."""

    @abstractmethod
    def insert(self, connection: C, row: tuple[int, str, str, int]) -> None:
        """Add a row: key, author, cause and checksum."""
