"""Links of a server that goes through the Hub: new ones are the service's (HUB-24)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from jupyter_tandem.core.federation.naming import drive_path
from jupyter_tandem.engine.federation.federated_desks import Handing
from jupyter_tandem.engine.federation.known import KnownDocuments
from jupyter_tandem.engine.federation.title import OWNER
from jupyter_tandem.errors import HubUnreachable, InvalidInput, NotFound
from jupyter_tandem.ports.desks import (
    Caller,
    LinkDesk,
    LinkWish,
    Overview,
    Presence,
    Shared,
    ShareView,
)
from jupyter_tandem.ports.hub_links import HubLinks
from jupyter_tandem.ports.sharing import Located, Places
from jupyter_tandem.sharing import (
    GuestOffer,
    Link,
    LinkId,
    LinkUse,
    Person,
    Standing,
    TargetKind,
)

_GUESTS: Final = (
    "On this Hub links are for people with an account. Let the link ask for signing in."
)
_GUESTS_ONE: Final = (
    "On this Hub links for people without an account lead to single documents. "
    "Let the link ask for signing in."
)


class FederatedLinks:
    """:class:`jupyter_tandem.ports.desks.LinkDesk`: links made here before stay here, new ones go to the service."""

    def __init__(
        self,
        local: LinkDesk,
        hub: HubLinks,
        handing: Handing,
        places: Places,
        known: KnownDocuments,
        is_here: Callable[[LinkId], bool],
        guests: Callable[[], GuestOffer | None],
    ) -> None:
        """Ask ``hub`` about links that are not here; ``guests`` says what links without an account may give."""
        self._guests = guests
        self._local = local
        self._hub = hub
        self._handing = handing
        self._places = places
        self._known = known
        self._is_here = is_here

    async def make(self, caller: Caller, path: str, wish: LinkWish) -> tuple[Link, str]:
        """See the port."""
        self._handing.check(caller)
        if wish.guests and self._guests() is None:
            raise InvalidInput(_GUESTS)
        within = drive_path(path)
        if within is not None:
            return await self._hub.make(self._known.at(within).offered.id, wish)
        found = await self._places.at(path)
        if wish.guests and found.place.target.kind is not TargetKind.DOCUMENT:
            raise InvalidInput(_GUESTS_ONE)
        return await self._hub.make(await self._handing.over(found), wish)

    async def change(self, caller: Caller, link_id: LinkId, *, wish: dict[str, object]) -> Link:
        """See the port."""
        if self._is_here(link_id):
            return await self._local.change(caller, link_id, wish=wish)
        self._handing.check(caller)
        return await self._hub.change(link_id, wish)

    async def end(self, caller: Caller, link_id: LinkId, *, with_grants: bool) -> None:
        """See the port."""
        if self._is_here(link_id):
            await self._local.end(caller, link_id, with_grants=with_grants)
            return
        self._handing.check(caller)
        await self._hub.end(link_id, with_grants=with_grants)

    async def uses(self, caller: Caller, link_id: LinkId) -> list[LinkUse]:
        """See the port."""
        if self._is_here(link_id):
            return await self._local.uses(caller, link_id)
        self._handing.check(caller)
        return await self._hub.uses(link_id)


class LinkedOverview:
    """:class:`jupyter_tandem.ports.desks.Overview`, with the links that the service has."""

    def __init__(
        self, overview: Overview, hub: HubLinks, handing: Handing, places: Places, known: KnownDocuments
    ) -> None:  # fmt: skip
        """Add to what ``overview`` says. While the service is away only what is here is told."""
        self._overview = overview
        self._hub = hub
        self._handing = handing
        self._places = places
        self._known = known

    async def of_path(self, caller: Caller, path: str) -> ShareView:
        """See the port."""
        view = await self._overview.of_path(caller, path)
        document = self._document(path, view.found)
        if document is None or not self._handing.is_its_person(caller):
            return view
        try:
            links = await self._hub.of(document)
        except (HubUnreachable, NotFound):
            return view
        return replace(view, links=[*view.links, *links])

    def _document(self, path: str, found: Located) -> str | None:
        within = drive_path(path)
        if within is not None:
            return self._known.at(within).offered.id
        if found.place.target.kind is TargetKind.SERVER:
            return None
        return self._handing.held(found)

    async def by(self, caller: Caller) -> list[Shared]:
        """See the port."""
        shared = await self._overview.by(caller)
        if not self._handing.is_its_person(caller):
            return shared
        try:
            kept = await self._hub.kept()
        except HubUnreachable:
            return shared
        lines = {one.target: one for one in shared}
        for document, links in kept.items():
            target = self._handing.target(document)
            open_links = [link for link in links if link.ended_at is None]
            if target is not None and open_links:
                found = await self._places.of(target)
                line = lines.get(target) or Shared(target, found, OWNER, [], [])
                lines[target] = replace(line, links=[*line.links, *open_links])
        return list(lines.values())

    async def standing_at(self, caller: Caller, path: str) -> tuple[Located, Standing]:
        """See the port."""
        return await self._overview.standing_at(caller, path)

    async def people(self, caller: Caller, path: str) -> list[Presence]:
        """See the port."""
        return await self._overview.people(caller, path)

    async def with_person(self, person: Person) -> list[Shared]:
        """See the port."""
        return await self._overview.with_person(person)

    def check_may_audit(self, caller: Caller) -> None:
        """See the port."""
        self._overview.check_may_audit(caller)
