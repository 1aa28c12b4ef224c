"""Failures that a test orders from a :class:`~jupyter_tandem.adapters.store.memory.MemoryStore`."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from jupyter_tandem.errors import StoreError, StoreUnavailable


class Faults:
    """What shall go wrong, by the name of the port's operation (``append``, ``settle`` …).

    A failing operation changes nothing; a held one does its work when it is let go.
    """

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self._failures: dict[str, dict[int, StoreError]] = defaultdict(dict)
        self._broken: dict[str, StoreError] = {}
        self._gates: dict[str, asyncio.Event] = {}

    def fail(self, operation: str, *, nth: int = 1, error: StoreError | None = None) -> None:
        """Let the ``nth`` call of ``operation`` from now on fail, once."""
        call = self.calls[operation] + nth
        self._failures[operation][call] = error or StoreUnavailable("The disk is full.")

    @contextmanager
    def failing(self, operation: str, error: StoreError | None = None) -> Iterator[None]:
        """Let every call of ``operation`` fail within the block."""
        self._broken[operation] = error or StoreUnavailable("The disk is full.")
        try:
            yield
        finally:
            del self._broken[operation]

    @contextmanager
    def held(self, operation: str) -> Iterator[None]:
        """Let calls of ``operation`` hang until the block is left."""
        gate = self._gates[operation] = asyncio.Event()
        try:
            yield
        finally:
            del self._gates[operation]
            gate.set()

    async def strike(self, operation: str) -> None:
        """Count the call and do to it what was ordered; the store calls this first.

        Raises:
            StoreError: the one that was ordered.
        """
        self.calls[operation] += 1
        failure = self._failures[operation].pop(self.calls[operation], None)
        gate = self._gates.get(operation)
        if gate is not None:
            await gate.wait()
        failure = failure or self._broken.get(operation)
        if failure is not None:
            raise failure
