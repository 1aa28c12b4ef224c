"""The door of a server that goes through the Hub: what others share is entered by its person alone (HUB-5)."""

from __future__ import annotations

from dataclasses import replace

from jupyter_tandem.core.federation.naming import drive_path, is_hub_file
from jupyter_tandem.engine.federation.explorer import Explorer
from jupyter_tandem.engine.federation.known import Known, KnownDocuments
from jupyter_tandem.engine.federation.liaison import Liaison
from jupyter_tandem.engine.house import Landlord
from jupyter_tandem.errors import NotFound
from jupyter_tandem.ports.channel import Channel
from jupyter_tandem.ports.reception import Call, Invitation, Reception, Seat, Visitor
from jupyter_tandem.types import Action, Address, DocumentKind

PARTED = "This is not shared with you any more. Ask its owner if you need it."


class FederatedDoor:
    """A :class:`~jupyter_tandem.ports.reception.Reception` that passes the server's own documents on to another."""

    def __init__(
        self,
        door: Reception,
        landlord: Landlord,
        known: KnownDocuments,
        liaison: Liaison,
        explorer: Explorer,
        username: str,
    ) -> None:
        """Pass on to ``door``; others' documents are for ``username``."""
        self._explorer = explorer
        self._door = door
        self._landlord = landlord
        self._known = known
        self._liaison = liaison
        self._username = username

    async def invite(self, path: str, kind: DocumentKind) -> Invitation:
        """See the port. Asking changes nothing, so it is not asked here who asks."""
        within = drive_path(path)
        if within is None:
            return await self._door.invite(path, kind)
        known = await self._explorer.document(within)
        if known.offered.kind != kind:
            raise NotFound(f"There is no such document of type {kind.type}.")
        await self._liaison.ready(known)
        house = await self._landlord.house()
        return Invitation(known.address, await house.lineage(known.address), True)

    async def enter(self, call: Call, channel: Channel) -> Seat:
        """See the port."""
        try:
            address = Address.parse(call.room)
        except ValueError:
            return await self._door.enter(call, channel)
        if not is_hub_file(address.file_id):
            return await self._door.enter(call, channel)
        if call.visitor.user.username != self._username:
            raise NotFound("There is no such document.")
        known = self._known.of_address(address)
        await self._liaison.ready(known)
        grants = KnownGrants(self._known, known)
        return await self._door.enter(replace(call, grants=grants, parting=lambda: PARTED), channel)

    def strike(self, visitor: Visitor) -> None:
        """See the port."""
        self._door.strike(visitor)


class KnownGrants:
    """:class:`jupyter_tandem.ports.reception.Grants`: what the service said last, also while it is away."""

    def __init__(self, documents: KnownDocuments, known: Known) -> None:
        """Look ``known`` up in ``documents``."""
        self._documents = documents
        self._document = known.offered.id

    async def actions(self) -> frozenset[Action]:
        """See the port."""
        known = self._documents.get(self._document)
        return frozenset() if known is None else known.actions
