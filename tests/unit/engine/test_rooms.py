"""ROOM-26 to ROOM-30: opening, evicting, compacting, closing, recovering."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pycrdt import Doc, Text

from jupyter_tandem.adapters.store.memory import MemoryDisk, MemoryStore
from jupyter_tandem.adapters.system import SystemClock
from jupyter_tandem.core.inputs import Dialect
from jupyter_tandem.engine import compaction
from jupyter_tandem.engine.compaction import compact
from jupyter_tandem.engine.file_bridge import SaveSettings
from jupyter_tandem.engine.live_room import LiveRoom
from jupyter_tandem.engine.rooms import Rooms
from jupyter_tandem.engine.settings import RoomSettings
from jupyter_tandem.engine.teaching import TEACH_BYTES
from jupyter_tandem.engine.worker import Worker
from jupyter_tandem.errors import (
    FileMissing,
    FileOpenAsOtherKind,
    ServerFull,
    StoreCorrupt,
    StoreUnavailable,
)
from jupyter_tandem.ports.channel import Channel
from jupyter_tandem.ports.store import Snapshot
from jupyter_tandem.protocol import frames as f
from jupyter_tandem.testing.memory_files import MemoryFiles
from jupyter_tandem.types import Address, DocumentId, DocumentKind, Rights, Role, SessionId, User
from tests.unit.engine.door_bench import eventually

TEXT = DocumentKind("text", "file")
NOTEBOOK = DocumentKind("json", "notebook")
ANA = User("ana", "Ana", "Ana", "A")
QUICK = SaveSettings(quiet_s=0.01, latest_s=0.05, calm_s=0.0)
NEVER = SaveSettings(quiet_s=3600.0, latest_s=3600.0)


class CountingEntropy:
    """Names and numbers in order."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1000)

    def token(self) -> str:
        return f"lineage-{next(self._numbers)}"

    def client_id(self) -> int:
        return next(self._numbers)


class Events:
    """What the host would be told."""

    def __init__(self) -> None:
        self.actions: list[str] = []
        self.evicted = asyncio.Event()

    def presence(self, _address: Address, user: User, action: str) -> None:
        pass

    def room(self, _address: Address, action: str, _message: str) -> None:
        self.actions.append(action)
        if action == "clean":
            self.evicted.set()

    def struck(self, channel: Channel) -> None:
        pass


class Person:
    """A Tandem front end on a channel."""

    def __init__(self, live: LiveRoom) -> None:
        self.live = live
        self.doc: Doc[Any] = Doc()
        self.text = self.doc.get("source", type=Text)
        self.closed: asyncio.Future[tuple[int, str]] = asyncio.get_running_loop().create_future()
        self.acknowledged = 0
        self.backlog_bytes = 0
        self._made: list[bytes] = []
        self._silent = False
        self._subscription = self.doc.observe(self._observed)
        self.session: SessionId = live.join(
            ANA, Rights.of(Role.EDITOR), Dialect.TANDEM, live.lineage, self
        )
        live.receive(self.session, f.encode(f.SyncStep1(self.doc.get_state())))
        live.receive(self.session, f.encode(f.SyncStep2(b"\x00\x00")))

    def _observed(self, event: Any) -> None:
        if not self._silent:
            self._made.append(event.update)

    def send(self, frame: bytes) -> None:
        message = f.decode_server(frame)
        if isinstance(message, f.Update | f.SyncStep2):
            self._silent = True
            self.doc.apply_update(message.update)
            self._silent = False
        elif isinstance(message, f.Acknowledgement):
            self.acknowledged = message.count

    def close(self, code: int, reason: str) -> None:
        self.closed.set_result((code, reason))

    def type(self, letters: str) -> None:
        self.text += letters
        self.live.receive(self.session, f.encode(f.Update(self._made[-1])))

    def leave(self) -> None:
        self.live.leave(self.session)


class House:
    """Rooms over memory, as one server's life; the disk and the files outlive it."""

    def __init__(
        self, disk: MemoryDisk, files: MemoryFiles, save: SaveSettings = QUICK, **settings: Any
    ) -> None:
        self.store = MemoryStore(disk)
        self.events = Events()
        self.lost: list[str] = []
        self.settings = RoomSettings(**{"idle_s": 0.0, **settings})
        self.rooms = Rooms(
            journal=self.store.journal,
            bases=self.store.bases,
            files=files,
            clock=SystemClock(),
            entropy=CountingEntropy(),
            events=self.events,
            on_lost=self.lost.append,
            settings=self.settings,
            save_settings=save,
        )


