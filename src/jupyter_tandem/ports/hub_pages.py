"""What the pages of a Hub's service ask of the engine (docs/spec/hub-pages.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from jupyter_tandem.ports.desks import Caller, Presence
from jupyter_tandem.ports.federation import HubDocument
from jupyter_tandem.sharing import Delegate, Grant, Link


@dataclass(frozen=True, slots=True)
class Received:
    """A document that is shared with somebody.

    Attributes:
        role: What they are to it.
        until: Unix seconds at which that ends, or ``None``.
        own: The grants that they hold by name, which they can give up.
    """

    document: HubDocument
    role: str
    until: float | None
    own: Sequence[Grant]


@dataclass(frozen=True, slots=True)
class Kept:
    """A document with all that is known of it.

    Attributes:
        grants: On it.
        links: To it that have not ended.
        here: Who is in it now.
    """

    document: HubDocument
    grants: Sequence[Grant]
    links: Sequence[Link]
    here: Sequence[Presence]


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody who owns or has something, or whose server is connected.

    Attributes:
        name: Their username.
        owns: Documents of theirs.
        has: Grants for them by name.
        servers: Servers of theirs that are connected.
        here: Documents that they are in now.
    """

    name: str
    owns: int
    has: int
    servers: int
    here: int


@dataclass(frozen=True, slots=True)
class Told:
    """A link, and what it leads to as far as that is still there."""

    link: Link
    document: HubDocument | None


class Bureau(Protocol):
    """Looks everything up; changes nothing. Lists come in an order that does not change by itself."""

    async def received(self, delegate: Delegate) -> list[Received]:
        """What others share with somebody."""

    def given(self, username: str) -> list[Kept]:
        """What somebody shares: their documents that anybody has, or that have a link."""

    def documents(self) -> list[Kept]:
        """All documents, newest first."""

    def document(self, document_id: str) -> Kept | None:
        """One of them."""

    def participants(self) -> list[Participant]:
        """All people, by name."""

    def links(self) -> list[Told]:
        """All links, newest first, ended ones too."""

    def rooms(self) -> list[Kept]:
        """The documents that somebody is in."""

    def administrator(self, delegate: Delegate) -> Caller:
        """An administrator as the desks see them: they may end any share."""


@dataclass(frozen=True, slots=True)
class Stored:
    """One thing that takes room.

    Attributes:
        name: A file's name, or ``database``.
        bytes: How much.
    """

    name: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Room:
    """How much room there is.

    Attributes:
        stored: What takes how much.
        free_bytes: What is left; ``None`` where that cannot be seen from here, as of a database.
    """

    stored: Sequence[Stored]
    free_bytes: int | None


class Vault(Protocol):
    """Where everything is kept."""

    async def measure(self) -> Room:
        """What takes how much room now; StoreUnavailable."""
