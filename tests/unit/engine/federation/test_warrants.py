"""HUBRUN-12: the Hub is not asked about more people at once than it answers beside everything else."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from jupyter_tandem.engine.federation.catalogue import Catalogue
from jupyter_tandem.engine.federation.warrants import AT_ONCE, OF_ONE, Warrants
from jupyter_tandem.ports.federation import HubDocument
from jupyter_tandem.sharing import Delegate
from jupyter_tandem.types import Action, DocumentKind, FileId, User

pytestmark = pytest.mark.spec("HUBRUN-12")

OWNERS = ("alice", "mallory", "mallet", "marvin")


class FakeRegistry:
    """A notebook of each owner's."""

    def load_now(self) -> list[HubDocument]:
        kind = DocumentKind("json", "notebook")
        return [HubDocument(name, name, "", FileId("f"), kind, "n.ipynb", 1.0) for name in OWNERS]

    async def put(self, document: HubDocument) -> None: ...

    async def close(self) -> None: ...


class FakeHub:
    """Answers when it is let."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.under_way = self.most_under_way = 0
        self.answers = asyncio.Event()

    async def groups_of(self, name: str) -> frozenset[str] | None:
        self.asked.append(name)
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        await self.answers.wait()
        self.under_way -= 1
        return None if name.startswith("nobody") else frozenset()


class FakeRights:
    """Everybody may run code."""

    async def actions(self) -> frozenset[Action]:
        return frozenset({Action.RUN})


def made(hub: FakeHub) -> Warrants:
    user = User("bob", "Bob", "Bob", "B")
    bob = SimpleNamespace(delegate=Delegate(user, frozenset(), frozenset(), may_write=True))
    shelf: Any = SimpleNamespace(rights=lambda _who, _file_id: FakeRights())
    connected: Any = [bob]
    unasked: Any = hub
    return Warrants(
        Catalogue(FakeRegistry()), shelf, unasked, lambda: connected, lambda _p, _d: None
    )


async def settled(hub: FakeHub) -> None:
    """Return when nobody asks any more."""
    before = -1
    while before != len(hub.asked):
        before = len(hub.asked)
        for _ in range(20):
            await asyncio.sleep(0)


async def test_one_owners_server_does_not_keep_the_hub_busy() -> None:
    hub = FakeHub()
    warrants = made(hub)
    flood = [
        asyncio.ensure_future(ask(FileId("mallory"), f"nobody{number}"))
        for number in range(1_500)
        for ask in (warrants.may_run, warrants.may_start)
    ]
    await settled(hub)
    assert hub.under_way == OF_ONE
    # Who is here is known without it, and somebody else's question is not behind those.
    assert await asyncio.wait_for(warrants.may_run(FileId("alice"), "bob"), 10)
    away = asyncio.ensure_future(warrants.may_run(FileId("alice"), "carol"))
    await settled(hub)
    assert hub.asked[-1] == "carol"
    hub.answers.set()
    assert await asyncio.wait_for(away, 10)
    assert not any(await asyncio.wait_for(asyncio.gather(*flood), 60))
    assert hub.most_under_way == OF_ONE + 1


async def test_all_of_them_together_leave_it_to_others_too() -> None:
    hub = FakeHub()
    warrants = made(hub)
    flood = [
        asyncio.ensure_future(warrants.may_run(FileId(owner), f"nobody{number}"))
        for owner in OWNERS
        for number in range(100)
    ]
    await settled(hub)
    assert hub.under_way == AT_ONCE
    hub.answers.set()
    await asyncio.wait_for(asyncio.gather(*flood), 60)
    assert hub.most_under_way == AT_ONCE
