"""What the suites share: a store that can be opened again, and entries to put into it."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from typing import Protocol

import pytest
import pytest_asyncio

from jupyter_tandem.ports.store import Entry, Store
from jupyter_tandem.types import DocumentId, LineageId

TTL_S = 5.0
"""The lease's time to live that :class:`OpenStore` has to set; the suites turn the clock themselves."""

NOTEBOOK = DocumentId("3f0c2f5e-notebook")
SCRIPT = DocumentId("grüße/a script.py")
LINEAGE = LineageId("lineage-1")


class OpenStore(Protocol):
    """Opens the store under test; every call opens the same one anew."""

    def __call__(self, monotonic: Callable[[], float] = time.monotonic) -> Store:
        """The store, with a lease that lives :data:`TTL_S` on the given clock."""


def edit(
    sequence: int,
    update: bytes = b"",
    *,
    document_id: DocumentId = NOTEBOOK,
    author: str = "ada",
    at: float = 1_700_000_000.125,
    cause: str = "edit",
) -> Entry:
    """An entry, with bytes of its own when none are given."""
    return Entry(document_id, sequence, author, at, cause, update or f"u{sequence}".encode())


class StoreFixture:
    """Base of the suites."""

    @pytest.fixture
    def open_store(self) -> OpenStore:
        """Override this in a subclass."""
        raise NotImplementedError("a store suite needs a fixture open_store")

    @pytest_asyncio.fixture
    async def store(self, open_store: OpenStore) -> AsyncIterator[Store]:
        """The store under test, with an empty journal of ``NOTEBOOK``."""
        store = open_store()
        await store.journal.create(NOTEBOOK, LINEAGE)
        yield store
        await store.close()


async def reopened(store: Store, open_store: OpenStore) -> Store:
    """Another opening of the same store, after ``store`` is closed."""
    await store.close()
    return open_store()
