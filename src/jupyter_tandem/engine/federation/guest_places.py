"""Where people without an account find the service's documents: an id that tells nothing, and the name."""

from __future__ import annotations

from dataclasses import replace

from jupyter_tandem.engine.federation.catalogue import Catalogue, address_of
from jupyter_tandem.engine.federation.replica import Replicas
from jupyter_tandem.errors import NotFound
from jupyter_tandem.ports.channel import Channel
from jupyter_tandem.ports.desks import Aisle, Opened, Overview, Shelf
from jupyter_tandem.ports.federation import HubDocument
from jupyter_tandem.ports.hub_guests import Leaf
from jupyter_tandem.ports.reception import Call, Invitation, Reception, Seat, Visitor
from jupyter_tandem.ports.sharing import Located
from jupyter_tandem.sharing import Person, Place, Target
from jupyter_tandem.types import Address, DocumentKind, FileId

_NOT_THERE = "There is no such document."


class GuestPlaces:
    """:class:`jupyter_tandem.ports.sharing.Places`, where a document is ``<id>/<name>``.

    A page that was opened under an earlier name finds it, too.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        """Show what is in ``catalogue``."""
        self._catalogue = catalogue

    def document(self, path: str) -> HubDocument:
        """The document at ``path``.

        Raises:
            NotFound: there is none.
        """
        document_id, slash, name = path.strip("/").partition("/")
        document = self._catalogue.get(document_id) if slash and name else None
        if document is None or document.is_folder:
            raise NotFound(_NOT_THERE)
        return document

    def path_of(self, address: Address) -> str:
        """Where guests find the document that is at ``address`` of the service; ``""`` when there is none."""
        document = self._catalogue.get(address.file_id)
        return "" if document is None else guest_path(document)

    def now(self, path: str) -> str:
        """Where the document is now that once was at ``path``."""
        try:
            return guest_path(self.document(path))
        except NotFound:
            return path

    async def at(self, path: str) -> Located:
        """See the port."""
        document = self.document(path)
        return _moved(await self._catalogue.at(document.id), document)

    async def of(self, target: Target) -> Located | None:
        """See the port."""
        found = await self._catalogue.of(target)
        document = self._catalogue.get(target.file_id)
        if found is None or document is None or document.is_folder:
            return found
        return _moved(found, document)

    async def place_of_file(self, file_id: FileId) -> Place | None:
        """See the port."""
        return await self._catalogue.place_of_file(file_id)


class GuestShelf:
    """:class:`jupyter_tandem.ports.desks.Shelf` that follows renames, and :class:`jupyter_tandem.ports.hub_guests.Leaves`."""

    def __init__(
        self, shelf: Shelf, overview: Overview, places: GuestPlaces, replicas: Replicas
    ) -> None:
        """Find things in ``shelf``; ``replicas`` reads them."""
        self._shelf = shelf
        self.document = shelf.document
        self.rights = shelf.rights
        self._overview = overview
        self._places = places
        self._replicas = replicas

    async def find(self, person: Person, path: str) -> Opened | Aisle:
        """See the port."""
        return await self._shelf.find(person, self._places.now(path))

    # -- Leaves ----------------------------------------------------------------

    async def all(self, person: Person) -> list[Leaf]:
        """See the port."""
        shared = await self._overview.with_person(person)
        paths = [one.found.path for one in shared if one.found is not None]
        found = [_leaf(self._places.document(path)) for path in paths if path]
        return sorted(found, key=lambda leaf: (leaf.name, leaf.path))

    async def at(self, person: Person, path: str) -> Leaf:
        """See the port."""
        return _leaf(await self._theirs(person, path))

    async def content(self, person: Person, path: str) -> object:
        """See the port."""
        return await self._replicas.content(address_of(await self._theirs(person, path)))

    async def _theirs(self, person: Person, path: str) -> HubDocument:
        if not isinstance(await self.find(person, path), Opened):
            raise NotFound(_NOT_THERE)
        return self._places.document(path)


class GuestDoor:
    """:class:`jupyter_tandem.ports.reception.Reception` of documents that are there, as what they are."""

    def __init__(self, door: Reception, catalogue: Catalogue, places: GuestPlaces) -> None:
        """Pass on to ``door``."""
        self._door = door
        self._catalogue = catalogue
        self._places = places

    async def invite(self, path: str, kind: DocumentKind, visitor: Visitor) -> Invitation:
        """See the port."""
        document = self._places.document(path)
        self._check(document, kind)
        return await self._door.invite(document.id, kind, visitor)

    async def enter(self, call: Call, channel: Channel) -> Seat:
        """See the port."""
        try:
            address = Address.parse(call.room)
        except ValueError as error:
            raise NotFound(_NOT_THERE) from error
        self._check(self._catalogue.get(address.file_id), address.kind)
        return await self._door.enter(call, channel)

    def strike(self, visitor: Visitor) -> None:
        """See the port."""
        self._door.strike(visitor)

    @staticmethod
    def _check(document: HubDocument | None, kind: DocumentKind) -> None:
        """A room under another kind would be another, empty document."""
        if document is None or document.kind != kind:
            raise NotFound(_NOT_THERE)


def guest_path(document: HubDocument) -> str:
    """Where guests find a document."""
    name = document.name.replace("\\", "_").replace("\0", "_")
    return f"{document.id}/{'_' if name in {'.', '..'} else name}"


def _moved(found: Located, document: HubDocument) -> Located:
    return replace(found, path=guest_path(document))


def _leaf(document: HubDocument) -> Leaf:
    return Leaf(guest_path(document), document.name, document.kind, document.made_at)
