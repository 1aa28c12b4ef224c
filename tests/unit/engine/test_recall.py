"""FILE-36: the state of a large document comes from its journal, that of others from memory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing

import pytest

from jupyter_tandem.adapters.store.memory import MemoryStore
from jupyter_tandem.core.document import Document, grow
from jupyter_tandem.core.room import Room
from jupyter_tandem.engine.committer import Committer
from jupyter_tandem.engine.live_room import LiveRoom
from jupyter_tandem.engine.recall import Recall
from jupyter_tandem.engine.settings import LARGE_BYTES
from jupyter_tandem.engine.worker import Worker
from jupyter_tandem.errors import StoreCorrupt, StoreUnavailable
from jupyter_tandem.ports.store import Entry, Replay, Snapshot
from jupyter_tandem.protocol.limits import Limits
from jupyter_tandem.types import Address, DocumentId, DocumentKind, FileId, LineageId
from tests.unit.core.notebooks import markdown, notebook
from tests.unit.engine.live_room_bench import FakeClock, Listener

ADDRESS = Address(DocumentKind("json", "notebook"), FileId("notes"))
LINEAGE = LineageId("lineage")


class Entropy:
    def token(self) -> str:
        return "token"

    def client_id(self) -> int:
        return 4_711


class CountedStore(MemoryStore):
    """Counts how often a journal is read."""

    def __init__(self) -> None:
        super().__init__()
        self.read = 0
        usual = self.journal.replay

        async def replay(document_id: DocumentId) -> Replay | None:
            self.read += 1
            return await usual(document_id)

        self.journal.replay = replay  # type: ignore[method-assign]  # counts, and goes on as usual


class Bench:
    """A live room of a notebook."""

    def __init__(
        self,
        store: CountedStore,
        worker: Worker,
        document: Document,
        recall_bytes: int | None = None,
    ) -> None:
        self.store = store
        room = Room(ADDRESS.document_id, document, LINEAGE, 1, Limits(), recall_bytes=recall_bytes)
        committer = Committer(store.journal, lambda _reason: None)
        self.live = LiveRoom(ADDRESS, room, committer, FakeClock(), Listener())
        self.recall = Recall(self.live, store.journal, worker, Entropy())
        self.journal = store.journal
        self.worker = worker

    def write(self, text: str) -> None:
        content = self.live.room.document.content()
        content["cells"][0]["source"] += text
        with closing(Document(ADDRESS.kind, 600 + self.live.sequence)) as other:
            other.load([self.live.encode()[1]])
            update = other.update_to(content)
        assert update is not None
        self.live.incorporate(update, author="ana", cause="edit")

    async def check(self) -> int:
        """The state that is recalled is that of the room; how often the journal was read for it."""
        before = self.store.read
        sequence, state = await self.recall.state()
        assert sequence == self.live.sequence
        with closing(Document(ADDRESS.kind, 500)) as found:
            found.load([state])
            assert found.fingerprint() == self.live.room.document.fingerprint()
        return self.store.read - before


@asynccontextmanager
async def bench(size: int, recall_bytes: int | None = None) -> AsyncIterator[Bench]:
    cells = [markdown(f"c{number}", "x" * 10_000) for number in range(size // 10_000 + 1)]
    document, update = grow(ADDRESS.kind, notebook(*cells), 9)
    store, worker = CountedStore(), Worker()
    await store.journal.create(ADDRESS.document_id, LINEAGE)
    await store.journal.append([Entry(ADDRESS.document_id, 1, "", 0.0, "seed", update)])
    made = Bench(store, worker, document, recall_bytes)
    try:
        yield made
    finally:
        made.live.close(1001, "")
        made.live.dispose()
        worker.close()


@pytest.mark.spec("FILE-36")
async def test_a_small_document_is_told_from_memory() -> None:
    async with bench(1_000) as made:
        made.write("more")
        assert await made.check() == 0


@pytest.mark.spec("FILE-36")
async def test_a_large_one_is_told_by_its_journal_with_every_edit_made_before() -> None:
    async with bench(2 * LARGE_BYTES) as made:
        assert await made.check() == 1
        for text in ("one", "two", "three"):
            made.write(text)
        assert await made.check() == 1
        await made.journal.put_snapshot(
            ADDRESS.document_id, Snapshot(made.live.sequence, made.live.encode()[1])
        )
        made.write("after the snapshot")
        assert await made.check() == 1


@pytest.mark.spec("FILE-36")
async def test_a_room_without_a_journal_is_told_from_memory() -> None:
    async with bench(2 * LARGE_BYTES) as made:
        await made.journal.create(ADDRESS.document_id, LineageId("another"))
        _, state = await made.recall.state()
        assert len(state) > LARGE_BYTES


@pytest.mark.spec("FILE-36")
async def test_a_journal_that_cannot_be_written_is_not_waited_for_long() -> None:
    async with bench(2 * LARGE_BYTES) as made:
        recall = Recall(made.live, made.journal, made.worker, Entropy(), durable_s=0.01)
        with made.store.faults.held("append"):
            made.write("not durable")
            with pytest.raises(StoreUnavailable):
                await recall.state()


@pytest.mark.spec("FILE-60")
async def test_what_a_document_was_made_of_is_known_as_long_as_the_journal_has_it() -> None:
    async with bench(1_000) as made:
        first = (await made.journal.history(ADDRESS.document_id))[0]
        made.write("more")
        assert await made.recall.seed() == first.update
        await made.live.durable(made.live.sequence)
        snapshot = Snapshot(made.live.sequence, made.live.encode()[1])
        await made.journal.put_snapshot(ADDRESS.document_id, snapshot)
        assert await made.recall.seed() == first.update
        await made.journal.prune(ADDRESS.document_id, through=1)
        assert await made.recall.seed() is None
        await made.journal.create(ADDRESS.document_id, LINEAGE)
        assert await made.recall.seed() is None
        await made.journal.append([first._replace(cause="merge")])
        assert await made.recall.seed() is None


@pytest.mark.spec("FILE-60")
async def test_a_damaged_beginning_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    async def damaged(*_: object, **__: object) -> None:
        raise StoreCorrupt("A row is damaged.")

    async with bench(1_000) as made:
        monkeypatch.setattr(made.journal, "history", damaged)
        assert await made.recall.seed() is None
