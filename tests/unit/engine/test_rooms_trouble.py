"""ROOM-60 to ROOM-64: one document's trouble is nobody else's, and leaves nothing behind."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from jupyter_tandem.adapters.store.memory import MemoryDisk
from jupyter_tandem.core.inputs import FileReport
from jupyter_tandem.engine import rooms as rooms_module
from jupyter_tandem.engine.file_bridge import SaveSettings
from jupyter_tandem.engine.live_room import LiveRoom
from jupyter_tandem.engine.room_slot import Slot
from jupyter_tandem.errors import FileMissing, FileUnreadable, StoreUnavailable
from jupyter_tandem.testing.memory_files import MemoryFiles
from jupyter_tandem.types import Address, FileId
from tests.unit.engine.door_bench import eventually
from tests.unit.engine.test_rooms import (
    NEVER,
    NOTEBOOK,
    TEXT,
    House,
    Person,
    address_of,
    disk,
    files,
    house,
)

__all__ = ["disk", "files"]


class OddError(Exception):
    """What a library raises that nobody here has heard of."""


async def other_of(files: MemoryFiles) -> Address:
    files.put("b.txt", "other")
    return Address(TEXT, await files.identify("b.txt"))


@pytest.mark.spec("ROOM-60")
async def test_what_failed_oddly_is_opened_when_that_is_over(
    disk: MemoryDisk, files: MemoryFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with house(disk, files, idle_s=60.0) as server:
        address = await address_of(files)

        async def odd(*_: Any) -> None:
            raise OddError

        with monkeypatch.context() as patch:
            patch.setattr(files, "read", odd)
            opened = [server.rooms.open(address) for _ in range(3)]
            errors = await asyncio.gather(*opened, return_exceptions=True)
            assert [type(error) for error in errors] == [OddError] * 3
        assert (await server.rooms.open(address)).room.document.content() == "start"


@pytest.mark.spec("ROOM-60", "ROOM-29")
async def test_an_odd_failure_does_not_keep_others_from_being_closed(
    disk: MemoryDisk, files: MemoryFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = House(disk, files, NEVER, idle_s=60.0)
    ana = Person(await server.rooms.open(await address_of(files)))
    bo = Person(await server.rooms.open(await other_of(files)))
    ana.type(" more")
    bo.type(" words")
    write = files.write

    async def odd(file_id: FileId, *rest: Any, **named: Any) -> Any:
        if file_id == ana.live.address.file_id:
            raise OddError
        return await write(file_id, *rest, **named)

    async def odd_reading(*_: Any) -> None:
        raise OddError

    monkeypatch.setattr(files, "write", odd)
    monkeypatch.setattr(files, "read", odd_reading)
    files.put("c.txt", "third")
    with server.store.faults.held("replay"):
        # Its load fails while the rooms are being closed.
        third = Address(TEXT, await files.identify("c.txt"))
        loading = asyncio.ensure_future(server.rooms.open(third))
        await asyncio.sleep(0)
        closing = asyncio.ensure_future(server.rooms.close())
        await asyncio.sleep(0)
    await closing
    with pytest.raises(OddError):
        await loading
    assert [await ana.closed, await bo.closed] == [(1001, "The server is going away.")] * 2
    assert files.get("b.txt") == b"other words"
    assert files.get("a.txt") == b"start"
    monkeypatch.undo()
    async with house(disk, files) as later:
        live = await later.rooms.open(ana.live.address)
        assert live.room.document.content() == "start more"


@pytest.mark.spec("ROOM-60", "ROOM-30")
async def test_an_odd_failure_does_not_keep_others_from_being_brought_up_to_date(
    disk: MemoryDisk, files: MemoryFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    crashed = House(disk, files, idle_s=60.0)
    files.failure = FileMissing("The disk is away.")
    people = [
        Person(await crashed.rooms.open(address))
        for address in (await address_of(files), await other_of(files))
    ]
    for person in people:
        person.type("!")
        await asyncio.sleep(0)
        await person.live.durable(person.live.sequence)
    crashed.rooms.abandon()
    files.failure = None
    async with house(disk, files) as server:
        replay = server.store.journal.replay
        fallen = []

        async def odd_at_first(*asked: Any) -> Any:
            if not fallen:
                fallen.append(asked)
                raise OddError
            return await replay(*asked)

        monkeypatch.setattr(server.store.journal, "replay", odd_at_first)
        await server.rooms.recover()
        await server.events.evicted.wait()
        written = [files.get(name).endswith(b"!") for name in ("a.txt", "b.txt")]
        assert sorted(written) == [False, True]


def writes_at_once(server: House) -> list[LiveRoom]:
    """Somebody who writes into every room as soon as they hear of it, as a run that goes on does; the rooms."""
    told: list[LiveRoom] = []

    def opened(live: LiveRoom) -> None:
        told.append(live)
        live.report(FileReport("pending", None, "", f"{len(told)}.txt", ""))

    server.rooms._loader._on_open = opened
    return told


@pytest.mark.spec("ROOM-61")
@pytest.mark.parametrize("late", [False, True])
async def test_of_an_opening_that_fails_nothing_stays(
    disk: MemoryDisk, files: MemoryFiles, monkeypatch: pytest.MonkeyPatch, late: bool
) -> None:
    async with house(disk, files) as server:
        address = await address_of(files)
        await server.rooms.open(address)
        await server.events.evicted.wait()
    async with house(disk, files, NEVER, idle_s=60.0) as server:
        told = writes_at_once(server)

        def odd(*_: Any) -> None:
            raise OddError

        with monkeypatch.context() as patch:
            if late:
                patch.setattr(server.events, "room", odd)
            else:
                server.store.faults.fail("bases")
            with pytest.raises(OddError if late else StoreUnavailable):
                await server.rooms.open(address)
        assert [live.closed for live in told] == [True]
        assert server.rooms.all_live() == []
        live = await server.rooms.open(address)
        assert told[1:] == [live]
        assert live.sequence == told[0].sequence + 1
        ana = Person(live)
        ana.type(" more")
        await asyncio.sleep(0)
        await live.durable(live.sequence)
        assert server.lost == []


@pytest.mark.spec("ROOM-61")
async def test_a_file_that_could_not_be_opened_is_not_watched(
    disk: MemoryDisk, files: MemoryFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    forgotten: list[FileId] = []
    monkeypatch.setattr(files, "forget", forgotten.append)
    files.put("bad.ipynb", "{")
    bad = Address(NOTEBOOK, await files.identify("bad.ipynb"))
    unknown = Address(TEXT, FileId("nobody knows"))
    async with house(disk, files) as server:
        for address, error in ((unknown, FileMissing), (bad, FileUnreadable)):
            with pytest.raises(error):
                await server.rooms.open(address)
        assert forgotten == [unknown.file_id, bad.file_id]
        with server.store.faults.held("replay"):
            opening = asyncio.ensure_future(server.rooms.open(unknown))
            await eventually(lambda: server.store.faults.calls["replay"] == 3)
            server.rooms.abandon()
            await asyncio.wait({opening})
    assert len(forgotten) == 2, "somebody else may have it open by now"


@pytest.mark.spec("ROOM-63")
async def test_a_room_that_may_not_go_is_looked_at_now_and_then(
    disk: MemoryDisk, files: MemoryFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rooms_module, "_UNSETTLED_S", 0.05)
    async with house(disk, files, idle_s=0.0) as server:
        ana = Person(await server.rooms.open(await address_of(files)))
        looks = 0
        look = server.rooms._evict_if_idle

        def counted(slot: Slot) -> None:
            nonlocal looks
            looks += 1
            look(slot)

        monkeypatch.setattr(server.rooms, "_evict_if_idle", counted)
        with server.store.faults.held("append"):
            ana.type(" more")
            await asyncio.sleep(0)
            ana.leave()
            await asyncio.sleep(0.3)
            assert 2 <= looks <= 7
        await server.events.evicted.wait()
        assert server.rooms.all_live() == []


@pytest.mark.spec("ROOM-61", "ROOM-27")
async def test_a_room_whose_only_opener_has_gone_is_evicted(
    disk: MemoryDisk, files: MemoryFiles
) -> None:
    async with house(disk, files, SaveSettings(remember_s=0.0)) as server:
        address = await address_of(files)
        with server.store.faults.held("replay"):
            opening = asyncio.ensure_future(server.rooms.open(address))
            await asyncio.sleep(0)
            opening.cancel()
            await asyncio.wait({opening})
        await server.events.evicted.wait()
        assert server.rooms.all_live() == []


@pytest.mark.spec("ROOM-61")
async def test_a_failure_is_told_to_nobody_who_comes_later(
    disk: MemoryDisk, files: MemoryFiles
) -> None:
    async with house(disk, files) as server:
        address = await address_of(files)
        server.store.faults.fail("replay")
        with server.store.faults.held("replay"):
            opening = asyncio.ensure_future(server.rooms.open(address))
            await asyncio.sleep(0)
            opening.cancel()
            await asyncio.wait({opening})
        await eventually(lambda: server.rooms._slots == {})
        await server.rooms.open(address)


@pytest.mark.spec("ROOM-61")
async def test_who_waits_for_a_document_when_another_server_takes_over_is_told(
    disk: MemoryDisk, files: MemoryFiles
) -> None:
    async with house(disk, files) as former:
        address = await address_of(files)
        await former.rooms.open(address)
    server = House(disk, files)
    told = writes_at_once(server)
    with server.store.faults.held("bases"):
        opening = asyncio.ensure_future(server.rooms.open(address))
        await eventually(lambda: server.store.faults.calls["bases"] > 0)
        server.rooms.abandon()
        with pytest.raises(StoreUnavailable):
            await opening
        assert [live.closed for live in told] == [True]
