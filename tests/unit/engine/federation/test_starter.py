"""HUBRUN-7 to HUBRUN-9: whose server is started for whom, how often, and what is said when it is not."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

import pytest

from jupyter_tandem.engine.federation import starter as module
from jupyter_tandem.engine.federation.catalogue import Catalogue
from jupyter_tandem.engine.federation.consent import Consent
from jupyter_tandem.engine.federation.starter import STARTS, Starter
from jupyter_tandem.errors import AccessDenied, HubUnreachable, InvalidInput
from jupyter_tandem.ports.desks import Caller
from jupyter_tandem.ports.federation import HubDocument
from jupyter_tandem.ports.hub_servers import ServerState
from jupyter_tandem.sharing import (
    SIGNED_IN,
    Grant,
    GrantId,
    Person,
    Standing,
    Subject,
    SubjectKind,
    Target,
    TargetKind,
    Tier,
)
from jupyter_tandem.types import DocumentKind, FileId, Role, User
from tests.unit.engine.federation.relay_bench import FakeAudit
from tests.unit.engine.sharing.desk import Clock

BOB: Final = User("bob", "Bob", "Bob", "B")
DOCUMENT: Final = FileId("d1")
STOPPED, BETWEEN, RUNNING = ServerState.STOPPED, ServerState.BETWEEN, ServerState.RUNNING


class Documents:
    """Two documents of alice's, one at a named server."""

    def load_now(self) -> Sequence[HubDocument]:
        kind = DocumentKind("json", "notebook")
        return [
            HubDocument(name, "alice", server, FileId("f"), kind, "a.ipynb", 1.0)
            for name, server in (("d1", ""), ("d2", "gpu"))
        ]

    async def put(self, document: HubDocument) -> None: ...

    async def close(self) -> None: ...


class FakeServers:
    """A Hub whose answers are in ``states``; the last one stays."""

    def __init__(self, *states: ServerState | None) -> None:
        self.states = list(states)
        self.asked: list[str] = []
        self.allowed = True
        self.let = True
        self.silent = False
        self.looked = asyncio.Event()

    async def may_start(self) -> bool:
        if self.silent:
            raise HubUnreachable("The Hub does not answer.")
        return self.allowed

    async def state(self, username: str) -> ServerState | None:
        if len(self.states) == 1:
            self.looked.set()
            return self.states[0]
        return self.states.pop(0)

    async def start(self, username: str) -> bool:
        self.asked.append(username)
        if self.silent:
            raise HubUnreachable("The Hub does not answer in time.")
        return self.let


class Bench:
    """A starter and what it is told."""

    def __init__(self, servers: FakeServers, wait_s: float = 60.0) -> None:
        catalogue = Catalogue(Documents())
        self.servers = servers
        self.audit = FakeAudit()
        self.clock = Clock()
        self.let = {"bob"}
        self.consent = Consent(catalogue)
        self.starter = Starter(
            catalogue, self.consent, servers, self._may_start, self.audit, self.clock, wait_s
        )

    async def _may_start(self, file_id: FileId, username: str) -> bool:
        return username in self.let

    async def bring_up(self) -> str:
        reason = await self.starter.bring_up(DOCUMENT, BOB, "Alice")
        return reason.why[0]

    @property
    def kinds(self) -> list[tuple[str, str, object]]:
        return [(kind, actor, d.get("why")) for kind, actor, d in self.audit.recorded]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_S", 0.0)


@pytest.mark.spec("HUBRUN-8", "HUBRUN-9")
async def test_a_stopped_server_is_asked_for_once_and_waited_for() -> None:
    bench = Bench(FakeServers(STOPPED, BETWEEN, None, RUNNING))
    waiting = asyncio.ensure_future(bench.bring_up())
    await asyncio.wait_for(bench.servers.looked.wait(), 10)
    waiting.cancel()
    await asyncio.wait({waiting})
    assert bench.servers.asked == ["alice"]
    assert bench.kinds == [("server.asked", "user:bob", None)]


