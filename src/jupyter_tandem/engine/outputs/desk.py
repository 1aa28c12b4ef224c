"""Hands out big outputs to whoever may read the document they belong to (BIG-6)."""

from __future__ import annotations

from jupyter_tandem.core.access import effective_rights
from jupyter_tandem.engine.guestbook import Guestbook
from jupyter_tandem.engine.outputs.shelf import OutputShelf
from jupyter_tandem.errors import AccessDenied, NotFound
from jupyter_tandem.ports.reception import Call
from jupyter_tandem.types import Address

_GONE = "This output is not kept any more."


class OutputDesk:
    """Keeps :class:`jupyter_tandem.ports.outputs.Outputs`."""

    def __init__(self, shelf: OutputShelf, guestbook: Guestbook) -> None:
        """Give what is on ``shelf``, to nobody who is blocked in ``guestbook``."""
        self._shelf = shelf
        self._guestbook = guestbook

    async def read(self, call: Call, name: str) -> bytes:
        """See the port."""
        self._guestbook.refuse_blocked(call.visitor)
        if effective_rights(await call.grants.actions()) is None:
            raise AccessDenied("You may not open this document.")
        try:
            address = Address.parse(call.room)
        except ValueError as error:
            raise NotFound(_GONE) from error
        found = await self._shelf.read(address.document_id, name)
        if found is None:
            raise NotFound(_GONE)
        return found
