"""ROOM-28: what happens to a journal that has grown."""

from __future__ import annotations

import random

import pytest

from jupyter_tandem.adapters.store.memory import MemoryStore
from jupyter_tandem.core.document import Document, seed
from jupyter_tandem.engine.compaction import compact, rebuild
from jupyter_tandem.engine.settings import RoomSettings
from jupyter_tandem.engine.worker import Worker
from jupyter_tandem.ports.store import Entry, Holder
from jupyter_tandem.types import Address, DocumentKind, FileId, LineageId

_ADDRESS = Address(DocumentKind("text", "file"), FileId("notes"))
_PEOPLE = 40
_TOGETHER = 3
"""People who edited without the server and hand in their edits as one update: the CRDT library then lists
clients in another order than after loading a snapshot."""


async def _journal_of_many() -> MemoryStore:
    store = MemoryStore()
    assert await store.lease.acquire(Holder("test", "", 1, "here")) is None
    document_id = _ADDRESS.document_id
    await store.journal.create(document_id, LineageId("lineage"))
    updates = [seed(_ADDRESS.kind, "begin\n", 1)]
    chance = random.Random(1)
    while len(updates) < _PEOPLE:
        known = Document(_ADDRESS.kind, 1)
        known.load(updates)
        group = known.encode()
        for _ in range(_TOGETHER):
            author = Document(_ADDRESS.kind, chance.getrandbits(32))
            author.load([group])
            author.update_to(f"{author.content()}{len(updates)}\n")
            group = author.encode()
        updates.append(author.encode(known.state_vector()))
    await store.journal.append(
        [Entry(document_id, n, "ana", 0.0, "edit", u) for n, u in enumerate(updates, 1)]
    )
    return store


@pytest.mark.spec("ROOM-28")
async def test_edits_of_many_people_are_compacted_and_stay_the_same_document() -> None:
    store, worker = await _journal_of_many(), Worker()
    before = await store.journal.replay(_ADDRESS.document_id)
    assert before is not None
    settings = RoomSettings(history_entries=5)
    assert await compact(_ADDRESS, store.journal, settings, worker)
    after = await store.journal.replay(_ADDRESS.document_id)
    assert after is not None
    assert after.snapshot is not None
    assert not after.tail
    assert rebuild(_ADDRESS, after, 1).content() == rebuild(_ADDRESS, before, 1).content()
    kept = await store.journal.history(_ADDRESS.document_id)
    assert [entry.sequence for entry in kept] == list(range(_PEOPLE - 4, _PEOPLE + 1))
    worker.close()
