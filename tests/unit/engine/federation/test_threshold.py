"""HUB-5: whoever visits a server has nothing of what others share with its person, however they ask."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from jupyter_tandem.adapters.store.output_files import OutputFiles
from jupyter_tandem.core.document import grow
from jupyter_tandem.engine.federation.federated_door import FederatedDoor
from jupyter_tandem.engine.federation.federated_staff import (
    FederatedForks,
    FederatedHistory,
    FederatedOutputs,
    FederatedRunner,
)
from jupyter_tandem.engine.federation.known import KnownDocuments
from jupyter_tandem.engine.federation.threshold import Threshold
from jupyter_tandem.engine.outputs.desk import OutputDesk
from jupyter_tandem.engine.outputs.shelf import OutputShelf
from jupyter_tandem.errors import AccessDenied, NotFound
from jupyter_tandem.ports.execution import RunReceipt
from jupyter_tandem.ports.federation import Offered
from jupyter_tandem.ports.reception import Call, Grants
from jupyter_tandem.ports.staff import Staff
from jupyter_tandem.ports.store import Entry
from jupyter_tandem.protocol import frames as f
from jupyter_tandem.types import ROLE_ACTIONS, Action, Address, DocumentId, LineageId, Role, User
from tests.unit.engine.door_bench import EDITOR, TEXT, Estate, Person, living
from tests.unit.engine.federation.test_known import Memory

ROOM = DocumentId("text:file:hub:doc1")
OTHER = DocumentId("text:file:hub:doc2")
NAME = "a" * 64


class Runner:
    """Notes by whose word cells are run."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, frozenset[Action]]] = []

    async def run_cell(self, document_id: str, cell: str, user: User, grants: Grants) -> RunReceipt:
        self.asked.append((document_id, user.username, await grants.actions()))
        return RunReceipt((1,), "", "")


class Ready:
    """A liaison that has every copy."""

    async def ready(self, known: object) -> None:
        return


@dataclass
class BobsServer:
    estate: Estate
    staff: Staff
    known: KnownDocuments
    runner: Runner

    def person(self, name: str) -> Person:
        return Person(self.estate, name)

    async def enter(self, person: Person, room: str) -> None:
        """As :meth:`Person.enter`, through this server's door; return when there is its text."""
        call = Call(room, None, False, person.visitor, person.grants)
        person.seat = await self.staff.reception.enter(call, person)
        person.say(f.SyncStep1(person.doc.get_state()))
        person.say(f.SyncStep2(person.doc.get_update()))
        await person.synced.wait()

    async def fork(self, person: Person, root: str = ROOM) -> str:
        made = await self.staff.forks.create(
            root, title="", description="", synchronize=True, visitor=person.visitor
        )
        return made.fork_id


@asynccontextmanager
async def bobs_server(tmp_path: Path, role: Role = Role.EDITOR) -> AsyncIterator[BobsServer]:
    """A server with a copy of what alice shares with bob, and a big output of it."""
    async with living() as estate:
        _, seed = grow(TEXT, "alice's secret", 77)
        await estate.store.journal.create(ROOM, LineageId("L~1"))
        await estate.store.journal.append([Entry(ROOM, 1, "", 0.0, "seed", seed)])
        known = KnownDocuments(Memory())
        known.take([Offered("doc1", "alice", "a.txt", TEXT, ROLE_ACTIONS[role])])
        shelf = OutputShelf(OutputFiles(tmp_path), estate.worker)
        shelf.keep(ROOM, NAME, b'"alice\'s secret"')
        outputs = OutputDesk(shelf, estate.guestbook)
        liaison: Any = Ready()
        explorer: Any = None
        threshold = Threshold("bob", known, liaison, estate.annex.origin)
        runner = Runner()
        staff = Staff(
            FederatedDoor(estate.door, estate.tenancy, known, threshold, explorer),
            FederatedForks(estate.forks, threshold),
            FederatedHistory(estate.history, threshold),
            FederatedRunner(runner, threshold, known),
            FederatedOutputs(outputs, threshold, known),
        )
        yield BobsServer(estate, staff, known, runner)


def output_call(person: Person, room: str) -> Call:
    return Call(room, None, True, person.visitor, person.grants)


