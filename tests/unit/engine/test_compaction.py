"""ROOM-28: what happens to a journal that has grown."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest

from jupyter_tandem.adapters.store.memory import MemoryStore
from jupyter_tandem.core.document import Document, grow
from jupyter_tandem.engine import compaction
from jupyter_tandem.engine.compaction import compact, rebuild
from jupyter_tandem.engine.settings import RoomSettings
from jupyter_tandem.engine.worker import Worker
from jupyter_tandem.errors import StoreCorrupt
from jupyter_tandem.ports.store import Entry, Holder
from jupyter_tandem.types import Address, DocumentKind, FileId, LineageId
from tests.unit.core.notebooks import markdown, notebook

_VECTORS = Path(__file__).parents[2] / "vectors"
_MIB = 1024 * 1024


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


@pytest.mark.spec("ROOM-28")
async def test_a_state_that_says_something_else_is_not_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (address, store), worker = await _journal_of_many(), Worker()
    before = await store.journal.replay(address.document_id)
    assert before is not None
    first = before.tail[0].update
    monkeypatch.setattr(compaction, "_squashed", lambda document, cuts: first)
    with pytest.raises(StoreCorrupt):
        await compact(address, store.journal, RoomSettings(history_entries=1), worker)
    assert store.faults.calls["put_snapshot"] == 0
    assert await store.journal.replay(address.document_id) == before
    monkeypatch.undo()
    assert await compact(address, store.journal, RoomSettings(history_entries=1), worker)
    worker.close()


@pytest.mark.parametrize("place", [0, _MIB - 1, _MIB, 2 * _MIB])
@pytest.mark.spec("ROOM-28")
def test_what_is_read_back_is_compared_to_the_last_byte(place: int) -> None:
    written = bytes(2 * _MIB + 1)
    assert compaction._same(bytes(written), written)
    assert not compaction._same(written[:place] + b"x" + written[place + 1 :], written)
    assert not compaction._same(written[:place], written)
    assert not compaction._same(written, written[:place])


@pytest.mark.spec("ROOM-28", "UPD-13")
async def test_a_large_document_is_squashed_without_encoding_it_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address = Address(DocumentKind("json", "notebook"), FileId("notes"))
    cells = [markdown(f"c{number}", "x" * 10_000) for number in range(500)]
    document, update = grow(address.kind, notebook(*cells), 9)
    store, worker = MemoryStore(), Worker()
    await store.journal.create(address.document_id, LineageId("lineage"))
    since_what: list[bytes | None] = []
    usual = Document.encode

    def encode(document: Document, since: bytes | None = None) -> bytes:
        since_what.append(since)
        return usual(document, since)

    sizes, sequence = [], 0
    for gone in (0, 100, 400):
        made = [] if sequence else [update]
        for _ in range(2):
            content = document.content()
            content["cells"][0]["source"] += "another line\n"
            del content["cells"][1 : 1 + gone // 2]
            change = document.update_to(content)
            assert change is not None
            made.append(change)
        entries = [
            Entry(address.document_id, number, "ana", 0.0, "edit", change)
            for number, change in enumerate(made, sequence + 1)
        ]
        await store.journal.append(entries)
        sequence += len(made)
        monkeypatch.setattr(Document, "encode", encode)
        assert await compact(address, store.journal, RoomSettings(), worker)
        monkeypatch.undo()
        after = await store.journal.replay(address.document_id)
        assert after is not None
        assert after.snapshot is not None
        sizes.append(len(after.snapshot.state))
        with closing(rebuild(address, after, 1)) as found:
            assert found.fingerprint() == document.fingerprint()
    assert None not in since_what
    assert len(since_what) == len(sizes)
    assert sizes[2] < 0.5 * sizes[0]
    document.close()
    worker.close()