@asynccontextmanager
async def house(
    disk: MemoryDisk, files: MemoryFiles, save: SaveSettings = QUICK, **settings: Any
) -> AsyncIterator[House]:
    """A server that is closed in order."""
    alive = House(disk, files, save, **settings)
    try:
        yield alive
    finally:
        await alive.rooms.close()


@pytest.fixture
def disk() -> MemoryDisk:
    return MemoryDisk()


@pytest.fixture
def files() -> MemoryFiles:
    made = MemoryFiles()
    made.put("a.txt", "start")
    return made


async def address_of(files: MemoryFiles, kind: DocumentKind = TEXT) -> Address:
    return Address(kind, await files.identify("a.txt"))


async def test_openers_share_one_load(disk: MemoryDisk, files: MemoryFiles) -> None:
    async with house(disk, files, idle_s=60.0) as server:
        address = await address_of(files)
        opened = await asyncio.gather(*(server.rooms.open(address) for _ in range(20)))
        assert len({id(live) for live in opened}) == 1
        assert server.store.faults.calls["create"] == 1
        assert server.events.actions == ["initialize"]


@pytest.mark.spec("ROOM-26")
async def test_a_file_has_one_room_whatever_the_kind(disk: MemoryDisk, files: MemoryFiles) -> None:
    files.put("a.txt", '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}')
    async with house(disk, files, idle_s=60.0) as server:
        text, notebook = await address_of(files), await address_of(files, NOTEBOOK)
        ana = Person(await server.rooms.open(text))
        for attempt in (server.rooms.open, server.rooms.lineage):
            with pytest.raises(FileOpenAsOtherKind, match="editing this file as file"):
                await attempt(notebook)
        ana.leave()
        live = await server.rooms.open(notebook)
        assert live.address == notebook
        assert server.rooms.live(text.document_id) is None


@pytest.mark.spec("ROOM-27")
async def test_an_evicted_room_comes_back_the_same(disk: MemoryDisk, files: MemoryFiles) -> None:
    async with house(disk, files) as server:
        address = await address_of(files)
        live = await server.rooms.open(address)
        ana = Person(live)
        ana.type(" and more")
        ana.leave()
        await server.events.evicted.wait()
        assert files.get("a.txt") == b"start and more"
        again = await server.rooms.open(address)
        assert again is not live
        assert again.lineage == live.lineage
        assert again.room.document.content() == "start and more"


@pytest.mark.spec("ROOM-27")
async def test_a_room_with_people_stays(disk: MemoryDisk, files: MemoryFiles) -> None:
    async with house(disk, files) as server:
        address = await address_of(files)
        live = await server.rooms.open(address)
        Person(live)
        for _ in range(50):
            await asyncio.sleep(0)
        assert server.rooms.live(address.document_id) is live


async def test_more_rooms_than_fit_are_refused(disk: MemoryDisk, files: MemoryFiles) -> None:
    files.put("b.txt", "other")
    async with house(disk, files, rooms=1, idle_s=60.0) as server:
        await server.rooms.open(await address_of(files))
        with pytest.raises(ServerFull):
            await server.rooms.open(Address(TEXT, await files.identify("b.txt")))


async def test_a_failed_load_can_be_tried_again(disk: MemoryDisk, files: MemoryFiles) -> None:
    async with house(disk, files) as server:
        address = await address_of(files)
        server.store.faults.fail("replay")
        with pytest.raises(StoreUnavailable):
            await server.rooms.open(address)
        files.remove("a.txt")
        with pytest.raises(FileMissing):
            await server.rooms.open(address)
        files.put("a.txt", "back")
        assert (await server.rooms.open(address)).room.document.content() == "back"


@pytest.mark.spec("ROOM-28")
async def test_compaction_keeps_the_document(disk: MemoryDisk, files: MemoryFiles) -> None:
    async with house(disk, files, NEVER, history_entries=10, idle_s=60.0) as server:
        address = await address_of(files)
        ana = Person(await server.rooms.open(address))
        for number in range(50):
            ana.type(f" {number}")
            await asyncio.sleep(0)
        await ana.live.durable(ana.live.sequence)
        before = ana.live.room.document.content()
        assert await compact(address, server.store.journal, server.settings, Worker())
        replay = await server.store.journal.replay(address.document_id)
        assert replay is not None
        assert replay.snapshot is not None
        assert list(replay.tail) == []
        kept = await server.store.journal.history(address.document_id)
        assert len(kept) == 10
        rebuilt = compaction.rebuild(address, replay, 1)
        assert rebuilt.content() == before


