"""BIG-16: what cannot be kept beside a document keeps that document's edits waiting, and nobody else's."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

import pytest

from jupyter_tandem.adapters.store.memory import MemoryStore
from jupyter_tandem.engine import committer as module
from jupyter_tandem.engine.committer import Committer
from jupyter_tandem.errors import LeaseLost, StoreUnavailable
from jupyter_tandem.protocol.run import Run
from jupyter_tandem.types import DocumentId
from tests.unit.engine.door_bench import eventually
from tests.unit.engine.test_committer import Listener, entry, two_documents

pytestmark = pytest.mark.spec("BIG-16")

A, B = DocumentId("a"), DocumentId("b")


class Outputs:
    """Beside documents, on a disk that has no room for those of some."""

    def __init__(self, unsettled: Collection[DocumentId] = (A,)) -> None:
        self.unsettled: Collection[DocumentId] = unsettled
        self.full: Collection[DocumentId] = (A,)
        self.slow: dict[DocumentId, asyncio.Event] = {}
        self.asked = 0

    async def settle(self, document_id: DocumentId) -> None:
        self.asked += 1
        await asyncio.sleep(0)
        if document_id in self.slow:
            await self.slow[document_id].wait()
        if document_id in self.full:
            raise StoreUnavailable("The disk is full.")
        self.unsettled = [other for other in self.unsettled if other != document_id]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REST_S", 0.0)
    monkeypatch.setattr(module, "RETRY_DELAYS_S", (0.02,))


@pytest.fixture
async def store() -> MemoryStore:
    return await two_documents()


async def written(store: MemoryStore, document_id: DocumentId) -> list[int]:
    return [e.sequence for e in await store.journal.history(document_id)]


async def test_others_do_not_wait_and_it_follows_in_order(store: MemoryStore) -> None:
    outputs = Outputs()
    committer = Committer(store.journal, lambda _reason: None, outputs)
    one, other = Listener(), Listener()
    committer.add(one, [entry("a", 1)])
    committer.add(other, [entry("b", 1)])
    await eventually(lambda: other.durable == [1])
    assert one.durable == []
    assert set(one.failures) == {"The disk is full."}
    assert other.failures == []
    for sequence in (2, 3):
        committer.add(one, [entry("a", sequence)])
        committer.add(other, [entry("b", sequence)])
        await eventually(lambda last=sequence: other.durable[-1] == last)
    assert not committer.log([entry("a", 4)])
    assert await written(store, A) == []
    asked = outputs.asked
    await asyncio.sleep(0.1)
    assert asked < outputs.asked <= asked + 6, "it is tried again, after a rest"
    outputs.full = ()
    await eventually(lambda: one.durable == [3])
    assert await written(store, A) == [1, 2, 3]
    committer.add(one, [entry("a", 4)])
    await eventually(lambda: one.durable == [3, 4])


async def test_what_comes_while_it_is_tried_waits_as_well(store: MemoryStore) -> None:
    outputs = Outputs()
    committer = Committer(store.journal, lambda _reason: None, outputs)
    one = Listener()
    committer.add(one, [entry("a", 1)])
    # The attempt is under way.
    committer.add(one, [entry("a", 2)])
    await eventually(lambda: one.failures != [])
    outputs.full = ()
    await eventually(lambda: one.durable[-1:] == [2])
    assert await written(store, A) == [1, 2]


async def test_who_waits_for_its_runs_waits_with_it_and_nobody_else(store: MemoryStore) -> None:
    outputs = Outputs()
    committer = Committer(store.journal, lambda _reason: None, outputs)
    one, other = Listener(), Listener()
    committer.add(one, [entry("a", 1)])
    waits = asyncio.ensure_future(committer.settle(A, []))
    await eventually(lambda: one.failures != [])
    waits_as_well = asyncio.ensure_future(committer.settle(A, []))
    committer.add(other, [entry("b", 1)])
    await committer.settle(B, [])
    assert other.durable == [1]
    assert not waits.done()
    assert not waits_as_well.done()
    outputs.full = ()
    await asyncio.gather(waits, waits_as_well)
    assert one.durable == [1]
    assert await committer.close(0.1)


async def test_how_much_may_wait_is_counted_for_each(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BACKLOG_BYTES", 100)
    outputs = Outputs()
    committer = Committer(store.journal, lambda _reason: None, outputs)
    one = Listener()
    committer.add(one, [entry("a", 1, bytes(101))])
    await eventually(lambda: one.failures != [])
    assert committer.saturated(A)
    assert not committer.saturated(B)
    outputs.full = ()
    await eventually(lambda: one.durable == [1])
    assert not committer.saturated(A)


@pytest.mark.parametrize("abandoned", [True, False])
async def test_when_writing_ends_so_does_waiting(store: MemoryStore, abandoned: bool) -> None:
    outputs = Outputs()
    lost: list[str] = []
    committer = Committer(store.journal, lost.append, outputs)
    one, other = Listener(), Listener()
    committer.add(one, [entry("a", 1)])
    waits = asyncio.ensure_future(committer.settle(A, list[Run]()))
    await eventually(lambda: one.failures != [])
    if abandoned:
        committer.abandon()
    else:
        store.faults.fail("append", error=LeaseLost("Taken over by another server."))
        committer.add(other, [entry("b", 1)])
    with pytest.raises(LeaseLost):
        await waits
    outputs.full = ()
    await asyncio.sleep(0.1)
    assert await written(store, A) == []
    assert lost == ([] if abandoned else ["Taken over by another server."])


async def test_what_is_kept_of_one_document_does_not_wait_for_another(store: MemoryStore) -> None:
    outputs = Outputs((A, B))
    committer = Committer(store.journal, lambda _reason: None, outputs)
    one, other = Listener(), Listener()
    committer.add(one, [entry("a", 1)])
    committer.add(other, [entry("b", 1)])
    await eventually(lambda: other.durable == [1])
    assert other.failures == []
    outputs.unsettled = (A, B)
    outputs.full = (A, B)
    committer.add(other, [entry("b", 2)])
    await eventually(lambda: other.failures != [])
    outputs.full = (A,)
    await eventually(lambda: other.durable == [1, 2])
    assert one.durable == []


@pytest.mark.spec("BIG-18")
async def test_nobody_waits_while_an_output_is_written(store: MemoryStore) -> None:
    outputs = Outputs((A, B))
    outputs.full = ()
    outputs.slow[A] = asyncio.Event()
    committer = Committer(store.journal, lambda _reason: None, outputs)
    one, other = Listener(), Listener()
    committer.add(one, [entry("a", 1)])
    for sequence in (1, 2):
        committer.add(other, [entry("b", sequence)])
        await eventually(lambda last=sequence: other.durable[-1:] == [last])
    await committer.settle(B, [])
    assert (one.durable, one.failures) == ([], [])
    outputs.slow[A].set()
    await committer.drain()
    assert (one.durable, one.failures) == ([1], [])


@pytest.mark.spec("BIG-18")
async def test_what_was_there_before_does_not_wait_for_what_comes_behind(
    store: MemoryStore,
) -> None:
    outputs = Outputs()
    outputs.full = ()
    outputs.slow[A] = asyncio.Event()
    committer = Committer(store.journal, lambda _reason: None, outputs)
    one = Listener()
    committer.add(one, [entry("a", 1)])
    await eventually(lambda: outputs.asked == 1)
    committer.add(one, [entry("a", 2)])
    first, outputs.slow[A] = outputs.slow[A], asyncio.Event()
    first.set()
    await eventually(lambda: one.durable == [1])
    assert outputs.asked == 2
    outputs.slow[A].set()
    await eventually(lambda: one.durable == [1, 2])


@pytest.mark.spec("BIG-18")
async def test_what_no_entry_refers_to_is_kept_as_well(store: MemoryStore) -> None:
    outputs = Outputs((B,))
    committer = Committer(store.journal, lambda _reason: None, outputs)
    committer.add(Listener(), [entry("a", 1)])
    await committer.drain()
    assert outputs.unsettled == []


@pytest.mark.spec("BIG-18")
async def test_how_much_waits_of_what_is_being_kept_is_nobody_elses(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BACKLOG_BYTES", 100)
    outputs = Outputs((A, B))
    outputs.slow[B] = asyncio.Event()
    committer = Committer(store.journal, lambda _reason: None, outputs)
    one, other = Listener(), Listener()
    committer.add(one, [entry("a", 1, bytes(101))])
    await eventually(lambda: one.failures != [])
    committer.add(other, [entry("b", 1)])
    assert (committer.saturated(A), committer.saturated(B)) == (True, False)
    outputs.full = (A, B)
    outputs.slow[B].set()
    await eventually(lambda: other.failures != [])
    assert committer.saturated(B), "what cannot be kept is counted together"


@pytest.mark.spec("BIG-18")
@pytest.mark.parametrize("full", [True, False])
async def test_at_the_end_it_is_tried_once_more_and_not_afterwards(
    store: MemoryStore,
    full: bool,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(module, "RETRY_DELAYS_S", (3600.0,))
    outputs = Outputs()
    committer = Committer(store.journal, lambda _reason: None, outputs)
    one = Listener()
    committer.add(one, [entry("a", 1)])
    waits = asyncio.ensure_future(committer.settle(A, []))
    await eventually(lambda: one.failures != [])
    assert outputs.asked == 1
    outputs.full = (A,) if full else ()
    assert await committer.close(1.0) is not full
    assert outputs.asked == 2
    assert await written(store, A) == ([] if full else [1])
    told = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert len(told) == full
    if full:
        assert told[0].startswith("The last edits of a are not in the journal")
        with pytest.raises(LeaseLost):
            await waits
    else:
        await waits


@pytest.mark.spec("BIG-18")
async def test_the_end_does_not_wait_for_a_disk_that_does_not_answer(store: MemoryStore) -> None:
    outputs = Outputs()
    outputs.full = ()
    outputs.slow[A] = asyncio.Event()
    committer = Committer(store.journal, lambda _reason: None, outputs)
    one = Listener()
    committer.add(one, [entry("a", 1)])
    committer.add(Listener(), [entry("b", 1)])
    assert not await committer.close(0.05)
    outputs.slow[A].set()
    await asyncio.sleep(0.05)
    assert (await written(store, A), await written(store, B)) == ([], [1])
