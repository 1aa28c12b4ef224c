"""HOST-12: looking at earlier versions and restoring one."""

from __future__ import annotations

import asyncio

import pytest

from jupyter_tandem.core import version as version_module
from jupyter_tandem.engine.compaction import compact
from jupyter_tandem.engine.settings import RoomSettings
from jupyter_tandem.errors import NotFound
from jupyter_tandem.ports.reception import Visitor
from jupyter_tandem.types import User
from tests.unit.engine.door_bench import TEXT, Estate, Person, eventually, living

ANA = Visitor(User("ana", "Ana", "Ana", "A"), "")


@pytest.fixture(autouse=True)
def every_edit_is_a_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(version_module, "PAUSE_S", 0.0)


async def with_three_versions(estate: Estate) -> Person:
    room = (await estate.door.invite("a.txt", TEXT)).address.document_id
    writer = Person(estate, "writer")
    await writer.enter(room)
    await writer.reads("one\n")
    live = (await estate.tenancy.house()).live(room)
    assert live is not None
    for letters in ("two\n", "three 🌲\n"):
        writer.type(letters)
        await asyncio.sleep(0)
        await live.durable(live.encode()[0])
    return writer


@pytest.mark.spec("HOST-12")
async def test_a_preview_shows_exactly_what_a_version_held() -> None:
    async with living() as estate:
        writer = await with_three_versions(estate)
        timeline = await estate.history.timeline("a.txt", TEXT, ANA)
        assert len(timeline.timestamps) >= 3
        watcher = Person(estate, "watcher")
        await watcher.enter(timeline.preview, timeline.lineage)
        await watcher.reads("one\ntwo\nthree 🌲\n")
        assert await estate.history.step(timeline.preview, -1)
        await watcher.reads("one\ntwo\n")
        assert await estate.history.step(timeline.preview, 1)
        await watcher.reads("one\ntwo\nthree 🌲\n")
        assert not await estate.history.step(timeline.preview, 1)
        assert await estate.history.step(timeline.preview, -1_000)
        await watcher.reads("one\n")
        assert not await estate.history.step(timeline.preview, -1)
        assert str(writer.text) == "one\ntwo\nthree 🌲\n"


@pytest.mark.spec("HOST-12")
async def test_restoring_is_a_new_edit_and_clients_of_the_preview_double_nothing() -> None:
    async with living() as estate:
        writer = await with_three_versions(estate)
        timeline = await estate.history.timeline("a.txt", TEXT, ANA)
        watcher = Person(estate, "watcher")
        await watcher.enter(timeline.preview, timeline.lineage)
        await watcher.reads("one\ntwo\nthree 🌲\n")
        await estate.history.step(timeline.preview, -2)
        await watcher.reads("one\n")
        before = await estate.store.journal.history(timeline.root)
        await estate.history.restore(timeline.root, timeline.preview, ANA)
        await writer.reads("one\n")
        # As the stock front end does: the same document goes from the preview back to the room.
        watcher.leave()
        await watcher.enter(timeline.root, timeline.lineage)
        writer.type("four\n")
        await watcher.reads("one\nfour\n")
        entries = await estate.store.journal.history(timeline.root)
        assert list(entries[: len(before)]) == list(before)
        restored = entries[len(before)]
        assert (restored.author, restored.cause) == ("ana", "restore")


@pytest.mark.spec("HOST-12")
async def test_edits_made_meanwhile_are_not_lost_by_restoring() -> None:
    async with living() as estate:
        writer = await with_three_versions(estate)
        timeline = await estate.history.timeline("a.txt", TEXT, ANA)
        await estate.history.step(timeline.preview, -1)
        writer.type("meanwhile\n")
        await estate.history.restore(timeline.root, timeline.preview, ANA)
        await writer.reads("one\ntwo\nmeanwhile\n")


async def test_a_preview_nobody_looks_at_ends() -> None:
    async with living() as estate:
        await with_three_versions(estate)
        timeline = await estate.history.timeline("a.txt", TEXT, ANA)
        watcher = Person(estate, "watcher")
        await watcher.enter(timeline.preview)
        estate.annex._idle_s = 0.0
        watcher.leave()
        await eventually(lambda: estate.annex.live(timeline.preview) is None)
        with pytest.raises(NotFound):
            await estate.history.step(timeline.preview, -1)


async def test_previews_of_nothing_are_refused() -> None:
    async with living() as estate:
        await with_three_versions(estate)
        with pytest.raises(NotFound):
            await estate.history.timeline("nothing.txt", TEXT, ANA)
        with pytest.raises(NotFound):
            await estate.history.step("none", 1)
        timeline = await estate.history.timeline("a.txt", TEXT, ANA)
        with pytest.raises(NotFound):
            await estate.history.restore("text:file:other", timeline.preview, ANA)


@pytest.mark.spec("HOST-12")
async def test_versions_before_a_snapshot_that_replaced_them_are_not_offered() -> None:
    async with living() as estate:
        await with_three_versions(estate)
        room = (await estate.door.invite("a.txt", TEXT)).address
        live = (await estate.tenancy.house()).live(room.document_id)
        assert live is not None
        early = await estate.history.timeline("a.txt", TEXT, ANA)
        settings = RoomSettings(history_entries=1)
        assert await compact(room, estate.store.journal, settings, estate.worker)
        kept = await estate.store.journal.history(room.document_id)
        assert kept[0].sequence > 1
        timeline = await estate.history.timeline("a.txt", TEXT, ANA)
        assert len(timeline.timestamps) == 1
        assert not await estate.history.step(timeline.preview, -1)
        with pytest.raises(NotFound):
            await estate.history.step(early.preview, -1)
