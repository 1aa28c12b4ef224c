"""What people see of shares: who has what, who is here, what is shared by me and with me."""

from __future__ import annotations

from jupyter_tandem.core.sharing.offer import check_manager
from jupyter_tandem.engine.sharing.ledger import Ledger
from jupyter_tandem.engine.sharing.reach import Reach
from jupyter_tandem.engine.sharing.roster import Roster
from jupyter_tandem.errors import AccessDenied, TandemError
from jupyter_tandem.ports.desks import Caller, Presence, Shared, ShareView
from jupyter_tandem.ports.sharing import Located, Places
from jupyter_tandem.sharing import (
    WHOLE_SERVER,
    Person,
    Place,
    Standing,
    Target,
    TargetKind,
)
from jupyter_tandem.types import Action


class LedgerOverview:
    """:class:`jupyter_tandem.ports.desks.Overview`."""

    def __init__(self, ledger: Ledger, reach: Reach, places: Places, roster: Roster) -> None:
        """Read ``ledger`` and ``roster``."""
        self._ledger = ledger
        self._reach = reach
        self._places = places
        self._roster = roster

    async def of_path(self, caller: Caller, path: str) -> ShareView:
        """All about what is at ``path``.

        Raises:
            NotFound: nothing of the caller's. AccessDenied: they may not look after its shares.
        """
        book = await self._ledger.refresh()
        found, standing = await self._reach.at(caller, path)
        check_manager(standing)
        place = found.place
        above = [Target(TargetKind.FOLDER, folder) for folder in place.folders]
        if place.target != WHOLE_SERVER and not place.elsewhere:
            above.append(WHOLE_SERVER)
        inherited = [grant for target in above for grant in book.on(target)]
        return ShareView(
            found=found,
            standing=standing,
            grants=book.on(place.target),
            inherited=inherited,
            above=await self._paths({grant.target for grant in inherited}),
            links=book.links_on(place.target),
            people=await self._people(place),
        )

    async def standing_at(self, caller: Caller, path: str) -> tuple[Located, Standing]:
        """What the caller is to what is at ``path``, for anybody who has something there.

        Raises:
            NotFound.
        """
        await self._ledger.refresh()
        return await self._reach.at(caller, path)

    async def people(self, caller: Caller, path: str) -> list[Presence]:
        """See the port."""
        found, standing = await self.standing_at(caller, path)
        check_manager(standing)
        return await self._people(found.place)

    async def _people(self, place: Place) -> list[Presence]:
        if place.target.kind is TargetKind.DOCUMENT:
            return self._roster.here(place.target.file_id)
        people: list[Presence] = []
        for file_id, here in self._roster.documents().items():
            if await self._lies_in(Target(TargetKind.DOCUMENT, file_id), place.target):
                people += here
        return people

    async def by(self, caller: Caller) -> list[Shared]:
        """What is shared and the caller may look after."""
        book = await self._ledger.refresh()
        targets = {grant.target for grant in book.grants.values()}
        targets |= {link.target for link in book.links.values() if link.ended_at is None}
        found = [await self._shared(caller, target) for target in targets]
        managed = [s for s in found if s.standing and s.standing.rights.allow(Action.MANAGE)]
        return sorted(managed, key=_path)

    async def with_person(self, person: Person) -> list[Shared]:
        """See the port."""
        book = await self._ledger.refresh()
        shared = []
        for target in book.targets_for(person):
            found = await self._places.of(target)
            place = Place(target) if found is None else found.place
            standing = book.effective_role(person, place, self._ledger.now())
            if standing is not None:
                held = [grant for grant in book.on(target) if grant.subject == person.subject]
                shared.append(Shared(target, found, standing, held, []))
        return sorted(shared, key=_path)

    def check_may_audit(self, caller: Caller) -> None:
        """Do nothing, unless the audit log is none of the caller's business.

        Raises:
            AccessDenied: they do not manage the whole server.
        """
        try:
            check_manager(self._reach.standing(caller, Place(WHOLE_SERVER)))
        except TandemError as error:
            raise AccessDenied("Only managers of the whole server may read this.") from error

    # -- inside --------------------------------------------------------------

    async def _paths(self, targets: set[Target]) -> dict[Target, str]:
        found = [(target, await self._places.of(target)) for target in targets]
        return {target: located.path for target, located in found if located is not None}

    async def _shared(self, caller: Caller, target: Target) -> Shared:
        found = await self._places.of(target)
        place = Place(target) if found is None else found.place
        book = self._ledger.book
        return Shared(
            target=target,
            found=found,
            standing=self._reach.standing(caller, place),
            grants=book.on(target),
            links=[link for link in book.links_on(target) if link.ended_at is None],
        )

    async def _lies_in(self, document: Target, folder: Target) -> bool:
        if folder == WHOLE_SERVER:
            return True
        place = await self._reach.place_of(document)
        return folder.file_id in place.folders


def _path(shared: Shared) -> str:
    return shared.found.path if shared.found is not None else ""
