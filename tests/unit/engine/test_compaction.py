"""ROOM-28: what happens to a journal that has grown."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest

from jupyter_tandem.adapters.store.memory import MemoryStore
from jupyter_tandem.core.document import Document
from jupyter_tandem.engine.compaction import compact, rebuild
from jupyter_tandem.engine.settings import RoomSettings
from jupyter_tandem.engine.worker import Worker
from jupyter_tandem.ports.store import Entry, Holder
from jupyter_tandem.types import Address, DocumentKind, FileId, LineageId

_VECTORS = Path(__file__).parents[2] / "vectors"


async def _journal_of_many() -> tuple[Address, MemoryStore]:
    vector = json.loads((_VECTORS / "client_order.json").read_text(encoding="utf-8"))
    kind = DocumentKind(vector["format"], vector["type"])
    address = Address(kind, FileId("notes"))
    updates = [bytes.fromhex(update) for update in vector["updates"]]
    store = MemoryStore()
    assert await store.lease.acquire(Holder("test", "", 1, "here")) is None
    await store.journal.create(address.document_id, LineageId("lineage"))
    await store.journal.append(
        [Entry(address.document_id, n, "ana", 0.0, "edit", u) for n, u in enumerate(updates, 1)]
    )
    return address, store


def _vector(document: Document) -> bytes:
    with closing(document):
        return document.state_vector()


@pytest.mark.spec("ROOM-28")
async def test_a_snapshot_may_list_people_in_another_order() -> None:
    (address, store), worker = await _journal_of_many(), Worker()
    before = await store.journal.replay(address.document_id)
    assert before is not None
    content = rebuild(address, before, 1).content()
    assert await compact(address, store.journal, RoomSettings(history_entries=1), worker)
    after = await store.journal.replay(address.document_id)
    assert after is not None
    assert after.snapshot is not None
    assert _vector(rebuild(address, after, 1)) != _vector(rebuild(address, before, 1))
    assert rebuild(address, after, 1).content() == content
    kept = await store.journal.history(address.document_id)
    assert [entry.sequence for entry in kept] == [3]
    worker.close()
