"""One server's door, forks and history over memory parts, and stock people who go through it."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from pycrdt import Doc, Text

from jupyter_tandem.adapters.store.memory import MemoryDisk, MemoryStore
from jupyter_tandem.adapters.system import SystemClock
from jupyter_tandem.engine.annex import Annex
from jupyter_tandem.engine.chronicle import Chronicle
from jupyter_tandem.engine.document_access import DocumentAccess
from jupyter_tandem.engine.door import Door
from jupyter_tandem.engine.file_bridge import SaveSettings
from jupyter_tandem.engine.fork_desk import ForkDesk
from jupyter_tandem.engine.guestbook import Guestbook
from jupyter_tandem.engine.live_lobby import LiveLobby
from jupyter_tandem.engine.memory_room import MemoryRooms
from jupyter_tandem.engine.reading_rooms import ReadingRooms
from jupyter_tandem.engine.rooms import Rooms
from jupyter_tandem.engine.tenancy import Tenancy
from jupyter_tandem.engine.worker import Worker
from jupyter_tandem.ports.channel import Channel
from jupyter_tandem.ports.history import Fork
from jupyter_tandem.ports.reception import Call, Seat, Visitor
from jupyter_tandem.ports.store import Holder
from jupyter_tandem.protocol import frames as f
from jupyter_tandem.protocol.limits import Limits
from jupyter_tandem.testing.memory_files import MemoryFiles
from jupyter_tandem.types import (
    ROLE_ACTIONS,
    Action,
    Address,
    DocumentKind,
    LineageId,
    Role,
    User,
)

TEXT = DocumentKind("text", "file")
NOTEBOOK = DocumentKind("json", "notebook")
QUICK = SaveSettings(quiet_s=0.01, latest_s=0.05, calm_s=0.0)
EDITOR = ROLE_ACTIONS[Role.EDITOR]
VIEWER = ROLE_ACTIONS[Role.VIEWER]


class CountingEntropy:
    """Names and numbers in order."""

    def __init__(self, start: int = 1000) -> None:
        self._numbers = itertools.count(start)

    def token(self) -> str:
        return f"token-{next(self._numbers)}"

    def client_id(self) -> int:
        return next(self._numbers)


class Events:
    """What the event bus would be told."""

    def __init__(self, on_struck: Callable[[Channel], None]) -> None:
        self.told: list[tuple[str, str]] = []
        self.struck = on_struck

    def presence(self, address: Address, user: User, action: str) -> None:
        self.told.append((action, user.username))

    def room(self, address: Address, action: str, message: str) -> None:
        self.told.append((action, address.document_id))

    def forked(self, fork: Fork, username: str, action: str) -> None:
        self.told.append((action, username))


class Grants:
    """The host's word, as the test changes it."""

    def __init__(self, actions: frozenset[Action] = EDITOR) -> None:
        self.now = actions

    async def actions(self) -> frozenset[Action]:
        return self.now


class Person:
    """A stock front end on a channel."""

    def __init__(self, estate: Estate, name: str, actions: frozenset[Action] = EDITOR) -> None:
        self.visitor = Visitor(User(name, name, name, name[:1]), "127.0.0.1")
        self.grants = Grants(actions)
        self.doc: Doc[Any] = Doc()
        self.text = self.doc.get("source", type=Text)
        self.sent: list[f.ServerMessage] = []
        self.closed: asyncio.Future[tuple[int, str]] = asyncio.get_running_loop().create_future()
        self.synced = asyncio.Event()
        self.changed = asyncio.Event()
        self.backlog_bytes = 0
        self._estate = estate
        self._made: list[bytes] = []
        self._silent = False
        self._subscription = self.doc.observe(self._observed)
        self.seat: Seat | None = None

    async def enter(self, room: str, lineage: str | None = None, *, tandem: bool = False) -> None:
        call = Call(
            room, LineageId(lineage) if lineage else None, tandem, self.visitor, self.grants
        )
        self.seat = await self._estate.door.enter(call, self)
        self.say(f.SyncStep1(self.doc.get_state()))
        self.say(f.SyncStep2(self.doc.get_update()))

    def say(self, message: f.ClientMessage) -> None:
        self.say_bytes(f.encode(message))

    def say_bytes(self, frame: bytes) -> None:
        assert self.seat is not None
        self.seat.receive(frame)

    def type(self, letters: str) -> None:
        self.text += letters
        self.say(f.Update(self._made[-1]))

    def leave(self) -> None:
        assert self.seat is not None
        self.seat.leave()
        self.seat = None

    async def reads(self, text: str) -> None:
        """Return when the text is what it should be."""
        while str(self.text) != text:
            self.changed.clear()
            await self.changed.wait()

    # -- Channel -------------------------------------------------------------

    def send(self, frame: bytes) -> None:
        message = f.decode_server(frame)
        self.sent.append(message)
        if isinstance(message, f.Update | f.SyncStep2):
            self._silent = True
            self.doc.apply_update(message.update)
            self._silent = False
            self.changed.set()
        if isinstance(message, f.SyncStep2):
            self.synced.set()

    def close(self, code: int, reason: str) -> None:
        if not self.closed.done():
            self.closed.set_result((code, reason))

    def _observed(self, event: Any) -> None:
        if not self._silent:
            self._made.append(event.update)