@pytest.mark.spec("HUBRUN-8")
async def test_a_server_that_runs_or_starts_already_is_not_asked_for() -> None:
    bench = Bench(FakeServers(BETWEEN, RUNNING), wait_s=0.05)
    assert await bench.bring_up() == "owner-late"
    assert bench.servers.asked == []
    assert bench.kinds == [("server.failed", "user:bob", "late")]


@pytest.mark.spec("HUBRUN-8", "HUBRUN-9")
async def test_what_goes_wrong_is_said_and_recorded() -> None:
    bench = Bench(FakeServers(STOPPED, BETWEEN, STOPPED))
    assert await bench.bring_up() == "owner-not-started"
    assert bench.kinds[-1] == ("server.failed", "user:bob", "failed")
    bench.servers.let = False
    assert await bench.bring_up() == "owner-start-refused"
    assert bench.kinds[-1] == ("server.failed", "user:bob", "refused by the Hub")
    bench.servers.silent = True
    assert await bench.bring_up() == "owner-not-started"
    assert await bench.starter.bring_up(FileId("gone"), BOB, "Alice")


@pytest.mark.spec("HUBRUN-9")
async def test_nobodys_server_is_started_for_ever() -> None:
    bench = Bench(FakeServers(STOPPED))
    most, per_s = STARTS
    found = [await bench.bring_up() for _ in range(most + 1)]
    assert found == ["owner-not-started"] * most + ["owner-too-often"]
    assert len(bench.servers.asked) == most
    bench.clock.at += 1 / per_s
    assert await bench.bring_up() == "owner-not-started"


@pytest.mark.spec("HUBRUN-7")
async def test_who_cannot_have_it_started_is_told_why() -> None:
    bench = Bench(FakeServers(STOPPED))

    async def why(username: str, document: str = "d1", *, was_let: bool = False) -> list[str]:
        found = await bench.starter.objection(FileId(document), username, "Alice", was_let=was_let)
        return [] if found is None else list(found.why)

    assert await why("bob") == []
    assert await why("carol") == ["owner-away-ask", "Alice"]
    assert await why("bob", "d2") == ["owner-away", "Alice"]
    bench.servers.allowed = False
    assert await why("carol") == ["owner-away", "Alice"]
    bench.servers.silent = True
    assert not await bench.starter.can_be_let("d1")
    assert await why("bob") == ["owner-away", "Alice"]
    assert await why("bob", was_let=True) == []
    bench.servers.silent, bench.servers.allowed = False, False
    assert await why("bob", was_let=True) == ["owner-away", "Alice"]


@pytest.mark.spec("HUBRUN-7")
def test_consent_is_the_owners_alone_and_for_people_by_name() -> None:
    check = Bench(FakeServers(STOPPED)).consent.check
    host = Standing(Role.MANAGER, True, None, None, Tier.HOST)
    owner = Caller(Person(Subject(SubjectKind.USER, "alice"), "Alice"), host)
    manager = Caller(Person(Subject(SubjectKind.USER, "mia"), "Mia"), None)
    bob = Subject(SubjectKind.USER, "bob")

    def grant(subject: Subject = bob, document: str = "d1", *, may_run: bool = True) -> Grant:
        target = Target(TargetKind.DOCUMENT, FileId(document))
        return Grant(
            GrantId("g"), subject, target, Role.EDITOR, may_run, None, "user:alice", 1.0,
            may_start=may_run,
        )  # fmt: skip

    check(owner, grant())
    check(owner, grant(Subject(SubjectKind.GROUP, "team")))
    with pytest.raises(AccessDenied, match="Only the person"):
        check(manager, grant())
    for wrong, words in (
        (grant(SIGNED_IN), "by name"),
        (grant(Subject(SubjectKind.GUEST, "g1")), "by name"),
        (grant(may_run=False), "run code first"),
        (grant(document="d2"), "default server"),
        (grant(document="gone"), "default server"),
    ):
        with pytest.raises(InvalidInput, match=words):
            check(owner, wrong)
