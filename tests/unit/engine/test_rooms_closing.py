"""ROOM-63 and ROOM-64: a room that goes waits for itself only, and nobody waits for more than that."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from jupyter_tandem.adapters.store.memory import MemoryDisk
from jupyter_tandem.engine import room_slot, rooms
from jupyter_tandem.engine.file_bridge import SaveSettings
from jupyter_tandem.errors import FileUnreadable, StoreUnavailable
from jupyter_tandem.testing.memory_files import MemoryFiles
from jupyter_tandem.types import Address
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

AT_ONCE = SaveSettings(quiet_s=0.01, latest_s=0.05, calm_s=0.0, remember_s=0.0)


async def put(files: MemoryFiles, name: str) -> Address:
    files.put(name, name)
    return Address(TEXT, await files.identify(name))


async def turns(count: int = 20) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


def may_go(server: House, person: Person) -> bool:
    live, resident = person.live, server.rooms._slots[person.live.address.file_id].resident
    assert resident is not None
    return resident.bridge.settled and live.room.durable == live.sequence


@pytest.mark.spec("ROOM-63", "ROOM-27")
async def test_an_idle_room_is_evicted_while_others_wait_for_the_journal(
    disk: MemoryDisk, files: MemoryFiles
) -> None:
    async with house(disk, files, AT_ONCE, idle_s=0.01) as server:
        address = await address_of(files)
        bo = Person(await server.rooms.open(await put(files, "b.txt")))
        ana = Person(await server.rooms.open(address))
        ana.type(" x")
        await eventually(lambda: may_go(server, ana))
        with server.store.faults.held("append"):
            appended = server.store.faults.calls["append"]
            bo.type("!")
            await eventually(lambda: server.store.faults.calls["append"] > appended)
            bo.type("?")
            ana.leave()
            await server.events.evicted.wait()
            again = await server.rooms.open(address)
            assert again is not ana.live
            assert again.room.document.content() == "start x"


@pytest.mark.spec("ROOM-63", "ROOM-24")
async def test_who_goes_hurries_nobody_elses_edits(
    disk: MemoryDisk, files: MemoryFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with house(disk, files, NEVER, idle_s=60.0) as server:
        bo = Person(await server.rooms.open(await put(files, "b.txt")))
        ana = Person(await server.rooms.open(await address_of(files)))
        bo.type("!")
        await turns()
        await bo.live.durable(bo.live.sequence)
        appended = server.store.faults.calls["append"]
        bo.type("?")
        await turns()
        ana.leave()
        server.rooms._slots[ana.live.address.file_id].timer.cancel()  # type: ignore[union-attr]  # it runs
        await server.rooms._evict(server.rooms._slots[ana.live.address.file_id])
        assert server.events.evicted.is_set()
        assert server.store.faults.calls["append"] == appended


@pytest.mark.spec("ROOM-63")
async def test_a_room_whose_edits_are_not_durable_stays(
    disk: MemoryDisk, files: MemoryFiles
) -> None:
    async with house(disk, files, AT_ONCE, idle_s=0.01) as server:
        address = await address_of(files)
        ana = Person(await server.rooms.open(address))
        # Nothing waits for a file that is gone.
        files.remove("a.txt")
        resident = server.rooms._slots[address.file_id].resident
        assert resident is not None
        await eventually(lambda: resident.bridge._facts.missing)  # type: ignore[attr-defined]  # of a file here
        await eventually(lambda: may_go(server, ana))
        with server.store.faults.failing("append"):
            ana.type(" x")
            ana.leave()
            await asyncio.sleep(0.1)
            async with asyncio.timeout(10):
                assert await server.rooms.open(address) is ana.live
        await server.events.evicted.wait()
        again = await server.rooms.open(address)
        assert again.room.document.content() == "start x"


@pytest.mark.spec("ROOM-63", "ROOM-29", "HOST-7")
async def test_people_who_type_on_do_not_keep_the_server_from_stopping(
    disk: MemoryDisk, files: MemoryFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = House(disk, files, idle_s=60.0)
    people = [
        Person(await server.rooms.open(await put(files, f"{number}.txt"))) for number in range(10)
    ]
    append = server.store.journal.append

    async def while_all_type(*given: Any) -> None:
        for person in people:
            if not person.closed.done():
                person.type("x")
        await append(*given)

    monkeypatch.setattr(server.store.journal, "append", while_all_type)
    people[0].type("x")
    await turns()
    await server.rooms.close()
    assert all(person.closed.done() for person in people)
    assert all(person.acknowledged > 1 for person in people)
    monkeypatch.undo()
    async with house(disk, files, NEVER) as later:
        for number, person in enumerate(people):
            live = await later.rooms.open(person.live.address)
            assert str(person.text) == live.room.document.content()
            assert files.get(f"{number}.txt").decode() == str(person.text)


@pytest.mark.spec("ROOM-63", "P-11")
async def test_who_waits_for_a_document_that_cannot_be_closed_is_told(
    disk: MemoryDisk, files: MemoryFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room_slot, "_PATIENCE_S", 0.02)
    async with house(disk, files, NEVER, idle_s=60.0) as server:
        address = await address_of(files)
        ana = Person(await server.rooms.open(address))
        with server.store.faults.failing("append"):
            ana.type(" x")
            await turns()
            server.rooms._rebuild(address, "the library failed")
            with pytest.raises(StoreUnavailable, match="try again"):
                await server.rooms.open(address)
        monkeypatch.undo()
        live = await server.rooms.open(address)
        assert live.room.document.content() == "start x"
        assert server.lost == []


@pytest.mark.spec("ROOM-63", "HOST-7")
@pytest.mark.parametrize("back", [True, False])
async def test_a_journal_that_hangs_keeps_the_server_for_a_bounded_time(
    disk: MemoryDisk, files: MemoryFiles, monkeypatch: pytest.MonkeyPatch, back: bool
) -> None:
    monkeypatch.setattr(rooms, "_LAST_S", 60.0 if back else 0.02)
    server = House(disk, files, NEVER, idle_s=60.0)
    address = await address_of(files)
    people = [Person(await server.rooms.open(address))]
    people += [Person(await server.rooms.open(await put(files, f"{n}.txt"))) for n in range(40)]
    with server.store.faults.held("append"):
        for person in people:
            person.type(" x")
        await turns()
        closing = asyncio.ensure_future(server.rooms.close())
        await turns()
        assert not people[0].closed.done()
        server.rooms.hurry()
        for person in people:
            assert (await person.closed)[0] == 1001
        if not back:
            await closing
    await closing
    async with house(disk, files, NEVER) as later:
        for person in people if back else ():
            live = await later.rooms.open(person.live.address)
            assert live.room.document.content() == str(person.text)


@pytest.mark.spec("ROOM-63", "HOST-7")
async def test_a_load_that_hangs_keeps_the_server_no_longer(
    disk: MemoryDisk, files: MemoryFiles
) -> None:
    server = House(disk, files)
    with server.store.faults.held("replay"):
        opening = asyncio.ensure_future(server.rooms.open(await address_of(files)))
        await turns()
        closing = asyncio.ensure_future(server.rooms.close())
        await turns()
        server.rooms.hurry()
        await closing
        with pytest.raises(StoreUnavailable):
            await opening


@pytest.mark.spec("ROOM-63")
async def test_what_is_being_closed_when_another_server_takes_over_ends(
    disk: MemoryDisk, files: MemoryFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = House(disk, files, NEVER, idle_s=60.0)
    address = await address_of(files)
    ana = Person(await server.rooms.open(address))
    forgotten: list[object] = []
    monkeypatch.setattr(files, "forget", forgotten.append)
    with server.store.faults.held("append"):
        ana.type(" x")
        await turns()
        slot = server.rooms._slots[address.file_id]
        closing = asyncio.ensure_future(server.rooms._evict(slot))
        await turns()
        server.rooms.abandon()
        await closing
    assert (await ana.closed)[0] == 1001
    # Whoever has taken over in this process may have it open.
    assert forgotten == []


@pytest.mark.spec("ROOM-64", "ROOM-26")
@pytest.mark.parametrize("stays", [True, False])
async def test_who_opens_a_file_as_another_kind_keeps_nobody_waiting(
    disk: MemoryDisk, files: MemoryFiles, monkeypatch: pytest.MonkeyPatch, stays: bool
) -> None:
    files.put("a.txt", '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}')
    async with house(disk, files, NEVER, idle_s=60.0) as server:
        ana = Person(await server.rooms.open(await address_of(files)))
        ana.type(" ")
        ana.leave()
        notebook = await address_of(files, NOTEBOOK)
        write, writing, may_write = files.write, asyncio.Event(), asyncio.Event()

        async def slow(*given: Any, **named: Any) -> Any:
            writing.set()
            await may_write.wait()
            return await write(*given, **named)

        monkeypatch.setattr(files, "write", slow)
        left = asyncio.Event()

        async def conversation() -> None:
            Person(await server.rooms.open(notebook))
            await left.wait()

        bo = asyncio.ensure_future(conversation())
        await writing.wait()
        coming = [asyncio.ensure_future(server.rooms.open(notebook)) for _ in range(3)]
        await turns()
        if not stays:
            bo.cancel()
            await asyncio.wait({bo})
        may_write.set()
        async with asyncio.timeout(10):
            lives = await asyncio.gather(*coming)
        assert {live.address for live in lives} == {notebook}
        assert len({id(live) for live in lives}) == 1
        assert server.events.actions.count("clean") == 1
        assert bo.done() is not stays
        left.set()


@pytest.mark.spec("ROOM-64", "ROOM-61")
async def test_a_failure_of_another_kind_is_not_told(disk: MemoryDisk, files: MemoryFiles) -> None:
    async with house(disk, files, idle_s=60.0) as server:
        text, notebook = await address_of(files), await address_of(files, NOTEBOOK)
        with server.store.faults.held("replay"):
            # It is no notebook.
            bo = asyncio.ensure_future(server.rooms.open(notebook))
            await turns()
            ana = asyncio.ensure_future(server.rooms.open(text))
            await turns()
        with pytest.raises(FileUnreadable):
            await bo
        assert (await ana).address == text


@pytest.mark.spec("ROOM-64")
async def test_closing_that_is_called_off_leaves_nothing_at_work(
    disk: MemoryDisk, files: MemoryFiles
) -> None:
    server = House(disk, files, NEVER, idle_s=60.0)
    ana = Person(await server.rooms.open(await address_of(files)))
    slot = server.rooms._slots[ana.live.address.file_id]
    with server.store.faults.held("append"):
        ana.type(" x")
        await turns()
        closing = asyncio.ensure_future(server.rooms.close())
        await turns()
        assert slot.closing is not None
        closing.cancel()
        await asyncio.wait({closing, slot.closing})
    server.rooms.abandon()
