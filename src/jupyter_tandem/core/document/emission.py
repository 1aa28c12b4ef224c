"""Catches the update a transaction emits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pycrdt import Doc, Subscription, TransactionEvent


class Emission:
    """Subscription to one CRDT document; must be closed, since the library's cycle is never collected."""

    __slots__ = ("_crdt", "_subscription", "_updates")

    def __init__(self, crdt: Doc[Any]) -> None:
        self._crdt = crdt
        self._updates: list[bytes] = []
        self._subscription: Subscription | None = None
        self.begin()

    def begin(self) -> None:
        """Catch what is emitted from now on."""
        if self._subscription is None:
            self._subscription = self._crdt.observe(self._take)

    def _take(self, event: TransactionEvent) -> None:
        self._updates.append(event.update)

    def of(self, action: Callable[[], object]) -> bytes | None:
        """Run ``action`` in one transaction; return what it changed as one update, if anything."""
        self._updates.clear()
        with self._crdt.transaction():
            action()
        return self._updates.pop() if self._updates else None

    def close(self) -> None:
        """End the subscription; again does nothing. Whoever loads does so without: the library encodes all that it applies
        for those who listen, which takes three times as long as applying it.
        """
        if self._subscription is not None:
            self._crdt.unobserve(self._subscription)
            self._subscription = None
