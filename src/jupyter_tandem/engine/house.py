"""What the door and the routes need of the rooms, whether this server may write or only look."""

from __future__ import annotations

from typing import Protocol

from jupyter_tandem.engine.live_room import LiveRoom
from jupyter_tandem.types import Address, DocumentId, LineageId, Rights


class House(Protocol):
    """All documents of one server."""

    async def open(self, address: Address) -> LiveRoom:
        """The document's room, loaded if need be; see :meth:`jupyter_tandem.engine.rooms.Rooms.open`."""

    async def lineage(self, address: Address) -> LineageId:
        """The document's lineage; it is made from its file when there is none yet."""

    def live(self, document_id: DocumentId) -> LiveRoom | None:
        """The document's room if it is in memory now."""

    async def close(self) -> None:
        """Save everything, close every connection."""


class Landlord(Protocol):
    """Says which house is open, and what may be done in it at most."""

    async def house(self) -> House:
        """The rooms as of now; another object after this server has taken over from another.

        Waits a while when the server is starting or changing over.

        Raises:
            StoreUnavailable: it took too long, or the server is stopping.
        """

    def limit(self, rights: Rights) -> Rights:
        """``rights``, less what nobody may do here now."""


async def open_room(landlord: Landlord, address: Address) -> LiveRoom:
    """The document's room in whichever house is open.

    Raises:
        As :meth:`Landlord.house` and :meth:`House.open`.
    """
    return await (await landlord.house()).open(address)
