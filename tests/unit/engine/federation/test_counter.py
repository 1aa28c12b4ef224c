"""The desk at which servers ask in the name of their person."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from jupyter_tandem.engine.federation import counter as module
from jupyter_tandem.engine.federation.catalogue import Catalogue
from jupyter_tandem.engine.federation.counter import Herald, OfficeCounter
from jupyter_tandem.engine.sharing.book import Book
from jupyter_tandem.errors import AccessDenied
from jupyter_tandem.ports.desks import Caller
from jupyter_tandem.ports.federation import HubDocument
from jupyter_tandem.ports.sharing import PutGrant
from jupyter_tandem.sharing import (
    Delegate,
    Grant,
    GrantId,
    Subject,
    SubjectKind,
    Target,
    TargetKind,
)
from jupyter_tandem.types import DocumentKind, FileId, Role, User

NOTEBOOK = HubDocument(
    "d1", "alice", "", FileId("f1"), DocumentKind("json", "notebook"), "n.ipynb", 1.0
)


class FakeRegistry:
    """One notebook of alice's."""

    def load_now(self) -> list[HubDocument]:
        return [NOTEBOOK]

    async def put(self, document: HubDocument) -> None: ...

    async def close(self) -> None: ...


class FakeShares:
    """Ends what it is told to."""

    def __init__(self) -> None:
        self.ended: list[str] = []

    async def end(self, caller: Caller, grant_id: GrantId) -> None:
        self.ended.append(f"{caller.person.subject.name} {grant_id}")


def grant(number: str, name: str) -> Grant:
    return Grant(
        id=GrantId(number),
        subject=Subject(SubjectKind.USER, name),
        target=Target(TargetKind.DOCUMENT, FileId("d1")),
        role=Role.MANAGER,
        may_run=False,
        expires_at=None,
        granted_by="user:alice",
        granted_at=1.0,
    )


def delegate(name: str, *, may_write: bool) -> Delegate:
    return Delegate(User(name, name, name, name[:1]), frozenset(), frozenset(), may_write)


@pytest.mark.spec("HUB-37")
async def test_a_token_for_looking_gives_up_its_own_and_nothing_else() -> None:
    book, shares = Book(), FakeShares()
    book.follow([PutGrant(grant("g1", "bob")), PutGrant(grant("g2", "carol"))], None, 1)
    office: Any = SimpleNamespace(shares=shares)
    unasked: Any = None
    counter = OfficeCounter(office, Catalogue(FakeRegistry()), lambda: book, unasked, unasked)
    # The owner, somebody who manages it, and somebody whom it does not concern.
    for name in ("alice", "bob", "mallory"):
        for number in ("g2", "nothing"):
            with pytest.raises(AccessDenied, match="for reading only"):
                await counter.end(delegate(name, may_write=False), number)
    assert shares.ended == []
    await counter.end(delegate("carol", may_write=False), "g2")
    await counter.end(delegate("alice", may_write=True), "g1")
    assert shares.ended == ["carol g2", "alice g1"]


class FakeEmbassy:
    """Somebody's server, which hears that there is news."""

    def __init__(self, name: str) -> None:
        self.delegate = delegate(name, may_write=True)
        self.told: asyncio.Queue[float] = asyncio.Queue()

    def news(self) -> None:
        self.told.put_nowait(asyncio.get_running_loop().time())

    async def hears(self) -> float:
        """When it was told next."""
        return await asyncio.wait_for(self.told.get(), 10)


async def herald_of(*servers: FakeEmbassy) -> tuple[Herald, Book]:
    """A herald who has told everybody how things stand: bob and carol have what is d1."""
    book, everybody = Book(), list[Any](servers)
    book.follow([PutGrant(grant("g1", "bob")), PutGrant(grant("g2", "carol"))], None, 1)
    herald = Herald(lambda: everybody, lambda: book)
    herald.changed()
    for server in servers:
        await server.hears()
    return herald, book


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GATHER_S", 0.01)


@pytest.mark.spec("HUB-36", "HUBDRV-3")
@pytest.mark.usefixtures("soon")
async def test_those_who_have_a_renamed_document_hear_of_it_and_nobody_else() -> None:
    servers = [FakeEmbassy(name) for name in ("alice", "bob", "carol", "dora", "bob")]
    herald, _ = await herald_of(*servers)
    _, bob, carol, _, bobs_other = servers
    herald.renamed("alice", ["d1", "some folder"])
    await asyncio.gather(*(one.hears() for one in (bob, carol, bobs_other)))
    herald.renamed("alice", ["d2"])
    herald.renamed("mallory", ["d1"])
    await asyncio.gather(*(one.hears() for one in (bob, carol, bobs_other)))
    assert [one.told.qsize() for one in servers] == [0] * 5
    herald.close()


@pytest.mark.spec("HUB-36")
@pytest.mark.usefixtures("soon")
async def test_an_owner_who_renames_all_the_time_is_told_of_less_often(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "EACH_S", 0.2)
    bob, carol = FakeEmbassy("bob"), FakeEmbassy("carol")
    herald, book = await herald_of(bob, carol)
    herald.renamed("mallory", ["d1"])
    first = await bob.hears()
    for _ in range(10):
        # Each is gathered by itself.
        herald.renamed("mallory", ["d1"])
        await asyncio.sleep(0.02)
    assert bob.told.empty()
    # What somebody else does is not kept waiting, nor is a change of shares.
    herald.renamed("alice", ["d1"])
    assert await bob.hears() - first < 0.4
    book.follow([PutGrant(grant("g3", "bob"))], None, 2)
    herald.changed()
    await bob.hears()
    # In the end it is told of, once.
    assert await bob.hears() - first >= 0.4
    assert bob.told.empty()
    herald.close()


@pytest.mark.spec("HUB-36")
async def test_a_class_hears_of_a_rename_at_once_and_of_a_hundred_in_the_end() -> None:
    servers = [FakeEmbassy("bob") for _ in range(300)]
    herald, _ = await herald_of(*servers)
    began = asyncio.get_running_loop().time()
    for owner in range(100):
        herald.renamed(f"owner{owner}", ["d1"])
    heard = await asyncio.gather(*(one.hears() for one in servers))
    assert max(heard) - began < 5
    assert all(one.told.empty() for one in servers)
    herald.close()
