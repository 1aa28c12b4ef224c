"""The desk at which servers ask in the name of their person."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from jupyter_tandem.engine.federation.catalogue import Catalogue
from jupyter_tandem.engine.federation.counter import OfficeCounter
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
