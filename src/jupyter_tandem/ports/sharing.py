"""What sharing needs to be remembered, and to be known of files (docs/spec/sharing.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from jupyter_tandem.sharing import (
    AuditEvent,
    Grant,
    GrantId,
    Guest,
    Link,
    LinkId,
    LinkUse,
    Place,
    Subject,
    Target,
)
from jupyter_tandem.types import FileId


@dataclass(frozen=True, slots=True)
class PutGrant:
    """Add a grant, or replace the one with its id."""

    grant: Grant


@dataclass(frozen=True, slots=True)
class EndGrant:
    """A grant counts no more. ``why`` is ``revoked``, ``expired`` or ``removed``."""

    grant_id: GrantId
    at: float
    by: str
    why: str


@dataclass(frozen=True, slots=True)
class PutLink:
    """Add a link, or replace all of the one with its id but its count of uses."""

    link: Link


@dataclass(frozen=True, slots=True)
class PutGuest:
    """Add a guest, or replace the one with its id."""

    guest: Guest


@dataclass(frozen=True, slots=True)
class EndGuest:
    """A guest's cookie opens nothing any more."""

    guest_id: str


Change: TypeAlias = PutGrant | EndGrant | PutLink | PutGuest | EndGuest


@dataclass(frozen=True, slots=True)
class Holdings:
    """All that counts now.

    Attributes:
        revision: Grows with every transaction.
        grants: Those that have not ended. Expired ones are among them until somebody ends them.
        links: All, ended ones too: people look up what became of them.
        guests: Whose cookie has not been ended.
    """

    revision: int
    grants: tuple[Grant, ...]
    links: tuple[Link, ...]
    guests: tuple[Guest, ...]


class SharingStore(Protocol):
    """Remembers shares. What one call changes is changed together or not at all, and durable on return.

    Every method raises StoreUnavailable when the store cannot be used; nothing was changed then.
    """

    async def load(self) -> Holdings:
        """Everything, as of one moment."""

    async def revision(self) -> int:
        """The newest revision; another than the one loaded means that another process changed something."""

    async def commit(self, changes: Sequence[Change], events: Sequence[AuditEvent]) -> int:
        """Carry out ``changes`` and record ``events`` in one transaction; the new revision."""

    async def redeem(
        self,
        link_id: LinkId,
        use: LinkUse,
        changes: Sequence[Change],
        events: Sequence[AuditEvent],
    ) -> int:
        """As :meth:`commit`, and count one use of the link.

        Raises:
            LinkEnded: it is revoked, was used as often as it may or has expired at ``use.at``. Of many
                callers at once exactly as many get through as uses were left.
        """

    async def uses(self, link_id: LinkId) -> Sequence[LinkUse]:
        """Who used a link, oldest first."""

    async def was_shown_out(self, link_id: LinkId, subject: Subject) -> bool:
        """Whether somebody else has taken from ``subject`` what they came by through this link."""

    async def close(self) -> None:
        """Finish what was begun and let go of the database. May be called twice."""


@dataclass(frozen=True, slots=True)
class Located:
    """A file or folder, found.

    Attributes:
        place: What it is and which folders it lies in.
        path: Where it is now, relative to the contents root, without a leading slash.
        name: The last part of the path.
    """

    place: Place
    path: str
    name: str


class Places(Protocol):
    """Finds files and folders by path and by id, following renames and moves."""

    async def at(self, path: str) -> Located:
        """What is at ``path``; it is given an id if it has none. ``""`` is the whole server.

        Raises:
            NotFound: nothing is there, it is hidden, or the path leads outside the root.
        """

    async def of(self, target: Target) -> Located | None:
        """Where ``target`` is now; ``None`` when it is gone."""

    async def place_of_file(self, file_id: FileId) -> Place | None:
        """Where a document's file lies now; ``None`` when it is gone."""


class Passwords(Protocol):
    """Keeps passwords of links so that who reads the store cannot use them."""

    async def hash(self, password: str) -> str:
        """What to store of ``password``."""

    async def matches(self, password: str, hashed: str) -> bool:
        """Whether ``hashed`` was made of ``password``. Slow on purpose, equally for any answer."""
