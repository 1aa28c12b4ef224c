"""Deterministic simulation: people edit one document while network, disk, server and files fail.

Everything but the outermost edges is the real engine. One seed decides everything, so a failure can be had
again: ``simulate(seed)``.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from jupyter_tandem.adapters.store.memory import MemoryDisk
from jupyter_tandem.core.content import normalise
from jupyter_tandem.engine.settings import LARGE_BYTES, RoomSettings
from jupyter_tandem.testing.simulation_client import Person, SimulatedClient
from jupyter_tandem.testing.simulation_editing import Pen, notebook_of
from jupyter_tandem.testing.simulation_files import Folder
from jupyter_tandem.testing.simulation_loop import Process, VirtualLoop
from jupyter_tandem.testing.simulation_network import Weather
from jupyter_tandem.testing.simulation_oracle import Oracle, PromiseBroken
from jupyter_tandem.testing.simulation_server import Ground, SimulatedServer
from jupyter_tandem.testing.simulation_store import Unsynced
from jupyter_tandem.types import ROLE_ACTIONS, Action, Address, DocumentKind, FileId, Role, User

_KINDS: Final = (DocumentKind("text", "file"), DocumentKind("json", "notebook"))
_ACTIVE_S: Final = 25.0
"""Virtual seconds of editing and faults."""

_STALL_S: Final = (1.0, 20.0)
"""How long a client may not read; below the time after which the server gives it up."""

_REST_S: Final = 180.0
"""Virtual seconds after the last fault in which everything must have come to rest."""


@dataclass(slots=True)
class _Permission:
    """What one person may do; changes while they are here."""

    role: Role | None

    async def actions(self) -> frozenset[Action]:
        """See :class:`jupyter_tandem.ports.reception.Grants`."""
        return frozenset() if self.role is None else ROLE_ACTIONS[self.role]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a simulation came to.

    Attributes:
        seed: What decided everything.
        events: What happened, in order.
        digest: Hash of all that, with the final document: equal for equal seeds.
    """

    seed: int
    events: tuple[str, ...]
    digest: str


def simulate(seed: int) -> Outcome:
    """Run one simulation to its end.

    Raises:
        PromiseBroken: a promise was broken; the message has the seed and what happened before.
    """
    chance = random.Random(seed)
    loop = VirtualLoop(lambda: chance.uniform(0, 0.02))
    story = _Story(seed, chance)
    try:
        with _complaints() as complaints:
            Process("the world").run(loop.run_until_complete, story.run())
        if loop.faults or complaints:
            raise PromiseBroken("; ".join([*loop.faults, *complaints]))
    except Exception as error:
        events = "\n  ".join(story.events)
        raise PromiseBroken(f"seed {seed}: {error}\nWhat happened:\n  {events}") from error
    finally:
        loop.close()
    return story.outcome()


@contextmanager
def _complaints() -> Iterator[list[str]]:
    """What the engine logs as an error: nothing that is simulated is one."""
    complaints: list[str] = []
    handler = _Listener(complaints)
    logger = logging.getLogger("jupyter_tandem")
    propagate, logger.propagate = logger.propagate, False
    logger.addHandler(handler)
    try:
        yield complaints
    finally:
        logger.removeHandler(handler)
        logger.propagate = propagate


class _Listener(logging.Handler):
    def __init__(self, complaints: list[str]) -> None:
        super().__init__(logging.ERROR)
        self._complaints = complaints

    def emit(self, record: logging.LogRecord) -> None:
        self._complaints.append(record.getMessage())


