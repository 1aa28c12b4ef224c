"""Failures ordered from a memory store."""

from __future__ import annotations

import asyncio

import pytest

from jupyter_tandem.adapters.store import MemoryStore
from jupyter_tandem.errors import LeaseLost, StoreUnavailable
from jupyter_tandem.ports.store import Entry
from jupyter_tandem.types import DocumentId, LineageId

DOCUMENT = DocumentId("document")


def entry(sequence: int) -> Entry:
    return Entry(DOCUMENT, sequence, "ada", 0.0, "edit", b"update")


@pytest.fixture
async def store() -> MemoryStore:
    store = MemoryStore()
    await store.journal.create(DOCUMENT, LineageId("lineage"))
    return store


async def end_of(store: MemoryStore) -> int:
    head = await store.journal.head(DOCUMENT)
    assert head is not None
    return head.sequence


async def test_the_nth_append_fails_once(store: MemoryStore) -> None:
    store.faults.fail("append", nth=2)
    await store.journal.append([entry(1)])
    with pytest.raises(StoreUnavailable):
        await store.journal.append([entry(2)])
    assert await end_of(store) == 1
    await store.journal.append([entry(2)])
    assert await end_of(store) == 2


async def test_everything_fails_within_a_block(store: MemoryStore) -> None:
    with store.faults.failing("append", LeaseLost("taken")):
        for _ in range(3):
            with pytest.raises(LeaseLost):
                await store.journal.append([entry(1)])
    await store.journal.append([entry(1)])


async def test_a_held_append_hangs_until_let_go(store: MemoryStore) -> None:
    with store.faults.held("append"):
        append = asyncio.ensure_future(store.journal.append([entry(1)]))
        assert await end_of(store) == 0
        assert not append.done()
    await append
    assert await end_of(store) == 1
