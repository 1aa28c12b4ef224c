"""The door of a server that goes through the Hub: what others share is entered by its person alone (HUB-5)."""

from __future__ import annotations

from dataclasses import replace

from jupyter_tandem.engine.federation.explorer import Explorer
from jupyter_tandem.engine.federation.known import Known, KnownDocuments
from jupyter_tandem.engine.federation.threshold import Threshold
from jupyter_tandem.engine.house import Landlord
from jupyter_tandem.errors import NotFound
from jupyter_tandem.ports.channel import Channel
from jupyter_tandem.ports.reception import Call, Invitation, Reception, Seat, Visitor
from jupyter_tandem.types import Action, DocumentKind

PARTED = "This is not shared with you any more. Ask its owner if you need it."


class FederatedDoor:
    """A :class:`~jupyter_tandem.ports.reception.Reception` that passes the server's own documents on to another."""

    def __init__(
        self,
        door: Reception,
        landlord: Landlord,
        known: KnownDocuments,
        threshold: Threshold,
        explorer: Explorer,
    ) -> None:
        """Pass on to ``door`` whoever passes ``threshold``."""
        self._explorer = explorer
        self._door = door
        self._landlord = landlord
        self._known = known
        self._threshold = threshold

    async def invite(self, path: str, kind: DocumentKind, visitor: Visitor) -> Invitation:
        """See the port."""
        within = self._threshold.pass_path(path, visitor.user)
        if within is None:
            return await self._door.invite(path, kind, visitor)
        known = await self._explorer.document(within)
        if known.offered.kind != kind:
            raise NotFound(f"There is no such document of type {kind.type}.")
        await self._threshold.ready(known.address)
        house = await self._landlord.house()
        return Invitation(known.address, await house.lineage(known.address), True)

    async def enter(self, call: Call, channel: Channel) -> Seat:
        """See the port. Forks and previews are the person's own, also when what they show is not shared any more."""
        address = self._threshold.pass_room(call.room, call.visitor.user)
        if address is None or address.document_id != call.room:
            return await self._door.enter(call, channel)
        grants = KnownGrants(self._known, await self._threshold.ready(address))
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
