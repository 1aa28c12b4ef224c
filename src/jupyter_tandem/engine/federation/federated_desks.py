"""The desks of a server that goes through the Hub: shares with people and groups are the service's (HUB-16)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from jupyter_tandem.core.federation.naming import drive_path, hub_lineage
from jupyter_tandem.engine.federation.joint import Joint
from jupyter_tandem.engine.federation.known import KnownDocuments
from jupyter_tandem.engine.federation.liaison import Liaison
from jupyter_tandem.engine.house import Landlord, open_room
from jupyter_tandem.errors import AccessDenied, InvalidInput, NotFound
from jupyter_tandem.ports.desks import Caller, ShareDesk
from jupyter_tandem.ports.federation import FOLDER, HubService, HubShares
from jupyter_tandem.ports.sharing import Located, Places
from jupyter_tandem.sharing import (
    Grant,
    GrantId,
    Offer,
    Subject,
    Target,
    TargetKind,
)
from jupyter_tandem.types import Address, DocumentKind, LineageId

_NOTEBOOK: Final = DocumentKind("json", "notebook")
_TEXT: Final = DocumentKind("text", "file")
_NO_HISTORY: Final = LineageId("folder")
"""What a folder has in place of a lineage."""

_WHOLE_SERVER: Final = "Across the Hub folders and documents are shared, not a whole server."
_NOT_HERE: Final = "Folders are shared across the Hub where they lie on the server's own disk."
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
        self._joint: Joint[Target, str] = Joint()

    def is_its_person(self, caller: Caller) -> bool:
        """Whether the caller is the person whose server this is."""
        return caller.person.signed_in and caller.person.subject.name == self._username

    def check(self, caller: Caller) -> None:
        """Do nothing, unless the caller is somebody who visits this server.

        Raises:
            AccessDenied: they are; the service would take them for its person (HUB-5).
        """
        if not self.is_its_person(caller):
            raise AccessDenied(_NOT_YOURS)

    def target(self, document: str) -> Target | None:
        """What a document or folder of the service is here; ``None`` when its file is elsewhere."""
        folder = self._liaison.agent.file_id(document)
        if folder is not None:
            return Target(TargetKind.FOLDER, folder)
        address = self._liaison.address_kept(document)
        return None if address is None else Target(TargetKind.DOCUMENT, address.file_id)

    def held(self, found: Located) -> str | None:
        """The document's or folder's id at the service; ``None`` while it was not shared there."""
        target = found.place.target
        if target.kind is TargetKind.FOLDER:
            return self._liaison.agent.shared(target.file_id)
        return self._liaison.kept(_address(found))

    async def over(self, found: Located) -> str:
        """Hand the document or folder over if that was not done; its id at the service.

        Whoever wants the same meanwhile waits for that, and fails with it.

        Raises:
            InvalidInput: it is neither. HubUnreachable: the service does not answer.
            TandemError: it cannot be opened, or the service does not take it.
        """
        kind = found.place.target.kind
        if kind is TargetKind.SERVER:
            raise InvalidInput(_WHOLE_SERVER)
        known = self.held(found)
        if known is not None:
            return known
        hand_over = self._folder if kind is TargetKind.FOLDER else self._document
        return await self._joint.do(found.place.target, lambda: hand_over(found))

    async def path_over(self, places: Places, path: str) -> str:
        """The same, of the document at ``path``."""
        found = await places.at(path)
        if found.place.target.kind is not TargetKind.DOCUMENT:
            raise NotFound("There is no such document.")
        return await self.over(found)

    async def _folder(self, found: Located) -> str:
        if not self._liaison.agent.available:
            raise InvalidInput(_NOT_HERE)
        file_id = found.place.target.file_id
        registered = await self._service.register(
            FOLDER, file_id, found.name, _NO_HISTORY, b"", within={}
        )
        self._liaison.share_folder(registered.id, file_id)
        return registered.id

    async def _document(self, found: Located) -> str:
        address = _address(found)
        live = await open_room(self._landlord, address)
        sequence, state = await live.state()
        await live.durable(sequence)
        lineage = hub_lineage(live.lineage)
        within = await self._liaison.agent.within(address.file_id)
        registered = await self._service.register(
            address.kind, address.file_id, found.name, lineage, state, within
        )
        self._liaison.keep(registered.id, address)
        return registered.id


class FederatedShares:
    """:class:`jupyter_tandem.ports.desks.ShareDesk`: new shares go to the service, those made here stay here."""

    def __init__(
        self, local: ShareDesk, hub: HubShares, handing: Handing, places: Places,
        known: KnownDocuments, here: Callable[[GrantId], bool],
    ) -> None:  # fmt: skip
        """Ask ``hub`` about what is not ``here``."""
        self._known = known
        self._local = local
        self._hub = hub
        self._handing = handing
        self._places = places
        self._here = here

    async def give(self, caller: Caller, path: str, subject: Subject, offer: Offer) -> Grant:
        """See the port."""
        self._handing.check(caller)
        return await self._hub.give(await self._document(path), subject, offer)

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
        within = drive_path(path)
        if within is not None:
            self._handing.check(caller)
            return await self._hub.remove(self._known.at(within).offered.id, subject)
        ended = await self._local.remove(caller, path, subject, end_links=end_links)
        document = self._handing.held(await self._places.at(path))
        if document is not None:
            self._handing.check(caller)
            ended += await self._hub.remove(document, subject)
        return ended

    async def _document(self, path: str) -> str:
        """The id at the service of what is at ``path``, handed over if need be."""
        within = drive_path(path)
        if within is not None:
            return self._known.at(within).offered.id
        return await self._handing.over(await self._places.at(path))


def _address(found: Located) -> Address:
    kind = _NOTEBOOK if found.name.endswith(".ipynb") else _TEXT
    return Address(kind, found.place.target.file_id)