@pytest.mark.spec("HUB-5")
async def test_forks_of_what_others_share_are_for_its_person_alone(tmp_path: Path) -> None:
    async with bobs_server(tmp_path) as server:
        bob, eve, forks = server.person("bob"), server.person("eve"), server.staff.forks
        fork = await server.fork(bob)
        assert set(forks.of(ROOM, bob.visitor)) == {fork}
        for room in (ROOM, OTHER):
            with pytest.raises(NotFound):
                forks.of(room, eve.visitor)
            with pytest.raises(NotFound):
                await server.fork(eve, room)
        for room in (fork, ROOM):
            with pytest.raises(NotFound):
                await server.enter(eve, room)
        for merge in (True, False):
            with pytest.raises(NotFound):
                await forks.delete(fork, merge=merge, visitor=eve.visitor)
        await server.enter(bob, fork)
        assert str(bob.text) == "alice's secret"
        bob.type("!")
        await forks.delete(fork, merge=True, visitor=bob.visitor)
        live = (await server.estate.tenancy.house()).live(ROOM)
        assert live is not None
        live.encode()
        assert live.room.document.content() == "alice's secret!"


@pytest.mark.spec("HUB-5")
async def test_versions_of_what_others_share_are_for_its_person_alone(tmp_path: Path) -> None:
    async with bobs_server(tmp_path) as server:
        eve, history = server.person("eve"), server.staff.history
        preview = await server.fork(server.person("bob"))
        asked: list[Callable[[], Coroutine[Any, Any, object]]] = [
            lambda: history.timeline("Shared:alice/a.txt", TEXT, eve.visitor),
            lambda: history.step(preview, -1, eve.visitor),
            lambda: history.restore(ROOM, preview, eve.visitor),
            lambda: history.restore("text:file:1", preview, eve.visitor),
            lambda: history.restore(ROOM, "none", eve.visitor),
            lambda: server.staff.reception.invite("Shared:alice/a.txt", TEXT, eve.visitor),
        ]
        for ask in asked:
            with pytest.raises(NotFound):
                await ask()


@pytest.mark.spec("HUB-5", "BIG-6")
async def test_outputs_of_what_others_share_are_for_its_person_alone(tmp_path: Path) -> None:
    async with bobs_server(tmp_path) as server:
        bob, eve, outputs = server.person("bob"), server.person("eve"), server.staff.outputs
        assert await outputs.read(output_call(bob, ROOM), NAME) == b'"alice\'s secret"'
        with pytest.raises(NotFound):
            await outputs.read(output_call(eve, ROOM), NAME)
        server.known.take([])
        with pytest.raises(NotFound):
            await outputs.read(output_call(bob, ROOM), NAME)


@pytest.mark.spec("HUB-5", "HUB-22")
async def test_cells_of_what_others_share_are_run_for_its_person_with_the_role_they_have(
    tmp_path: Path,
) -> None:
    async with bobs_server(tmp_path, Role.VIEWER) as server:
        bob, eve = server.person("bob"), server.person("eve")
        with pytest.raises(NotFound):
            await server.staff.runner.run_cell(ROOM, "c", eve.visitor.user, eve.grants)
        await server.staff.runner.run_cell(ROOM, "c", bob.visitor.user, bob.grants)
        assert server.runner.asked == [(ROOM, "bob", ROLE_ACTIONS[Role.VIEWER])]


@pytest.mark.spec("HUB-5")
async def test_who_may_only_look_merges_no_fork_and_keeps_it(tmp_path: Path) -> None:
    async with bobs_server(tmp_path, Role.VIEWER) as server:
        bob = server.person("bob")
        fork = await server.fork(bob)
        with pytest.raises(AccessDenied):
            await server.staff.forks.delete(fork, merge=True, visitor=bob.visitor)
        server.known.take([])
        with pytest.raises(NotFound):
            await server.staff.forks.delete(fork, merge=True, visitor=bob.visitor)
        await server.enter(bob, fork)
        assert str(bob.text) == "alice's secret"


@pytest.mark.spec("HUB-5")
async def test_of_the_servers_own_documents_a_visitor_has_what_the_server_allows(
    tmp_path: Path,
) -> None:
    async with bobs_server(tmp_path) as server:
        eve = server.person("eve")
        invited = await server.staff.reception.invite("a.txt", TEXT, eve.visitor)
        room = invited.address.document_id
        fork = await server.fork(eve, room)
        assert set(server.staff.forks.of(room, eve.visitor)) == {fork}
        await server.enter(eve, fork)
        assert str(eve.text) == "one\n"
        timeline = await server.staff.history.timeline("a.txt", TEXT, eve.visitor)
        assert server.estate.annex.origin(timeline.preview) == Address.parse(room)
        assert not await server.staff.history.step(timeline.preview, 1, eve.visitor)
        await server.staff.history.restore(room, timeline.preview, eve.visitor)
        assert server.estate.annex.origin(timeline.preview) is None
        await server.staff.runner.run_cell(room, "c", eve.visitor.user, eve.grants)
        assert server.runner.asked == [(room, "eve", EDITOR)]
