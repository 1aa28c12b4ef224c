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
    """Beside document ``a``, on a disk that may be full."""

    def __init__(self) -> None:
        self.unsettled: Collection[DocumentId] = (A,)
        self.full = True
        self.asked = 0

    async def settle(self) -> None:
        self.asked += 1
        await asyncio.sleep(0)
        if self.full:
            raise StoreUnavailable("The disk is full.")
        self.unsettled = ()


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
    outputs.full = False
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
    outputs.full = False
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
    assert not await committer.close(0.1), "not all was written"
    outputs.full = False
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
    outputs.full = False
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
    outputs.full = False
    await asyncio.sleep(0.1)
    assert await written(store, A) == []
    assert lost == ([] if abandoned else ["Taken over by another server."])