@pytest.mark.spec("ROOM-28")
async def test_a_snapshot_that_differs_deletes_nothing(
    disk: MemoryDisk, files: MemoryFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with house(disk, files, NEVER, history_entries=0, idle_s=60.0) as server:
        address = await address_of(files)
        ana = Person(await server.rooms.open(address))
        ana.type(" more")
        await asyncio.sleep(0)
        await ana.live.durable(ana.live.sequence)
        journal = server.store.journal
        put = journal.put_snapshot

        async def forget_half(document_id: Any, snapshot: Snapshot) -> None:
            seed = (await journal.history(document_id))[0].update
            await put(document_id, Snapshot(snapshot.sequence, seed))

        monkeypatch.setattr(journal, "put_snapshot", forget_half)
        entries = len(await journal.history(address.document_id))
        with pytest.raises(StoreCorrupt):
            await compact(address, journal, server.settings, Worker())
        assert len(await journal.history(address.document_id)) == entries


@pytest.mark.spec("ROOM-29")
async def test_closing_saves_acknowledges_and_says_goodbye(
    disk: MemoryDisk, files: MemoryFiles
) -> None:
    async with house(disk, files, idle_s=60.0) as server:
        ana = Person(await server.rooms.open(await address_of(files)))
        ana.type(" last words")
    assert await ana.closed == (1001, "The server is going away.")
    assert ana.acknowledged == 2
    assert files.get("a.txt") == b"start last words"
    with pytest.raises(ServerFull):
        await server.rooms.open(await address_of(files))


@pytest.mark.spec("ROOM-30")
async def test_after_a_crash_files_are_brought_up_to_date(
    disk: MemoryDisk, files: MemoryFiles
) -> None:
    crashed = House(disk, files, idle_s=60.0)
    files.failure = FileMissing("The disk is away.")
    address = await address_of(files)
    ana = Person(await crashed.rooms.open(address))
    ana.type(" unsaved")
    await asyncio.sleep(0)
    await ana.live.durable(ana.live.sequence)
    crashed.rooms.abandon()
    files.failure = None
    assert files.get("a.txt") == b"start"
    async with house(disk, files) as server:
        await server.rooms.recover()
        await server.events.evicted.wait()
        assert files.get("a.txt") == b"start unsaved"


@pytest.mark.spec("ROOM-71")
async def test_a_document_that_fails_keeps_no_other_from_being_brought_up_to_date(
    disk: MemoryDisk, files: MemoryFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ["b.txt", "c.txt", "d.txt"]
    for name in names:
        files.put(name, name)
    async with house(disk, files, idle_s=60.0) as server:
        addresses = [Address(TEXT, await files.identify(name)) for name in names]
        opened: list[Address] = []
        failures = {
            addresses[0]: RuntimeError("a bug"),
            addresses[1]: StoreUnavailable("The disk is away."),
        }

        async def open_one(address: Address) -> None:
            opened.append(address)
            if address in failures:
                raise failures[address]

        async def unsettled() -> list[DocumentId]:
            return [address.document_id for address in addresses]

        monkeypatch.setattr(server.rooms, "open", open_one)
        monkeypatch.setattr(server.store.bases, "unsettled", unsettled)
        with pytest.raises(StoreUnavailable, match="away"):
            await server.rooms.recover()
        assert opened == addresses
        # Only the store may do better next time.
        del failures[addresses[1]]
        await server.rooms.recover()


@pytest.mark.spec("ROOM-10")
async def test_a_damaged_room_is_rebuilt_and_loses_nothing(
    disk: MemoryDisk, files: MemoryFiles
) -> None:
    async with house(disk, files, idle_s=60.0) as server:
        address = await address_of(files)
        live = await server.rooms.open(address)
        ana = Person(live)
        ana.type(" kept")
        await asyncio.sleep(0)
        await live.durable(live.sequence)
        server.rooms._rebuild(address, "the library failed")
        assert (await ana.closed)[0] == 4500
        again = await server.rooms.open(address)
        assert again is not live
        assert again.room.document.content() == "start kept"


@pytest.mark.spec("ROOM-36")
async def test_the_history_of_a_large_document_is_read_before_the_first_edit(
    disk: MemoryDisk, files: MemoryFiles
) -> None:
    files.put("a.txt", "large " * TEACH_BYTES)
    async with house(disk, files, SaveSettings(first_look_s=0.0)) as server:
        live = await server.rooms.open(await address_of(files))
        await eventually(lambda: live.room.document.begin_teaching() is None)
