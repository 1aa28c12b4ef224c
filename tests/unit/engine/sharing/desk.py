"""Sharing without a server: real desks on a real store, files that are a dict."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from jupyter_tandem.adapters.sharing.store import SqlSharing
from jupyter_tandem.adapters.system import SystemEntropy
from jupyter_tandem.engine.sharing.auditor import Auditor
from jupyter_tandem.engine.sharing.guest_list import GuestList
from jupyter_tandem.engine.sharing.ledger import Ledger
from jupyter_tandem.engine.sharing.link_desk import LedgerLinkDesk
from jupyter_tandem.engine.sharing.link_door import LedgerLinkDoor
from jupyter_tandem.engine.sharing.overview import LedgerOverview
from jupyter_tandem.engine.sharing.reach import Reach
from jupyter_tandem.engine.sharing.roster import Roster
from jupyter_tandem.engine.sharing.share_desk import LedgerShareDesk
from jupyter_tandem.engine.sharing.shelf import LedgerShelf
from jupyter_tandem.errors import NotFound
from jupyter_tandem.ports.channel import Channel
from jupyter_tandem.ports.desks import Caller, LinkWish, Visit
from jupyter_tandem.ports.sharing import Located
from jupyter_tandem.sharing import (
    WHOLE_SERVER,
    Offer,
    Person,
    Place,
    Standing,
    Subject,
    SubjectKind,
    Target,
    TargetKind,
    Tier,
)
from jupyter_tandem.types import Address, FileId, Role, User


@dataclass
class Clock:
    """Stands still until it is moved."""

    at: float = 1_000_000.0

    def wall(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at


@dataclass
class DictPlaces:
    """Files by path; the path of a folder ends with a slash."""

    ids: dict[str, str] = field(default_factory=dict)

    async def at(self, path: str) -> Located:
        if not path:
            return Located(Place(WHOLE_SERVER), "", "")
        for kind, spelled in ((TargetKind.DOCUMENT, path), (TargetKind.FOLDER, path + "/")):
            if spelled in self.ids:
                return self._located(Target(kind, FileId(self.ids[spelled])), path)
        raise NotFound("There is no such file or folder.")

    async def of(self, target: Target) -> Located | None:
        if target == WHOLE_SERVER:
            return await self.at("")
        for path, file_id in self.ids.items():
            if file_id == target.file_id:
                return self._located(target, path.rstrip("/"))
        return None

    async def place_of_file(self, file_id: FileId) -> Place | None:
        found = await self.of(Target(TargetKind.DOCUMENT, file_id))
        return None if found is None else found.place

    def _located(self, target: Target, path: str) -> Located:
        return Located(Place(target, tuple(self._above(path))), path, path.rpartition("/")[2])

    def _above(self, path: str) -> Iterator[FileId]:
        while "/" in path:
            path = path.rpartition("/")[0]
            if f"{path}/" in self.ids:
                yield FileId(self.ids[f"{path}/"])


class PlainPasswords:
    """Quick, where it is not the hash that is tested."""

    async def hash(self, password: str) -> str:
        return f"hashed {password}"

    async def matches(self, password: str, hashed: str) -> bool:
        return hashed == f"hashed {password}"


class Deaf:
    """Hears nothing of rooms."""

    def presence(self, address: Address, user: User, action: str) -> None: ...

    def room(self, address: Address, action: str, message: str) -> None: ...

    def struck(self, channel: Channel) -> None: ...


OWNER = Caller(
    Person(Subject(SubjectKind.USER, "ada"), "Ada"),
    Standing(Role.MANAGER, True, None, None, Tier.HOST),
)


def user(name: str, *groups: str) -> Caller:
    """Somebody who may sign in and nothing else."""
    return Caller(Person(Subject(SubjectKind.USER, name), name.title(), frozenset(groups)), None)


def wish(role: Role = Role.VIEWER, **changes: object) -> LinkWish:
    values: dict[str, object] = {
        "offer": Offer(role, False, None),
        "guests": True,
        "max_uses": None,
        "password": "",
    }
    return LinkWish(**(values | changes))  # type: ignore[arg-type]


def nobody(peer: str = "198.51.100.7") -> Visit:
    return Visit(peer, None, None)


class Desks:
    """One server's sharing over the store in ``directory``."""

    def __init__(self, directory: Path, clock: Clock, places: DictPlaces) -> None:
        self.store = SqlSharing.open(directory)
        self.clock = clock
        self.places = places
        entropy = SystemEntropy()
        self.ledger = Ledger(self.store, clock)
        self.auditor = Auditor(self.store, clock)
        reach = Reach(self.ledger, places)
        self.roster = Roster(Deaf(), self.ledger, self.auditor)
        self.guests = GuestList(self.ledger, self.auditor, entropy)
        self.overview = LedgerOverview(self.ledger, reach, places, self.roster)
        self.shelf = LedgerShelf(self.ledger, self.overview, places)
        self.shares = LedgerShareDesk(self.ledger, reach, self.auditor, entropy)
        passwords = PlainPasswords()
        self.links = LedgerLinkDesk(self.ledger, reach, self.auditor, entropy, passwords)
        self.door = LedgerLinkDoor(
            ledger=self.ledger,
            places=places,
            auditor=self.auditor,
            guests=self.guests,
            passwords=passwords,
            clock=clock,
            entropy=entropy,
        )
        self.acted = asyncio.Event()

    async def start(self) -> None:
        async def act() -> None:
            self.acted.set()

        await self.ledger.start()
        self.ledger.act_with(act)

    async def close(self) -> None:
        await self.auditor.close()
        await self.ledger.close()

    async def kinds(self) -> list[str]:
        """Of all that was recorded."""
        await self.auditor.flush()
        return [entry.event.kind for entry in await self.store.read()]
