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
from tests.unit.engine.test_rooms import NEVER, Person, address_of, disk, files, house

__all__ = ["disk", "files"]


async def type_on(person: Person, count: int) -> None:
    """So many edits, each in a turn of its own."""
    for number in range(count):
        person.type(f" {number}")
        await asyncio.sleep(0)
    await person.live.durable(person.live.sequence)


@pytest.mark.spec("ROOM-43")
async def test_a_document_that_stays_open_is_looked_after(
    disk: MemoryDisk, files: MemoryFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick: dict[str, Any] = {
        "look_s": 0.02,
        "open_entries": 30,
        "history_entries": 10,
        "idle_s": 60.0,
    }
    async with house(disk, files, NEVER, **quick) as server:
        address = await address_of(files)
        ana = Person(await server.rooms.open(address))
        compacted: list[int] = []
        usual = upkeep.compact

        async def noted(*given: Any) -> bool:
            compacted.append(ana.live.sequence)
            return await usual(*given)

        monkeypatch.setattr(upkeep, "compact", noted)
        await type_on(ana, 20)
        await asyncio.sleep(0.1)
        assert compacted == []
        await type_on(ana, 40)
        await eventually(lambda: ana.live.shortened_at >= 30)
        await type_on(ana, 40)
        await eventually(lambda: ana.live.shortened_at >= 80)
        await asyncio.sleep(0.1)
        assert len(compacted) == 2
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
    async with house(disk, files, NEVER, look_s=0.02, open_entries=5, idle_s=60.0) as server:
        ana = Person(await server.rooms.open(await address_of(files)))
        tried: list[int] = []

        async def fails(*_: Any) -> bool:
            tried.append(ana.live.sequence)
            raise StoreCorrupt("It differs.")

        monkeypatch.setattr(upkeep, "compact", fails)
        await type_on(ana, 8)
        await eventually(lambda: len(tried) == 1)
        await asyncio.sleep(0.2)
        assert len(tried) == 1
        assert ana.live.shortened_at < ana.live.sequence
