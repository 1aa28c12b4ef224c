"""What a server's routes ask of the engine: to be let into a document."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from jupyter_tandem.ports.channel import Channel
from jupyter_tandem.types import Action, Address, DocumentKind, LineageId, User, Voice


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is at the door.

    Attributes:
        user: The authenticated person.
        peer: Network address they come from; strikes are counted per person and address.
        groups: The groups the server says they are in.
    """

    user: User
    peer: str
    groups: frozenset[str] = frozenset()


class Grants(Protocol):
    """The host's word on one visitor. Asked when they come and again and again while they stay."""

    async def actions(self) -> frozenset[Action]:
        """What the visitor may do now; empty means they are not let in."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a client needs to know to connect to a document.

    Attributes:
        address: The document.
        lineage: The history it has now; the stock protocol's session id.
        known: Whether somebody had asked for it before.
    """

    address: Address
    lineage: LineageId
    known: bool


@dataclass(frozen=True, slots=True)
class Call:
    """One connection's wish to enter a room.

    Attributes:
        room: Room id as it came in the address: a document's, a fork's, or the lobby's.
        lineage: The history the client says it has; ``None`` when it says nothing.
        tandem: Whether Tandem's own front end speaks.
        visitor: Who it is.
        grants: What they may do.
        parting: Says why, to somebody whose access has ended.
        voice: For whom the connection speaks.
        fetches: Whether the client fetches big outputs by itself; for others they are in the document (BIG-5).
    """

    room: str
    lineage: LineageId | None
    tandem: bool
    visitor: Visitor
    grants: Grants
    parting: Callable[[], str] = lambda: "Your access to this document has ended."
    voice: Voice = Voice.PERSON
    fetches: bool = False


class Seat(Protocol):
    """A connection's place in a room."""

    def receive(self, frame: bytes, *, alone: bool = False) -> None:
        """Hand in one frame. Never raises for what the frame holds.

        Args:
            frame: A message.
            alone: Whether it is all that came over the connection in this turn of the loop: then it may be dealt with
                at once. Others are dealt with together when the turn ends.
        """

    def leave(self) -> None:
        """The connection has ended. May be called twice."""


class Reception(Protocol):
    """The one door (docs/spec/access.md)."""

    async def invite(self, path: str, kind: DocumentKind, visitor: Visitor) -> Invitation:
        """The document behind the file at ``path``, made if there is none yet.

        Raises:
            NotFound, FileError, StoreError, ServerFull: as :meth:`enter`.
        """

    async def enter(self, call: Call, channel: Channel) -> Seat:
        """Let a connection into a room, loading it if need be.

        From the return on, ``channel`` may be sent to and closed at any time.

        Raises:
            AccessDenied: the visitor may not read. Blocked: they sent broken frames too often.
            NotFound, FileMissing: there is no such room or file. FileOpenAsOtherKind: see there.
            FileUnreadable, StoreError, ServerFull: it cannot be opened now.
        """

    def strike(self, visitor: Visitor) -> None:
        """The visitor sent what no front end sends, before a room could see it."""
