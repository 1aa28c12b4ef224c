"""ROOM-40, ROOM-42: large forks and previews are not encoded on the event loop either."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing

import pytest

from jupyter_tandem.core.inputs import Dialect, Tick
from jupyter_tandem.engine import brief_journal
from jupyter_tandem.engine.brief_journal import BriefJournal
from jupyter_tandem.engine.live_room import LiveRoom
from jupyter_tandem.ports.store import Entry, Snapshot
from jupyter_tandem.types import DocumentId, LineageId
from tests.unit.engine.door_bench import Estate, living
from tests.unit.engine.test_large_copies import ANA, changed, files, opened, whole
from tests.unit.engine.test_late_answer import Channel

__all__ = ["whole"]

ONE, LINEAGE = DocumentId("json:notebook:one"), LineageId("lineage")


@asynccontextmanager
async def forked() -> AsyncIterator[tuple[Estate, LiveRoom]]:
    """A fork of a large notebook that keeps no answer any more."""
    async with living(files=files()) as estate:
        live = await opened(estate)
        fork = await estate.forks.create(
            live.document_id, title="", description="", synchronize=False, visitor=ANA
        )
        room = estate.annex.live(fork.fork_id)
        assert room is not None
        room.hold()
        room._handle(Tick())
        yield estate, room
        live.release()


@pytest.mark.spec("ROOM-40")
@pytest.mark.parametrize("dialect", Dialect)
async def test_whoever_opens_a_fork_late(whole: list[int], dialect: Dialect) -> None:
    async with forked() as (_, room):
        mine = changed(room, " mine")
        whole.clear()
        room.incorporate(mine, author="ana", cause="edit")
        crowd = [Channel(room, dialect) for _ in range(2)]
        await asyncio.gather(*(one.answered.wait() for one in crowd))
        assert whole == []
        for one in crowd:
            with closing(one.document) as document:
                assert document.fingerprint() == room.room.document.fingerprint()


@pytest.mark.spec("ROOM-40")
async def test_with_too_much_that_came_since_it_is_encoded(
    whole: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(brief_journal, "MOST_BYTES", 3)
    async with forked() as (_, room):
        mine = changed(room, " mine")
        whole.clear()
        room.incorporate(mine, author="ana", cause="edit")
        late = Channel(room)
        await late.answered.wait()
        assert len(whole) == 1
        with closing(late.document) as document:
            assert document.fingerprint() == room.room.document.fingerprint()


async def test_a_fork_that_ends_is_kept_no_more() -> None:
    async with forked() as (estate, room):
        journal = estate.memory_rooms._journal
        assert await journal.replay(room.document_id) is not None
        estate.annex.end(room.document_id.rsplit(":", 1)[1], 1001, "over")
        assert await journal.replay(room.document_id) is None
        assert journal._kept == {}


async def test_it_keeps_what_it_was_told_of_and_nothing_else() -> None:
    journal = BriefJournal()
    two = DocumentId("json:notebook:two")
    entries = [Entry(one, 1, "ana", 5.0, "edit", b"xx") for one in (ONE, two)]
    assert (await journal.create(ONE, LINEAGE)).sequence == 0
    await journal.append(entries)
    assert await journal.replay(ONE) is await journal.head(ONE) is None
    journal.begin(ONE, LINEAGE, b"\x00\x00")
    await journal.append(entries)
    # A room that was closed had got further.
    await journal.append([Entry(ONE, 7, "ana", 5.0, "edit", b"old")])
    replay = await journal.replay(ONE)
    assert replay is not None
    assert replay.head == await journal.head(ONE)
    assert (replay.head.sequence, replay.head.lineage) == (1, LINEAGE)
    assert replay.snapshot == Snapshot(0, b"\x00\x00")
    assert list(replay.tail) == entries[:1]
    assert await journal.replay(two) is None
    assert list(await journal.history(ONE)) == []
    await journal.put_snapshot(ONE, Snapshot(1, b""))
    await journal.prune(ONE, through=1)
    assert await journal.replay(ONE) == replay


async def test_it_keeps_no_more_than_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(brief_journal, "RECALLED_ENTRIES", 3)
    journal = BriefJournal()
    journal.begin(ONE, LINEAGE, b"\x00\x00")
    await journal.append([Entry(ONE, number, "ana", 5.0, "edit", b"x") for number in (1, 2, 3)])
    assert await journal.replay(ONE) is not None
    await journal.append([Entry(ONE, 4, "ana", 5.0, "edit", b"x")])
    assert await journal.replay(ONE) is None
