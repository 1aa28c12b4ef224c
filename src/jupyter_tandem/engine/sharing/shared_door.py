"""The door, for people with an account: what was shared with them is added to what the server allows."""

from __future__ import annotations

from dataclasses import replace

from jupyter_tandem.core.federation.naming import is_hub_file
from jupyter_tandem.engine.sharing.shelf import LedgerShelf
from jupyter_tandem.ports.channel import Channel
from jupyter_tandem.ports.outputs import Outputs
from jupyter_tandem.ports.reception import Call, Invitation, Reception, Seat, Visitor
from jupyter_tandem.sharing import Person, Subject, SubjectKind
from jupyter_tandem.types import Address, DocumentKind


class SharedDoor:
    """A :class:`~jupyter_tandem.ports.reception.Reception` that passes everything on to another (SHARE-4)."""

    def __init__(self, door: Reception, shelf: LedgerShelf) -> None:
        """Pass on to ``door``; look up shares in ``shelf``."""
        self._door = door
        self._shelf = shelf

    async def invite(self, path: str, kind: DocumentKind, visitor: Visitor) -> Invitation:
        """See the port."""
        return await self._door.invite(path, kind, visitor)

    async def enter(self, call: Call, channel: Channel) -> Seat:
        """See the port."""
        return await self._door.enter(with_shares(call, self._shelf), channel)

    def strike(self, visitor: Visitor) -> None:
        """See the port."""
        self._door.strike(visitor)


class SharedOutputs:
    """:class:`~jupyter_tandem.ports.outputs.Outputs` that pass everything on to others, in the same way."""

    def __init__(self, outputs: Outputs, shelf: LedgerShelf) -> None:
        """Pass on to ``outputs``; look up shares in ``shelf``."""
        self._outputs = outputs
        self._shelf = shelf

    async def read(self, call: Call, name: str) -> bytes:
        """See the port."""
        return await self._outputs.read(with_shares(call, self._shelf), name)


def with_shares(call: Call, shelf: LedgerShelf) -> Call:
    """``call`` with what was shared added to what the server allows.

    What is shared here lies here: others' documents are to this server's person what their owners say (HUB-5).
    """
    try:
        address = Address.parse(call.room)
    except ValueError:
        return call
    if is_hub_file(address.file_id):
        return call
    user = call.visitor.user
    subject = Subject(SubjectKind.USER, user.username)
    person = Person(subject, user.display_name, call.visitor.groups)
    rights = shelf.rights(lambda: person, address.file_id, call.grants)
    return replace(call, grants=rights, parting=rights.parting)
