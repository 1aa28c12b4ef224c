"""The desks of a server that goes through the Hub: shares with people and groups are the service's (HUB-16)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from jupyter_tandem.core.federation.naming import hub_lineage
from jupyter_tandem.engine.federation.liaison import Liaison
from jupyter_tandem.engine.house import Landlord, open_room
from jupyter_tandem.errors import AccessDenied, HubUnreachable, InvalidInput, NotFound
from jupyter_tandem.ports.desks import (
    Caller,
    Overview,
    Presence,
    Shared,
    ShareDesk,
    ShareView,
)
from jupyter_tandem.ports.federation import HubService, HubShares
from jupyter_tandem.ports.sharing import Located, Places
from jupyter_tandem.sharing import Grant, GrantId, Offer, Person, Standing, Subject, TargetKind
from jupyter_tandem.types import Address, DocumentKind

_NOTEBOOK: Final = DocumentKind("json", "notebook")
_TEXT: Final = DocumentKind("text", "file")

_ONE_FILE: Final = (
    "Across the Hub single documents are shared, folders not yet. Share the documents in it."
)
_NOT_YOURS: Final = "Only the person whose server this is shares from here with others on the Hub."


class Handing:
    """Makes sure that the service holds a document of this server."""

    def __init__(
        self, service: HubService, landlord: Landlord, liaison: Liaison, username: str
    ) -> None:
        """Hand documents over to ``service`` in the name of ``username``."""
        self._service = service
        self._landlord = landlord
        self._liaison = liaison
        self._username = username

    def check(self, caller: Caller) -> None:
        """Do nothing, unless the caller is somebody who visits this server.

        Raises:
            AccessDenied: they are; the service would take them for its person (HUB-5).
        """
        if not caller.person.signed_in or caller.person.subject.name != self._username:
            raise AccessDenied(_NOT_YOURS)

    def held(self, found: Located) -> str | None:
        """The document's id at the service; ``None`` while it was not shared there."""
        return self._liaison.kept(_address(found))

    async def over(self, found: Located) -> str:
        """Hand the document over if that was not done; its id at the service.

        Raises:
            InvalidInput: it is no single file. HubUnreachable: the service does not answer.
            TandemError: it cannot be opened, or the service does not take it.
        """
        if found.place.target.kind is not TargetKind.DOCUMENT:
            raise InvalidInput(_ONE_FILE)
        known = self.held(found)
        if known is not None:
            return known
        address = _address(found)
        live = await open_room(self._landlord, address)
        sequence, state = live.encode()
        await live.durable(sequence)
        lineage = hub_lineage(live.lineage)
        registered = await self._service.register(
            address.kind, address.file_id, found.name, lineage, state
        )
        self._liaison.keep(registered.id, address)
        return registered.id


class FederatedShares:
    """:class:`jupyter_tandem.ports.desks.ShareDesk`: new shares go to the service, those made here stay here."""

    def __init__(
        self, local: ShareDesk, hub: HubShares, handing: Handing, places: Places,
        here: Callable[[GrantId], bool],
    ) -> None:  # fmt: skip
        """Ask ``hub`` about what is not ``here``."""
        self._local = local
        self._hub = hub
        self._handing = handing
        self._places = places
        self._here = here

    async def give(self, caller: Caller, path: str, subject: Subject, offer: Offer) -> Grant:
        """See the port."""
        self._handing.check(caller)
        document = await self._handing.over(await self._places.at(path))
        return await self._hub.give(document, subject, offer)

    async def change(self, caller: Caller, grant_id: GrantId, *, wish: dict[str, object]) -> Grant:
        """See the port."""
        if self._here(grant_id):
            return await self._local.change(caller, grant_id, wish=wish)
        self._handing.check(caller)
        return await self._hub.change(grant_id, wish)

    async def end(self, caller: Caller, grant_id: GrantId) -> None:
        """See the port."""
        if self._here(grant_id):
            await self._local.end(caller, grant_id)
            return
        self._handing.check(caller)
        await self._hub.end(grant_id)

    async def remove(
        self, caller: Caller, path: str, subject: Subject, *, end_links: bool
    ) -> list[Grant]:
        """See the port. Both here and at the service."""
        ended = await self._local.remove(caller, path, subject, end_links=end_links)
        document = self._handing.held(await self._places.at(path))
        if document is not None:
            self._handing.check(caller)
            ended += await self._hub.remove(document, subject)
        return ended


class FederatedOverview:
    """:class:`jupyter_tandem.ports.desks.Overview`, with what the service has."""

    def __init__(self, local: Overview, hub: HubShares, handing: Handing) -> None:
        """Add to what ``local`` says."""
        self._local = local
        self._hub = hub
        self._handing = handing

    async def of_path(self, caller: Caller, path: str) -> ShareView:
        """See the port. While the service is away only what is here is told."""
        view = await self._local.of_path(caller, path)
        document = self._handing.held(view.found)
        if document is None:
            return view
        try:
            grants, people = await self._hub.view(document)
        except (HubUnreachable, NotFound):
            return view
        return replace(view, grants=[*view.grants, *grants], people=_together(view.people, people))

    async def standing_at(self, caller: Caller, path: str) -> tuple[Located, Standing]:
        """See the port."""
        return await self._local.standing_at(caller, path)

    async def people(self, caller: Caller, path: str) -> list[Presence]:
        """See the port."""
        return (await self.of_path(caller, path)).people

    async def by(self, caller: Caller) -> list[Shared]:
        """See the port."""
        return await self._local.by(caller)

    async def with_person(self, person: Person) -> list[Shared]:
        """See the port."""
        return await self._local.with_person(person)

    def check_may_audit(self, caller: Caller) -> None:
        """See the port."""
        self._local.check_may_audit(caller)


def _together(here: list[Presence], elsewhere: list[Presence]) -> list[Presence]:
    """Somebody who is at both is told once."""
    known = {presence.subject for presence in here}
    return [*here, *(presence for presence in elsewhere if presence.subject not in known)]


def _address(found: Located) -> Address:
    kind = _NOTEBOOK if found.name.endswith(".ipynb") else _TEXT
    return Address(kind, found.place.target.file_id)
