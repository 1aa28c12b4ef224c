"""ROOM-24 and ROOM-25: group commit over all rooms, and what happens when the journal fails."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence

import pytest

from jupyter_tandem.adapters.store.memory import MemoryStore
from jupyter_tandem.engine import committer as module
from jupyter_tandem.engine.committer import Committer
from jupyter_tandem.errors import LeaseLost, StoreError, StoreUnavailable
from jupyter_tandem.ports.store import Entry
from jupyter_tandem.protocol.run import Run, RunState
from jupyter_tandem.types import DocumentId, LineageId


class Listener:
    """A room that writes down what it is told."""

    def __init__(self) -> None:
        self.durable: list[int] = []
        self.failures: list[str] = []
        self.heard = asyncio.Event()

    def entries_durable(self, sequence: int) -> None:
        self.durable.append(sequence)
        self.heard.set()

    def journal_failed(self, reason: str) -> None:
        self.failures.append(reason)
        self.heard.set()


def entry(document: str, sequence: int, update: bytes = b"x") -> Entry:
    return Entry(DocumentId(document), sequence, "ana", 0.0, "edit", update)


async def two_documents() -> MemoryStore:
    store = MemoryStore()
    for name in "ab":
        await store.journal.create(DocumentId(name), LineageId(name))
    return store


@pytest.mark.spec("ROOM-24")
async def test_what_waits_goes_together_and_one_append_is_under_way() -> None:
    store = await two_documents()
    lost: list[str] = []
    committer = Committer(store.journal, lost.append)
    a, b = Listener(), Listener()
    with store.faults.held("append"):
        committer.add(a, [entry("a", 1)])
        await asyncio.sleep(0)
        for sequence in (2, 3, 4):
            committer.add(a, [entry("a", sequence)])
            committer.add(b, [entry("b", sequence - 1)])
        assert store.faults.calls["append"] == 1
    await committer.drain()
    assert store.faults.calls["append"] == 2
    assert a.durable == [1, 4]
    assert b.durable == [3]
    assert lost == []


@pytest.mark.spec("ROOM-24")
async def test_commits_of_edits_keep_their_distance(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REST_S", 3600.0)
    store = await two_documents()
    committer = Committer(store.journal, lambda _reason: None)
    a, b = Listener(), Listener()
    committer.add(a, [entry("a", 1)])
    await a.heard.wait()
    assert a.durable == [1]
    committer.add(a, [entry("a", 2)])
    committer.add(b, [entry("b", 1)])
    for _ in range(10):
        await asyncio.sleep(0)
    assert store.faults.calls["append"] == 1
    await committer.settle(DocumentId("a"), [])
    assert store.faults.calls["append"] == 2
    assert (a.durable, b.durable) == ([1, 2], [1])
    committer.add(a, [entry("a", 3)])
    await committer.drain()
    assert a.durable == [1, 2, 3]


@pytest.mark.spec("ROOM-24")
async def test_who_waits_for_the_disk_ends_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REST_S", 3600.0)
    store = await two_documents()
    committer = Committer(store.journal, lambda _reason: None)
    room = Listener()
    # Nothing waits: nothing is written, and the next one is in no hurry.
    committer.hurry()
    assert store.faults.calls["append"] == 0
    with store.faults.held("append"):
        committer.add(room, [entry("a", 1)])
        await asyncio.sleep(0)
        committer.add(room, [entry("a", 2)])
        # One is under way: that it was asked for is remembered.
        committer.hurry()
    while room.durable != [1, 2]:
        room.heard.clear()
        await room.heard.wait()
    committer.add(room, [entry("a", 3)])
    for _ in range(10):
        await asyncio.sleep(0)
    assert room.durable == [1, 2]
    committer.hurry()
    while room.durable != [1, 2, 3]:
        room.heard.clear()
        await room.heard.wait()


@pytest.mark.spec("ROOM-24")
async def test_a_rest_comes_to_its_end() -> None:
    store = await two_documents()
    committer = Committer(store.journal, lambda _reason: None)
    room = Listener()
    for sequence in (1, 2, 3):
        room.heard.clear()
        committer.add(room, [entry("a", sequence)])
        await room.heard.wait()
    assert room.durable == [1, 2, 3]


class Logging(MemoryStore):
    """A store that can write down what waits."""

    def __init__(self) -> None:
        super().__init__()
        self.logged: list[Entry] = []
        self.journal.log_unsynced = self._log  # type: ignore[method-assign]

    def _log(self, entries: Sequence[Entry]) -> bool:
        self.logged += entries
        return True


@pytest.mark.spec("ROOM-24")
async def test_what_outlives_the_server_may_wait_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOGGED_REST_S", 3600.0)
    store = Logging()
    await store.journal.create(DocumentId("a"), LineageId("a"))
    committer = Committer(store.journal, lambda _reason: None)
    room = Listener()
    for sequence in (1, 2):
        update = [entry("a", sequence)]
        assert committer.log(update)
        committer.add(room, update, logged=True)
        await asyncio.sleep(3 * module.REST_S)
    assert store.logged == [entry("a", 1), entry("a", 2)]
    assert room.durable == [1], "it rests"
    committer.add(room, [entry("a", 3)], logged=False)
    while room.durable != [1, 3]:
        room.heard.clear()
        await room.heard.wait()


@pytest.mark.spec("ROOM-45")
async def test_what_refers_to_something_that_may_be_lost_is_not_logged() -> None:
    class Outputs:
        unsettled: Collection[DocumentId] = (DocumentId("a"),)

        async def settle(self, document_id: DocumentId) -> None: ...

    store, outputs = Logging(), Outputs()
    committer = Committer(store.journal, lambda _reason: None, outputs)
    assert not committer.log([entry("a", 1)])
    assert committer.log([entry("b", 1)])
    outputs.unsettled = ()
    assert committer.log([entry("a", 1)])
    assert store.logged == [entry("b", 1), entry("a", 1)]


@pytest.mark.spec("ROOM-45")
async def test_a_log_that_fails_keeps_no_edit_from_anybody() -> None:
    store = await two_documents()

    def fail(_entries: Sequence[Entry]) -> bool:
        raise ValueError("I/O operation on closed file")

    store.journal.log_unsynced = fail  # type: ignore[method-assign]
    committer = Committer(store.journal, lambda _reason: None)
    assert not committer.log([entry("a", 1)])


async def test_who_is_abandoned_writes_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REST_S", 0.05)
    store = await two_documents()
    committer = Committer(store.journal, lambda _reason: None)
    room = Listener()
    committer.add(room, [entry("a", 1)])
    await room.heard.wait()
    committer.add(room, [entry("a", 2)])
    committer.abandon()
    with pytest.raises(LeaseLost):
        await committer.settle(DocumentId("a"), [])
    # The rest is over then, and with it what it would have ended in.
    await asyncio.sleep(2 * module.REST_S)
    assert store.faults.calls["append"] == 1


@pytest.mark.spec("ROOM-70")
async def test_what_rests_after_a_failure_is_not_tried_again_by_who_was_abandoned(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "RETRY_DELAYS_S", (0.02,))
    store = await two_documents()
    lost: list[str] = []
    committer = Committer(store.journal, lost.append)
    room = Listener()
    with store.faults.failing("append"):
        committer.add(room, [entry("a", 1)])
        settling = asyncio.ensure_future(committer.settle(DocumentId("a"), []))
        await room.heard.wait()
        committer.abandon()
    # The store would take it now: for somebody else in this process.
    tried = store.faults.calls["append"]
    with pytest.raises(LeaseLost):
        await settling
    await committer.drain()
    await asyncio.sleep(3 * 0.02)
    assert store.faults.calls["append"] == tried
    assert (room.durable, lost) == ([], [])


@pytest.mark.spec("ROOM-70")
@pytest.mark.parametrize(
    "error", [LeaseLost("Taken over by another server."), StoreUnavailable("The disk is full.")]
)
async def test_the_last_append_of_who_was_abandoned_speaks_for_nobody(error: StoreError) -> None:
    store = await two_documents()
    lost: list[str] = []
    committer = Committer(store.journal, lost.append)
    room = Listener()
    store.faults.fail("append", error=error)
    with store.faults.held("append"):
        committer.add(room, [entry("a", 1)])
        settling = asyncio.ensure_future(committer.settle(DocumentId("a"), []))
        await asyncio.sleep(0)
        committer.abandon()
    with pytest.raises(LeaseLost):
        await settling
    await committer.drain()
    await asyncio.sleep(2 * module.RETRY_DELAYS_S[0])
    assert store.faults.calls["append"] == 1
    assert (room.durable, room.failures, lost) == ([], [], [])


@pytest.mark.spec("ROOM-70")
async def test_what_waited_for_what_it_refers_to_is_not_written_by_who_was_abandoned() -> None:
    class Outputs:
        unsettled = (DocumentId("a"),)

        def __init__(self) -> None:
            self.asked, self.there = asyncio.Event(), asyncio.Event()

        async def settle(self, document_id: DocumentId) -> None:
            self.asked.set()
            await self.there.wait()

    store, outputs = await two_documents(), Outputs()
    lost: list[str] = []
    committer = Committer(store.journal, lost.append, outputs)
    committer.add(Listener(), [entry("a", 1)])
    await outputs.asked.wait()
    committer.abandon()
    outputs.there.set()
    await committer.drain()
    assert store.faults.calls["append"] == 0
    assert lost == []


async def test_who_may_not_write_logs_nothing() -> None:
    store = Logging()
    await store.journal.create(DocumentId("a"), LineageId("a"))
    committer = Committer(store.journal, lambda _reason: None)
    store.faults.fail("append", error=LeaseLost("Taken over by another server."))
    committer.add(Listener(), [entry("a", 1)])
    await committer.drain()
    assert not committer.log([entry("a", 2)])
    assert store.logged == []


@pytest.mark.spec("ROOM-24")
async def test_a_room_that_fails_over_the_news_keeps_it_from_nobody() -> None:
    class Failing(Listener):
        def entries_durable(self, sequence: int) -> None:
            super().entries_durable(sequence)
            raise RuntimeError("an extension")

    raised: list[BaseException | None] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: raised.append(context.get("exception")))
    store = await two_documents()
    committer = Committer(store.journal, lambda _reason: None)
    a, b, failing = Listener(), Listener(), Failing()
    await store.journal.create(DocumentId("c"), LineageId("c"))
    with store.faults.held("append"):
        committer.add(a, [entry("a", 1)])
        committer.add(a, [entry("a", 2)])
        committer.add(failing, [entry("c", 1)])
        committer.add(b, [entry("b", 1)])
        settling = asyncio.ensure_future(committer.settle(DocumentId("a"), []))
        await asyncio.sleep(0)
        committer.add(failing, [entry("c", 2)])
    await settling
    assert (a.durable, b.durable, failing.durable) == ([1, 2], [1], [2])
    committer.add(b, [entry("b", 2)])
    await committer.drain()
    assert b.durable == [1, 2]
    assert [type(error) for error in raised] == [RuntimeError]


@pytest.mark.spec("ROOM-25")
async def test_a_failed_append_is_told_and_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RETRY_DELAYS_S", (0.0,))
    store = await two_documents()
    committer = Committer(store.journal, lambda _reason: None)
    room = Listener()
    with store.faults.failing("append"):
        committer.add(room, [entry("a", 1)])
        await room.heard.wait()
        assert room.durable == []
        assert room.failures[0] == "The disk is full."
        committer.add(room, [entry("a", 2)])
    await committer.drain()
    assert room.durable == [1, 2]
    replay = await store.journal.replay(DocumentId("a"))
    assert replay is not None
    assert [e.sequence for e in replay.tail] == [1, 2]


@pytest.mark.spec("ROOM-25")
async def test_what_may_wait_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BACKLOG_BYTES", 100)
    store = await two_documents()
    committer = Committer(store.journal, lambda _reason: None)
    room = Listener()
    with store.faults.held("append"):
        committer.add(room, [entry("a", 1, bytes(100))])
        assert not committer.saturated(DocumentId("a"))
        committer.add(room, [entry("a", 2, bytes(1))])
        assert committer.saturated(DocumentId("a"))
    await committer.drain()
    assert not committer.saturated(DocumentId("a"))


async def test_a_lost_lease_ends_writing_for_good() -> None:
    store = await two_documents()
    lost: list[str] = []
    committer = Committer(store.journal, lost.append)
    room = Listener()
    store.faults.fail("append", error=LeaseLost("Taken over by another server."))
    committer.add(room, [entry("a", 1)])
    await committer.drain()
    assert lost == ["Taken over by another server."]
    assert room.durable == []
    assert committer.saturated(DocumentId("a"))
    committer.add(room, [entry("a", 2)])
    assert store.faults.calls["append"] == 1


async def test_closing_waits_for_a_while_only() -> None:
    store = await two_documents()
    committer = Committer(store.journal, lambda _reason: None)
    with store.faults.held("append"):
        committer.add(Listener(), [entry("a", 1)])
        assert not await committer.close(timeout_s=0.01)
    assert await committer.close(timeout_s=1)


@pytest.mark.spec("RUN-9")
async def test_runs_are_written_with_what_was_added_before_them() -> None:
    store = await two_documents()
    committer = Committer(store.journal, lambda _reason: None)
    room = Listener()
    run = Run(1, "", "c", "ana", "Ana", "", 0.0, state=RunState.FINISHED)
    with store.faults.held("append"):
        committer.add(room, [entry("a", 1)])
        await asyncio.sleep(0)
        committer.add(room, [entry("a", 2)])
        settled = asyncio.ensure_future(committer.settle(DocumentId("a"), [run]))
        await asyncio.sleep(0)
        assert not settled.done()
    await settled
    assert store.faults.calls["append"] == 2
    assert room.durable == [1, 2]
    assert list(await store.runs.load(DocumentId("a"))) == [run]
    await committer.settle(DocumentId("a"), [run])


@pytest.mark.spec("RUN-9")
async def test_nobody_waits_for_runs_that_will_never_be_written() -> None:
    store = await two_documents()
    committer = Committer(store.journal, lambda _reason: None)
    store.faults.fail("append", error=LeaseLost("Another server writes now."))
    for _ in range(2):
        with pytest.raises(LeaseLost):
            await committer.settle(DocumentId("a"), [])