class _Story:
    """One simulation."""

    def __init__(self, seed: int, chance: random.Random) -> None:
        self._seed = seed
        self._chance = chance
        self.events: list[str] = []
        self._result = ""

    def outcome(self) -> Outcome:
        digest = hashlib.sha256("\n".join([*self.events, self._result]).encode()).hexdigest()
        return Outcome(self._seed, tuple(self.events), digest)

    async def run(self) -> None:
        self._set_up()
        await self._server.start()
        for client in self._clients:
            client.go_online()
        end = self._loop.time() + _ACTIVE_S
        tasks = [self._loop.create_task(self._type(client, end)) for client in self._clients]
        tasks.append(self._loop.create_task(self._meddle(end)))
        await asyncio.gather(*tasks)
        await self._heal()
        await self._come_to_rest()
        await self._judge()

    # -- the scene -----------------------------------------------------------

    def _set_up(self) -> None:
        chance = self._chance
        self._loop = asyncio.get_running_loop()
        kind = chance.choice(_KINDS)
        self._address = Address(kind, FileId("notes"))
        disk, folder = MemoryDisk(), Folder()
        self._disk, self._folder = disk, folder
        self._oracle = Oracle(self._address.document_id, kind, disk)
        self._pen = Pen(chance, self._oracle.tokens, kind)
        self._oracle.tokens.name("first-0")
        folder.put(
            self._address.file_id, "begin\nend\n" if kind.type == "file" else notebook_of("begin")
        )
        idle_s = chance.choice((0.5, 5.0, 30.0))
        # Every second seed treats documents as large ones; drawn from chance, old seeds would say something else.
        large_bytes = 0 if self._seed % 2 else LARGE_BYTES
        room = RoomSettings(
            idle_s=idle_s,
            snapshot_entries=20,
            history_entries=30,
            look_s=1.0,
            open_entries=30,
            large_bytes=large_bytes,
        )
        # Some stores can write down what waits for its commit, others cannot.
        unsynced = Unsynced(kept=self._seed // 2 % 2 == 0)
        self._outlives = unsynced.kept
        ground = Ground(disk, folder, self._oracle.written, unsynced)
        self._server = SimulatedServer(ground, chance, room)
        slow = chance.choice((0.01, 0.05, 0.5))
        self._weather = Weather((0.0, slow), unnoticed_s=chance.choice((1.0, 20.0)))
        self._clients = [self._client(number) for number in range(chance.randint(2, 5))]
        self._note(
            f"{kind.type}, {len(self._clients)} people, {self._weather}, {room.idle_s} s idle"
        )

    def _client(self, number: int) -> SimulatedClient:
        chance = self._chance
        name = "abcde"[number]
        rogue = number > 1 and chance.random() < 0.3
        tandem = number == 0 or chance.random() < 0.7
        role = Role.VIEWER if rogue else Role.EDITOR
        person = Person(User(name, name, name, name), _Permission(role), tandem, rogue)
        kind, room = self._address.kind, self._address.document_id
        return SimulatedClient(
            person, kind, room, self._server, self._oracle, self._weather, chance
        )

    def _note(self, event: str) -> None:
        self.events.append(f"{self._loop.time():9.3f} {event}")

    # -- what people do ------------------------------------------------------

    async def _type(self, client: SimulatedClient, end: float) -> None:
        chance = self._chance
        pause = chance.choice((0.3, 1.0, 3.0))
        while True:
            await asyncio.sleep(chance.expovariate(1 / pause))
            if self._loop.time() > end:
                return
            if client.loaded and client.may_write:
                self._pen.write(client, mover=client is self._clients[0])

    # -- what goes wrong -----------------------------------------------------

    async def _meddle(self, end: float) -> None:
        chance = self._chance
        faults = (
            (self._break_links, 4),
            (self._stall, 2),
            (self._crash, 3),
            (self._restart, 1),
            (self._fill_disk, 2),
            (self._everybody_leaves, 1),
            (self._edit_file, 3),
            (self._change_rights, 2),
            (self._turn_clock, 1),
            (self._lose_journal, 1),
        )
        acts = [act for act, weight in faults for _ in range(weight)]
        while self._loop.time() < end:
            await asyncio.sleep(chance.expovariate(1 / 4.0))
            act = chance.choice(acts)
            self._note(act.__name__.strip("_").replace("_", " "))
            await act()

    async def _break_links(self) -> None:
        for client in self._clients:
            if client.link is not None and self._chance.random() < 0.5:
                client.link.sever()

    async def _stall(self) -> None:
        link = self._chance.choice(self._clients).link
        if link is not None:
            link.stall(self._chance.uniform(*_STALL_S))

    async def _crash(self) -> None:
        self._server.kill()
        self._sever_all()
        await self._oracle.check_disk()
        await asyncio.sleep(self._chance.uniform(0.1, 3))
        await self._server.start()
        if self._outlives:
            self._oracle.check_shown()

    async def _restart(self) -> None:
        await self._server.stop()
        self._sever_all()
        await self._oracle.check_disk()
        await self._server.start()

    async def _fill_disk(self) -> None:
        store = self._server.store
        if store is not None:
            self._folder.full = True
            with store.faults.failing("append"):
                await asyncio.sleep(self._chance.uniform(0.5, 8))
            self._folder.full = False

    async def _everybody_leaves(self) -> None:
        for client in self._clients:
            client.go_offline()
        await asyncio.sleep(self._chance.uniform(0.5, 12))
        for client in self._clients:
            client.go_online()

    async def _edit_file(self) -> None:
        file_id = self._address.file_id
        self._folder.edit(file_id, self._pen.edited_elsewhere(self._folder.content(file_id)))

    async def _change_rights(self) -> None:
        client = self._chance.choice(self._clients[1:])
        grants = client.person.grants
        if client.person.rogue or not isinstance(grants, _Permission):
            return
        # A stock front end lets one go on typing without the right to, and never learns what became of it.
        lowered = self._chance.choice((Role.VIEWER, None))
        grants.role = lowered if client.person.tandem else None
        client.barred = client.barred or grants.role is None
        await asyncio.sleep(self._chance.uniform(1, 10))
        grants.role = Role.EDITOR
        client.go_online()

    async def _turn_clock(self) -> None:
        self._server.clock.offset_s = self._chance.choice((-3e8, -3600.0, 3600.0, 3e8))

    async def _lose_journal(self) -> None:
        await self._server.stop()
        self._sever_all()
        self._oracle.check_content(self._folder.content(self._address.file_id), "file after a stop")
        self._disk.documents.clear()
        self._oracle.new_lineage()
        await self._server.start()

    def _sever_all(self) -> None:
        for client in self._clients:
            if client.link is not None:
                client.link.sever()

    # -- the end -------------------------------------------------------------

    async def _heal(self) -> None:
        self._note("peace")
        for client in self._clients:
            if client.person.rogue:
                client.go_offline()
            else:
                client.go_online()

    async def _come_to_rest(self) -> None:
        await self._rest()
        # The last stall ends, with the news that were held up; the last failed save is repeated.
        await asyncio.sleep(_STALL_S[1] + 10.0)
        await self._rest()
        await asyncio.sleep(10.0)

    async def _rest(self) -> None:
        honest = [client for client in self._clients if not client.person.rogue]
        deadline = self._loop.time() + _REST_S
        while not all(client.at_rest for client in honest):
            self._oracle.check_course()
            if self._loop.time() > deadline:
                busy = [str(client) for client in honest if not client.at_rest]
                raise PromiseBroken(f"{busy} did not come to rest within {_REST_S} s")
            await asyncio.sleep(1.0)
            for client in honest:
                # Where the network stalled, the news that they may not read any more comes when they may again.
                if client.barred:
                    client.go_online()

    async def _judge(self) -> None:
        honest = [client for client in self._clients if not client.person.rogue]
        prints = {str(client): client.document.fingerprint() for client in honest}
        content = honest[0].document.content()
        self._oracle.check_course()
        self._oracle.check_agreement(prints)
        self._oracle.check_content(content, "document")
        await self._server.stop()
        found = await self._oracle.check_disk()
        self._oracle.check_agreement({**prints, "journal": found or ""})
        self._check_file(content)
        self._result = found or ""

    def _check_file(self, content: Any) -> None:
        """P4: the file holds the document; what is equal is said by the normal form (CONTENT-1, CONTENT-5)."""
        kind, written = self._address.kind, self._folder.content(self._address.file_id)
        if normalise(kind, written) != normalise(kind, content):
            raise PromiseBroken(f"the file differs from the document: {written!r} {content!r}")
