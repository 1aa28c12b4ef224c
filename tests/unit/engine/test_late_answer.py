"""ROOM-40: whoever opens a large document late gets it from the journal, read beside the loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import closing

import pytest

from jupyter_tandem.core.document import Document
from jupyter_tandem.core.inputs import Dialect, Tick
from jupyter_tandem.engine.late_answer import LateAnswers
from jupyter_tandem.engine.live_room import LiveRoom
from jupyter_tandem.engine.recall import Recall
from jupyter_tandem.engine.settings import LARGE_BYTES
from jupyter_tandem.ports.store import Replay
from jupyter_tandem.protocol import frames as f
from jupyter_tandem.types import DocumentId, LineageId, Rights, Role, SessionId, User
from tests.unit.engine.test_recall import ADDRESS, Bench, Entropy, bench

ANA = User("ana", "Ana", "Ana", "A")


class Channel:
    """A connection of somebody who has nothing."""

    backlog_bytes = 0

    def __init__(self, live: LiveRoom, dialect: Dialect = Dialect.TANDEM) -> None:
        self.document = Document(ADDRESS.kind, 1_000_000)
        self.answered = asyncio.Event()
        self.session: SessionId = live.join(
            ANA, Rights.of(Role.EDITOR), dialect, live.lineage, self
        )
        live.receive(self.session, f.encode(f.SyncStep1(b"\x00")))

    def send(self, frame: bytes) -> None:
        message = f.decode_server(frame)
        if isinstance(message, f.Update | f.SyncStep2):
            self.document.load([message.update])
        if isinstance(message, f.SyncStep2):
            self.answered.set()

    def close(self, code: int, reason: str) -> None:
        pass


@pytest.fixture
async def made(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    """A room of a large document that keeps no answer."""
    async with bench(2 * LARGE_BYTES, LARGE_BYTES) as found:
        found.live.whole = LateAnswers(found.live, found.recall, found.worker)
        yield found


class Encoded:
    """Counts how often the room's own document is encoded."""

    def __init__(self, made: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        mine, usual = made.live.room.document, Document.encode

        def encode(document: Document, since: bytes | None = None) -> bytes:
            self.count += document is mine
            return usual(document, since)

        monkeypatch.setattr(Document, "encode", encode)


@pytest.mark.spec("ROOM-40")
@pytest.mark.parametrize("dialect", Dialect)
async def test_the_document_in_memory_is_not_encoded(
    made: Bench, dialect: Dialect, monkeypatch: pytest.MonkeyPatch
) -> None:
    made.write("before")
    encoded = Encoded(made, monkeypatch)
    crowd = [Channel(made.live, dialect) for _ in range(3)]
    await asyncio.gather(*(one.answered.wait() for one in crowd))
    assert (encoded.count, made.store.read) == (0, 1)
    made.live._handle(Tick())
    late = Channel(made.live, dialect)
    await late.answered.wait()
    assert (encoded.count, made.store.read) == (0, 2)
    monkeypatch.undo()
    made.write("after")
    await asyncio.sleep(0)
    expected = made.live.room.document.fingerprint()
    for one in (*crowd, late):
        with closing(one.document) as document:
            assert document.fingerprint() == expected


@pytest.mark.spec("ROOM-40")
@pytest.mark.parametrize("dialect", Dialect)
async def test_what_is_edited_while_it_is_read_follows(made: Bench, dialect: Dialect) -> None:
    usual = made.journal.replay
    replayed, go_on = asyncio.Event(), asyncio.Event()

    async def replay(document_id: DocumentId) -> Replay | None:
        found = await usual(document_id)
        replayed.set()
        await go_on.wait()
        return found

    made.journal.replay = replay  # type: ignore[method-assign]  # waits for the test
    late = Channel(made.live, dialect)
    await replayed.wait()
    made.write("one")
    made.write("two")
    gone = Channel(made.live, Dialect.TANDEM)
    await asyncio.sleep(0)
    made.live.leave(gone.session)
    go_on.set()
    await late.answered.wait()
    with closing(late.document) as document:
        assert document.fingerprint() == made.live.room.document.fingerprint()
    assert not gone.answered.is_set()


@pytest.mark.spec("ROOM-40")
async def test_a_journal_that_cannot_be_written_is_not_waited_for(
    made: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    impatient = Recall(made.live, made.journal, made.worker, Entropy(), durable_s=0.01)
    made.live.whole = LateAnswers(made.live, impatient, made.worker)
    encoded = Encoded(made, monkeypatch)
    with made.store.faults.held("append"):
        made.write("not durable")
        encoded.count = 0
        late = Channel(made.live)
        await late.answered.wait()
    assert encoded.count == 1
    with closing(late.document) as document:
        assert document.fingerprint() == made.live.room.document.fingerprint()


@pytest.mark.spec("ROOM-40", "ROOM-42")
async def test_one_that_is_not_read_in_time_is_not_waited_for(
    made: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    made.live.whole = LateAnswers(made.live, made.recall, made.worker, reading_s=0.01)
    encoded = Encoded(made, monkeypatch)
    with made.store.faults.held("replay"):
        late = Channel(made.live)
        await asyncio.wait_for(late.answered.wait(), 5)
        _, state = await asyncio.wait_for(made.live.state(), 5)
    assert encoded.count == 2
    for update in (None, state):
        with closing(Document(ADDRESS.kind, 1) if update else late.document) as document:
            document.load([update] if update else [])
            assert document.fingerprint() == made.live.room.document.fingerprint()


@pytest.mark.spec("ROOM-40")
async def test_one_that_reads_something_else_is_not_believed(made: Bench) -> None:
    await made.journal.create(ADDRESS.document_id, LineageId("another"))
    late = Channel(made.live)
    await late.answered.wait()
    with closing(late.document) as document:
        assert document.fingerprint() == made.live.room.document.fingerprint()


@pytest.mark.spec("ROOM-40")
async def test_nothing_comes_of_a_room_that_was_closed(made: Bench) -> None:
    late = Channel(made.live)
    await asyncio.sleep(0)
    made.live.close(1001, "")
    for _ in range(10):
        await asyncio.sleep(0.001)
    assert not late.answered.is_set()