class Estate:
    """One server's life over a disk and files that outlive it."""

    def __init__(self, disk: MemoryDisk, files: MemoryFiles, name: str = "one") -> None:
        clock, entropy = SystemClock(), CountingEntropy(1000 if name == "one" else 500_000)
        self.files = files
        self.store = store = MemoryStore(disk)
        self.guestbook = Guestbook(clock)
        self.events = events = Events(self.guestbook.struck)
        self.worker = worker = Worker()
        self.memory_rooms = memory_rooms = MemoryRooms(clock, entropy, events, worker, Limits())

        def make_rooms(on_lost: Callable[[str], None]) -> Rooms:
            return Rooms(
                journal=store.journal,
                bases=store.bases,
                files=files,
                clock=clock,
                entropy=entropy,
                events=events,
                on_lost=on_lost,
                save_settings=QUICK,
            )

        def make_reading_rooms(holder: Holder) -> ReadingRooms:
            return ReadingRooms(
                journal=store.journal,
                files=files,
                memory_rooms=memory_rooms,
                entropy=entropy,
                worker=worker,
                holder=holder,
                follow_s=0.01,
                idle_s=0.5,
            )

        self.tenancy = Tenancy(
            lease=store.lease,
            holder=Holder(name, f"http://{name}/", 1, "host"),
            make_rooms=make_rooms,
            make_reading_rooms=make_reading_rooms,
            renew_s=0.02,
        )
        self.annex = Annex(memory_rooms)
        self.forks = ForkDesk(self.tenancy, self.annex, entropy, events, worker)
        self.history = Chronicle(self.tenancy, self.annex, store.journal, files, entropy, worker)
        self.door = Door(
            landlord=self.tenancy,
            lobby=LiveLobby(Limits(), clock, events),
            annex=self.annex,
            guestbook=self.guestbook,
            files=files,
            journal=store.journal,
            recheck_s=3_600.0,
        )
        self.documents = DocumentAccess(self.tenancy, files)

    async def stop(self) -> None:
        await self.forks.close()
        self.annex.close()
        await self.door.close()
        await self.tenancy.stop()
        await self.store.close()
        self.worker.close()


@asynccontextmanager
async def living(
    disk: MemoryDisk | None = None, files: MemoryFiles | None = None, name: str = "one"
) -> AsyncIterator[Estate]:
    """A server that is started and stopped."""
    estate = Estate(disk or MemoryDisk(), files or with_file(), name)
    await estate.tenancy.start()
    try:
        yield estate
    finally:
        await estate.stop()


def with_file(path: str = "a.txt", text: str = "one\n") -> MemoryFiles:
    """Files with one in it."""
    files = MemoryFiles()
    files.put(path, text)
    return files


async def eventually(holds: Callable[[], bool]) -> None:
    """Return when ``holds()``: for what tells nobody that it has happened."""
    for _ in range(12_000):
        if holds():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("It did not happen within 60 s.")
