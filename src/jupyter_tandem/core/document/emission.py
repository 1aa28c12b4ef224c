"""Catches the update a transaction emits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pycrdt import Doc, Subscription, TransactionEvent


class Emission:
    """Subscription to one CRDT document; must be closed, since the library's cycle is never collected."""

    __slots__ = ("_crdt", "_subscription", "_updates", "wanted")

    def __init__(self, crdt: Doc[Any]) -> None:
        self._crdt = crdt
        self._updates: list[bytes] = []
        self.wanted = True
        self._subscription: Subscription | None = crdt.observe(self._take)

    def _take(self, event: TransactionEvent) -> None:
        if self.wanted:
            self._updates.append(event.update)

    def of(self, action: Callable[[], object]) -> bytes | None:
        """Run ``action`` in one transaction; return what it changed as one update, if anything."""
        self._updates.clear()
        with self._crdt.transaction():
            action()
        return self._updates.pop() if self._updates else None

    def close(self) -> None:
        """End the subscription; again does nothing."""
        if self._subscription is not None:
            self._crdt.unobserve(self._subscription)
            self._subscription = None
