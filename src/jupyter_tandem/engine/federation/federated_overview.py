"""What people see of shares in a server that goes through the Hub: those here and those at the service (HUB-16)."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from jupyter_tandem.core.access import effective_rights
from jupyter_tandem.core.federation.naming import DRIVE, drive_path
from jupyter_tandem.engine.federation.federated_desks import Handing
from jupyter_tandem.engine.federation.known import Known, KnownDocuments
from jupyter_tandem.engine.federation.title import OWNER
from jupyter_tandem.errors import HubUnreachable, NotFound
from jupyter_tandem.ports.desks import Caller, Overview, Presence, Shared, ShareView
from jupyter_tandem.ports.federation import HubShares
from jupyter_tandem.ports.sharing import Located, Places
from jupyter_tandem.sharing import (
    Grant,
    Person,
    Place,
    Standing,
    Subject,
    SubjectKind,
    Target,
    TargetKind,
    Tier,
)
from jupyter_tandem.types import Action, Role

_VIEWER: Final = Standing(Role.VIEWER, False, None, None, Tier.EXPLICIT)


class FederatedOverview:
    """:class:`jupyter_tandem.ports.desks.Overview`, with what the service has."""

    def __init__(
        self,
        local: Overview,
        hub: HubShares,
        handing: Handing,
        places: Places,
        known: KnownDocuments,
        username: str,
    ) -> None:
        """Add to what ``local`` says; what is ``known`` is shared with ``username``."""
        self._places = places
        self._local = local
        self._hub = hub
        self._handing = handing
        self._known = known
        self._username = username

    async def of_path(self, caller: Caller, path: str) -> ShareView:
        """See the port. While the service is away only what is here is told."""
        within = drive_path(path)
        if within is not None:
            return await self._elsewhere(self._at(caller, within))
        view = await self._local.of_path(caller, path)
        document = self._handing.held(view.found)
        if document is None:
            return view
        try:
            grants, people, starts = await self._hub.view(document)
        except (HubUnreachable, NotFound):
            return view
        people = _together(view.people, people)
        return replace(view, grants=[*view.grants, *grants], people=people, starts=starts)

    def _at(self, caller: Caller, within: str) -> Known:
        """What others share with this server's person; nobody else learns whether it is there (HUB-5)."""
        if not self._handing.is_its_person(caller):
            raise NotFound("There is no such file or folder.")
        return self._known.at(within)

    async def _elsewhere(self, known: Known) -> ShareView:
        """All about somebody else's document, for those who may look after it."""
        grants, people, _ = await self._hub.view(known.offered.id)
        shared = _shared(known)
        return ShareView(
            found=_found(known),
            standing=shared.standing or _VIEWER,
            grants=grants,
            inherited=[],
            above={},
            links=[],
            people=people,
        )

    async def standing_at(self, caller: Caller, path: str) -> tuple[Located, Standing]:
        """See the port."""
        within = drive_path(path)
        if within is not None:
            known = self._at(caller, within)
            return _found(known), _shared(known).standing or _VIEWER
        return await self._local.standing_at(caller, path)

    async def people(self, caller: Caller, path: str) -> list[Presence]:
        """See the port."""
        return (await self.of_path(caller, path)).people

    async def by(self, caller: Caller) -> list[Shared]:
        """See the port. While the service is away only what is shared here is told."""
        shared = await self._local.by(caller)
        if not self._handing.is_its_person(caller):
            return shared
        try:
            kept = await self._hub.kept()
        except HubUnreachable:
            return shared
        known = {one.target: one for one in shared}
        for document, grants in kept.items():
            target = self._handing.target(document)
            if target is not None and grants:
                known[target] = await self._with_grants(known.get(target), target, grants)
        return list(known.values())

    async def _with_grants(
        self, here: Shared | None, target: Target, grants: list[Grant]
    ) -> Shared:
        if here is not None:
            return replace(here, grants=[*here.grants, *grants])
        return Shared(target, await self._places.of(target), OWNER, grants, [])

    async def with_person(self, person: Person) -> list[Shared]:
        """See the port."""
        shared = await self._local.with_person(person)
        if person.subject == Subject(SubjectKind.USER, self._username):
            shared += [_shared(known) for known in self._known.roots()]
        return shared

    def check_may_audit(self, caller: Caller) -> None:
        """See the port."""
        self._local.check_may_audit(caller)


def _shared(known: Known) -> Shared:
    """A document of somebody else, where its person finds it."""
    target = _target(known)
    rights = effective_rights(known.actions)
    role = Role.VIEWER if rights is None else rights.role
    may_run = Action.RUN in known.offered.actions
    standing = Standing(role, may_run, None, None, Tier.EXPLICIT)
    return Shared(target, _found(known), standing, [], [])


def _target(known: Known) -> Target:
    kind = TargetKind.FOLDER if known.offered.is_folder else TargetKind.DOCUMENT
    return Target(kind, known.address.file_id)


def _found(known: Known) -> Located:
    target = _target(known)
    return Located(Place(target), f"{DRIVE}:{known.path}", known.path.rpartition("/")[2])


def _together(here: list[Presence], elsewhere: list[Presence]) -> list[Presence]:
    """Somebody who is at both is told once."""
    known = {presence.subject for presence in here}
    return [*here, *(presence for presence in elsewhere if presence.subject not in known)]
