"""Journals of documents that stay open."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from jupyter_tandem.adapters.store.memory import MemoryDisk
from jupyter_tandem.engine import compaction, upkeep
from jupyter_tandem.errors import StoreCorrupt
from jupyter_tandem.testing.memory_files import MemoryFiles
from tests.unit.engine.door_bench import eventually
from tests.unit.engine.test_rooms import NEVER, House, Person, address_of, disk, files, house

__all__ = ["disk", "files"]


async def type_on(person: Person, count: int) -> None:
    """So many edits, each in a turn of its own."""
    for number in range(count):
        person.type(f" {number}")
        await asyncio.sleep(0)
    await person.live.durable(person.live.sequence)


async def look_round(server: House) -> None:
    """Have it looked which documents are due, and see to them."""
    server.rooms._upkeep._look_round()
    await eventually(lambda: not server.rooms._upkeep._busy)


@pytest.mark.spec("ROOM-43")
async def test_a_document_that_stays_open_is_looked_after(
    disk: MemoryDisk, files: MemoryFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick: dict[str, Any] = {"open_entries": 30, "history_entries": 10, "idle_s": 60.0}
    async with house(disk, files, NEVER, **quick) as server:
        address = await address_of(files)
        ana = Person(await server.rooms.open(address))
        compacted: list[int] = []
        usual = upkeep.compact

        async def noted(*given: Any) -> bool:
            compacted.append(ana.live.sequence)
            return await usual(*given)

        monkeypatch.setattr(upkeep, "compact", noted)
        for typed, expected in ((20, []), (15, [36]), (20, [36]), (15, [36, 71])):
            await type_on(ana, typed)
            for _ in range(3):
                await look_round(server)
            assert compacted == expected
        assert ana.live.shortened_at == 71
        replay = await server.store.journal.replay(address.document_id)
        assert replay is not None
        assert replay.snapshot is not None
        assert replay.snapshot.sequence >= ana.live.shortened_at
        assert len(replay.tail) < 60
        assert len(await server.store.journal.history(address.document_id)) < 60
        assert compaction.rebuild(address, replay, 1).content() == ana.live.room.document.content()


@pytest.mark.spec("ROOM-43")
async def test_a_journal_that_cannot_be_shortened_is_not_tried_all_the_time(
    disk: MemoryDisk, files: MemoryFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with house(disk, files, NEVER, open_entries=5, idle_s=60.0) as server:
        ana = Person(await server.rooms.open(await address_of(files)))
        tried: list[int] = []

        async def fails(*_: Any) -> bool:
            tried.append(ana.live.sequence)
            raise StoreCorrupt("It differs.")

        monkeypatch.setattr(upkeep, "compact", fails)
        await type_on(ana, 8)
        for _ in range(5):
            await look_round(server)
        assert len(tried) == 1
        assert ana.live.shortened_at < ana.live.sequence


async def test_it_looks_by_itself_and_no_more_when_it_is_closed(
    disk: MemoryDisk, files: MemoryFiles
) -> None:
    async with house(disk, files, NEVER, look_s=0.01, open_entries=5, idle_s=60.0) as server:
        ana = Person(await server.rooms.open(await address_of(files)))
        await type_on(ana, 8)
        await eventually(lambda: ana.live.shortened_at > 5)
        keeper, resident = server.rooms._upkeep, next(iter(server.rooms._upkeep._open))
        recall = keeper._open[resident]
    assert keeper._timer is None
    keeper.begin(resident, recall, long=True)
    assert keeper._timer is None
    assert keeper._open == {}
