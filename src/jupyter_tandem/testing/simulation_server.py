"""The server of a simulation: the real engine in a process that can be killed, over a disk that stays."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from jupyter_tandem.adapters.store.memory import MemoryDisk, MemoryStore
from jupyter_tandem.engine.annex import Annex
from jupyter_tandem.engine.door import Door
from jupyter_tandem.engine.guestbook import Guestbook
from jupyter_tandem.engine.live_lobby import LiveLobby
from jupyter_tandem.engine.memory_room import MemoryRooms
from jupyter_tandem.engine.reading_rooms import ReadingRooms
from jupyter_tandem.engine.rooms import Rooms
from jupyter_tandem.engine.settings import RoomSettings
from jupyter_tandem.engine.tenancy import Tenancy
from jupyter_tandem.engine.worker import Worker
from jupyter_tandem.ports.channel import Channel
from jupyter_tandem.ports.store import Entry, Holder
from jupyter_tandem.testing.simulation_files import Folder, SimulatedFiles
from jupyter_tandem.testing.simulation_loop import Process
from jupyter_tandem.testing.simulation_store import SimulatedStore, Unsynced
from jupyter_tandem.types import Address, DocumentId, LineageId, User


class VirtualClock:
    """The loop's time; the wall clock jumps about as it likes (nothing may depend on it).

    Attributes:
        offset_s: What the wall clock is wrong by.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Tell the time of ``loop``."""
        self._loop = loop
        self.offset_s = 0.0

    def monotonic(self) -> float:
        """See :class:`jupyter_tandem.ports.clock.Clock`."""
        return self._loop.time()

    def wall(self) -> float:
        """See :class:`jupyter_tandem.ports.clock.Clock`."""
        return 1_790_000_000.0 + self._loop.time() + self.offset_s


class SeededEntropy:
    """Names that a seed decides."""

    def __init__(self, chance: random.Random) -> None:
        """Draw from ``chance``."""
        self._chance = chance

    def token(self) -> str:
        """See :class:`jupyter_tandem.ports.clock.Entropy`."""
        return f"{self._chance.getrandbits(128):032x}"

    def client_id(self) -> int:
        """See :class:`jupyter_tandem.ports.clock.Entropy`."""
        return self._chance.getrandbits(32)


class _Events:
    """Passes on who struck; the rest is for hosts."""

    def __init__(self, guestbook: Guestbook) -> None:
        self._guestbook = guestbook

    def presence(self, address: Address, user: User, action: str) -> None:
        """See :class:`jupyter_tandem.engine.events.RoomEvents`."""

    def room(self, address: Address, action: str, message: str) -> None:
        """See :class:`jupyter_tandem.engine.events.RoomEvents`."""

    def struck(self, channel: Channel) -> None:
        """See :class:`jupyter_tandem.engine.events.RoomEvents`."""
        self._guestbook.struck(channel)


@dataclass(frozen=True, slots=True)
class Ground:
    """What stays when a server goes: disk, folder, and who watches.

    Attributes:
        disk: What journals hold.
        folder: What files hold.
        witness: Told of entries at the moment they are durable.
        unsynced: What was written down and not waited for.
    """

    disk: MemoryDisk
    folder: Folder
    witness: Callable[[Sequence[Entry]], None]
    unsynced: Unsynced


class SimulatedServer:
    """One server after another over the same ground; at most one is alive.

    Attributes:
        clock: Its clock.
    """

    def __init__(self, ground: Ground, chance: random.Random, room: RoomSettings) -> None:
        """A server that has not been started."""
        self._ground = ground
        self._chance = chance
        self._room = room
        self._loop = asyncio.get_running_loop()
        self.clock = VirtualClock(self._loop)
        self._process: Process | None = None
        self._store: SimulatedStore | None = None
        self._door: Door | None = None
        self._tenancy: Tenancy | None = None

    @property
    def process(self) -> Process | None:
        """The process that runs, if one does."""
        return self._process

    @property
    def reception(self) -> Door | None:
        """The door, while it is open."""
        return self._door

    @property
    def lineage(self) -> LineageId | None:
        """The lineage of the only document, if it has a journal."""
        heads = list(self._ground.disk.documents.values())
        return heads[0].lineage if heads else None

    @property
    def store(self) -> SimulatedStore | None:
        """The present store, for ordering faults."""
        return self._store

    async def start(self) -> None:
        """Start a process and wait until its door is open."""
        process = self._process = Process("server")
        await process.run(lambda: self._loop.create_task(self._boot()))

    def kill(self) -> None:
        """``kill -9``."""
        if self._process is not None:
            self._process.kill()
        self._process = self._door = self._store = self._tenancy = None

    async def stop(self) -> None:
        """A clean stop, as at SIGTERM."""
        process = self._process
        if process is None:
            return
        await process.run(lambda: self._loop.create_task(self._shut_down()))
        self.kill()

    async def _boot(self) -> None:
        ground, chance = self._ground, self._chance
        store = self._store = SimulatedStore(ground.disk, chance, ground.witness, ground.unsynced)
        files = SimulatedFiles(ground.folder, chance)
        guestbook = Guestbook(self.clock)
        events = _Events(guestbook)
        limits = self._room.limits

        def make_rooms(on_lost: Callable[[str], None]) -> Rooms:
            return Rooms(
                journal=store.journal,
                bases=store.bases,
                files=files,
                clock=self.clock,
                entropy=SeededEntropy(chance),
                events=events,
                on_lost=on_lost,
                settings=self._room,
            )

        tenancy = self._tenancy = Tenancy(
            lease=store.lease,
            holder=Holder("simulation", "", 1, "nowhere"),
            make_rooms=make_rooms,
            make_reading_rooms=_somebody_else,
        )
        await tenancy.start()
        self._door = Door(
            landlord=tenancy,
            lobby=LiveLobby(limits, self.clock, events),
            annex=Annex(MemoryRooms(self.clock, SeededEntropy(chance), events, Worker(), limits)),
            guestbook=guestbook,
            files=files,
            journal=store.journal,
        )

    async def _shut_down(self) -> None:
        door, tenancy, store = self._door, self._tenancy, self._store
        self._door = None
        if door is not None:
            await door.close()
        if tenancy is not None:
            await tenancy.stop()
        if store is not None:
            await store.close()


async def replayed(disk: MemoryDisk, document_id: DocumentId) -> tuple[list[int], list[bytes]]:
    """What a server would find after a crash now: sequence numbers kept, and the updates to load."""
    journal = MemoryStore(disk).journal
    replay = await journal.replay(document_id)
    if replay is None:
        return [], []
    kept = await journal.history(document_id, limit=1_000_000)
    updates = [entry.update for entry in replay.tail]
    if replay.snapshot is not None:
        updates.insert(0, replay.snapshot.state)
    return [entry.sequence for entry in kept], updates


def _somebody_else(holder: Holder) -> ReadingRooms:
    raise AssertionError(f"{holder} is dead and holds the lease")
