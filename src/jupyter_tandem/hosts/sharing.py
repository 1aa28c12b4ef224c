"""Puts sharing on one server together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_tandem.adapters.sharing.on_demand import SharingOnDemand
from jupyter_tandem.adapters.sharing.password import Argon2Passwords
from jupyter_tandem.core.sharing.guest_rule import ANYTHING, GuestRule
from jupyter_tandem.engine.door import Door
from jupyter_tandem.engine.events import RoomEvents
from jupyter_tandem.engine.sharing.audited_history import AuditedHistory
from jupyter_tandem.engine.sharing.auditor import Auditor
from jupyter_tandem.engine.sharing.book import Book
from jupyter_tandem.engine.sharing.guest_list import GuestList
from jupyter_tandem.engine.sharing.ledger import Ledger
from jupyter_tandem.engine.sharing.link_desk import LedgerLinkDesk
from jupyter_tandem.engine.sharing.link_door import LedgerLinkDoor
from jupyter_tandem.engine.sharing.overview import LedgerOverview
from jupyter_tandem.engine.sharing.reach import Reach
from jupyter_tandem.engine.sharing.roster import Roster
from jupyter_tandem.engine.sharing.share_desk import CheckStart, LedgerShareDesk, no_starting
from jupyter_tandem.engine.sharing.shared_door import SharedDoor, SharedOutputs
from jupyter_tandem.engine.sharing.shelf import LedgerShelf
from jupyter_tandem.ports.clock import Clock, Entropy
from jupyter_tandem.ports.desks import Office
from jupyter_tandem.ports.sharing import Places
from jupyter_tandem.ports.staff import Staff
from jupyter_tandem.sharing import GrantId, LinkId

if TYPE_CHECKING:
    from jupyter_tandem.adapters.sharing.store import SqlSharing


@dataclass(frozen=True, slots=True)
class SharingNeeds:
    """What the host gives.

    Attributes:
        directory: Where ``sharing.sqlite3`` lies.
        accounts: Whether people other than the owner sign in here.
        database_url: SQLAlchemy URL of another database than that file, or ``""``.
        check_start: Knows who may let others start a server.
        guests: What people without an account may be.
    """

    directory: Path
    places: Places
    clock: Clock
    entropy: Entropy
    accounts: bool
    database_url: str = ""
    check_start: CheckStart = no_starting
    guests: GuestRule = ANYTHING


class Sharing:
    """Sharing from start to stop.

    Attributes:
        events: To be told by rooms in place of the listener it passes on to.
        office: What the routes ask.
        auditor: Records what people do.
    """

    def __init__(self, needs: SharingNeeds, events: RoomEvents) -> None:
        """Wire everything; opens the store, reads nothing yet.

        Raises:
            StoreError: the store cannot be opened.
        """
        url = needs.database_url
        store = _connect(url) if url else SharingOnDemand(needs.directory)
        places, clock, entropy = needs.places, needs.clock, needs.entropy
        self._needs, self._passwords = needs, Argon2Passwords()
        self._ledger = ledger = Ledger(store, clock, store.load_now(), needs.guests)
        # Where nobody but the owner can come, nobody's coming and going is worth a database.
        self.auditor = auditor = Auditor(store, clock, lambda: needs.accounts or store.begun)
        self.events = roster = Roster(events, ledger, auditor)
        reach = Reach(ledger, places)
        self._guests = guests = GuestList(ledger, auditor, entropy)
        overview = LedgerOverview(ledger, reach, places, roster)
        self._shelf = shelf = LedgerShelf(ledger, overview, places)
        self.office = Office(
            shares=LedgerShareDesk(ledger, reach, auditor, entropy, needs.check_start),
            links=LedgerLinkDesk(ledger, reach, auditor, entropy, self._passwords),
            link_door=self._link_door(places),
            guests=guests,
            overview=overview,
            shelf=shelf,
            audit=auditor,
            now=clock.wall,
            accounts=needs.accounts,
            guest_links=lambda: needs.guests.offer,
        )

    def _link_door(self, places: Places) -> LedgerLinkDoor:
        return LedgerLinkDoor(
            ledger=self._ledger,
            places=places,
            auditor=self.auditor,
            guests=self._guests,
            passwords=self._passwords,
            clock=self._needs.clock,
            entropy=self._needs.entropy,
        )

    def office_of_guests(self, places: Places) -> Office:
        """The desks for guests, where they find things in other ``places`` than people with an account."""
        ledger = self._ledger
        overview = LedgerOverview(ledger, Reach(ledger, places), places, self.events)
        return replace(
            self.office,
            link_door=self._link_door(places),
            overview=overview,
            shelf=LedgerShelf(ledger, overview, places),
        )

    def staff(self, staff: Staff) -> Staff:
        """``staff`` for people with an account, with what was shared; who restored what is recorded."""
        return Staff(
            reception=SharedDoor(staff.reception, self._shelf),
            forks=staff.forks,
            history=AuditedHistory(staff.history, self.auditor),
            runner=staff.runner,
            outputs=SharedOutputs(staff.outputs, self._shelf),
        )

    def has_grant(self, grant_id: GrantId) -> bool:
        """Whether a grant is this server's own."""
        return grant_id in self._ledger.book.grants

    def has_link(self, link_id: LinkId) -> bool:
        """Whether a link is this server's own."""
        return link_id in self._ledger.book.links

    @property
    def book(self) -> Book:
        """All that is shared now."""
        return self._ledger.book

    async def start(self, door: Door, on_changed: Callable[[], None] | None = None) -> None:
        """Read what is shared; from now on open connections follow its changes, and ``on_changed`` hears.

        Raises:
            StoreError: the store cannot be read.
        """
        await self._ledger.start()

        async def act() -> None:
            if on_changed is not None:
                on_changed()
            await door.recheck()

        self._ledger.act_with(act)

    async def stop(self) -> None:
        """Record what waits and let go of the store."""
        await self.auditor.close()
        await self.let_go()

    async def let_go(self) -> None:
        """Let go of the store; what waits is not recorded. Does nothing after :meth:`stop`."""
        await self._ledger.close()


def _connect(url: str) -> SqlSharing:
    # Not at the top: SQLAlchemy is large, and most servers share nothing.
    from jupyter_tandem.adapters.sharing.store import SqlSharing

    return SqlSharing.connect(url)
