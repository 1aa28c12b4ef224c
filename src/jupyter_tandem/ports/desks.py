"""What a server's routes ask of the engine about sharing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from jupyter_tandem.ports.audit import AuditLog
from jupyter_tandem.ports.reception import Grants
from jupyter_tandem.ports.sharing import Located
from jupyter_tandem.sharing import (
    Grant,
    GrantId,
    Guest,
    GuestOffer,
    Link,
    LinkId,
    LinkUse,
    Offer,
    Person,
    Standing,
    Subject,
    Target,
)
from jupyter_tandem.types import FileId


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody with an account who asks.

    Attributes:
        person: Who.
        host: What the server itself lets them be to everything in it, or ``None``.
    """

    person: Person
    host: Standing | None

    @property
    def text(self) -> str:
        """As the audit log names them."""
        return str(self.person.subject)


class ShareDesk(Protocol):
    """Where shares with people and groups are made, changed and taken back.

    Every change is durable, recorded, and acted on by open connections when its coroutine returns. Every
    method raises NotFound for what is not there or not the caller's, AccessDenied for what they may see
    but not do, InvalidInput for what cannot be, StoreUnavailable; then nothing was changed.
    """

    async def give(self, caller: Caller, path: str, subject: Subject, offer: Offer) -> Grant:
        """Share what is at ``path``. Who already has a grant on it by name gets it replaced."""

    async def change(self, caller: Caller, grant_id: GrantId, *, wish: dict[str, object]) -> Grant:
        """Change ``role``, ``may_run``, ``may_start`` or ``expires_at`` of a grant, also of one that came by a link."""

    async def end(self, caller: Caller, grant_id: GrantId) -> None:
        """Take a grant back. Who holds it may give it up themselves."""

    async def remove(
        self, caller: Caller, path: str, subject: Subject, *, end_links: bool
    ) -> list[Grant]:
        """End all grants that let one person into what is at ``path``, with ``end_links`` also the links
        they came by. What they have through a group or the server itself stays.
        """


@dataclass(frozen=True, slots=True)
class LinkWish:
    """What a link is to be like.

    Attributes:
        offer: What it gives.
        guests: Whether people without an account may use it.
        max_uses: How many people may, or ``None``.
        password: What they must know, or ``""``.
    """

    offer: Offer
    guests: bool
    max_uses: int | None
    password: str


class LinkDesk(Protocol):
    """Where links are made, changed and withdrawn; promises and errors as :class:`ShareDesk`."""

    async def make(self, caller: Caller, path: str, wish: LinkWish) -> tuple[Link, str]:
        """Make a link to what is at ``path``: the link, and its secret, which nobody can ask for again."""

    async def change(self, caller: Caller, link_id: LinkId, *, wish: dict[str, object]) -> Link:
        """Change what those get who come from now on: ``role``, ``may_run``, ``expires_at``, ``guests``,
        ``max_uses``.
        """

    async def end(self, caller: Caller, link_id: LinkId, *, with_grants: bool) -> None:
        """Withdraw a link; with its grants, everybody who came by it is shown out."""

    async def uses(self, caller: Caller, link_id: LinkId) -> list[LinkUse]:
        """Who used a link and when, oldest first."""


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody at a link's page.

    Attributes:
        peer: Network address, an IPv6 one as its /64 network.
        caller: Who it is when they are signed in.
        guest: Who it is when they have been here as a guest.
    """

    peer: str
    caller: Caller | None
    guest: Guest | None

    @property
    def person(self) -> Person | None:
        """The one or the other; ``None`` when they are new here."""
        if self.caller is not None:
            return self.caller.person
        return None if self.guest is None else person_of(self.guest)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a link's page tells before anything is decided.

    Attributes:
        link: The link.
        found: What it leads to, as it is called now; ``None`` when that is gone.
        used_before: Whether this person has used it and still has what it gave.
        sign_in: Whether they must sign in first.
    """

    link: Link
    found: Located | None
    used_before: bool
    sign_in: bool


@dataclass(frozen=True, slots=True)
class Admission:
    """What came of using a link.

    Attributes:
        found: What it leads to.
        own: Whether the person has it anyway, through the server itself.
        cookie: The secret of a new guest's cookie, or ``""``.
        guest: The guest, or ``None`` for somebody signed in.
    """

    found: Located
    own: bool
    cookie: str
    guest: Guest | None


class LinkDoor(Protocol):
    """Where links are opened, by everybody."""

    async def look(self, secret: str, visit: Visit) -> Preview:
        """What the link would give; nothing is counted but a wrong secret.

        Raises:
            NotFound: no link has this secret. TooManyTries: too many such tries from there.
            LinkEnded: it has ended; told to those who know the secret only. AccessDenied: the person was
                shown out.
        """

    async def redeem(
        self, secret: str, visit: Visit, *, display_name: str, password: str
    ) -> Admission:
        """Use the link.

        Args:
            secret: Out of its address.
            visit: Who uses it.
            display_name: What a new guest wants to be called; ``""`` for a friendly name.
            password: What they think is the link's, or ``""``.

        Raises:
            NotFound, TooManyTries, LinkEnded, AccessDenied, SignInRequired, WrongPassword, InvalidInput,
            StoreUnavailable: nothing was given and no use counted.
        """


class GuestDesk(Protocol):
    """Knows guests by their cookies. What they may do follows from their grants alone."""

    def recognise(self, cookie: str) -> Guest | None:
        """The guest with this cookie; ``None`` when it is nobody's (any more)."""

    def suggest_name(self) -> str:
        """A friendly name for somebody new."""

    async def leave(self, guest: Guest) -> None:
        """The guest goes for good: their cookie opens nothing any more. StoreUnavailable."""


@dataclass(slots=True)
class Presence:
    """Somebody in a document, with one or more connections.

    Attributes:
        since: Unix seconds at which the first of them came.
        connections: How many they have.
    """

    subject: Subject
    display_name: str
    since: float
    connections: int


@dataclass(frozen=True, slots=True)
class ShareView:
    """All about one file or folder, for its managers.

    Attributes:
        found: What it is.
        standing: What the person who asks is to it.
        grants: On it itself.
        inherited: On the folders it lies in and the server.
        above: Where the folders are that those are on, as far as they are still there.
        links: To it, ended ones too.
        people: Who is in it now.
        starts: Whether the person who asks can have their server started for the runs of others.
    """

    found: Located
    standing: Standing
    grants: list[Grant]
    inherited: list[Grant]
    above: Mapping[Target, str]
    links: list[Link]
    people: list[Presence]
    starts: bool = False


@dataclass(frozen=True, slots=True)
class Shared:
    """One thing that is shared. ``found`` is ``None`` when it is gone."""

    target: Target
    found: Located | None
    standing: Standing | None
    grants: list[Grant]
    links: list[Link]


class Overview(Protocol):
    """Answers questions; changes nothing. NotFound and AccessDenied as :class:`ShareDesk`."""

    async def of_path(self, caller: Caller, path: str) -> ShareView:
        """All about what is at ``path``, for its managers."""

    async def standing_at(self, caller: Caller, path: str) -> tuple[Located, Standing]:
        """What the caller is to what is at ``path``, for anybody who is something to it."""

    async def people(self, caller: Caller, path: str) -> list[Presence]:
        """Who is in a document now, or in any document of a folder; for its managers."""

    async def by(self, caller: Caller) -> list[Shared]:
        """What is shared and the caller may look after."""

    async def with_person(self, person: Person) -> list[Shared]:
        """What is shared with somebody, by what was shared alone; of the grants, those they hold by name."""

    def check_may_audit(self, caller: Caller) -> None:
        """Do nothing, unless the audit log is none of the caller's business (AccessDenied)."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A file or folder that is shared or lies in a shared folder."""

    found: Located
    standing: Standing


@dataclass(frozen=True, slots=True)
class Aisle:
    """A folder that is not shared but leads to something that is.

    Attributes:
        path: Where it is.
        names: What may be seen in it, and whether each is a shared file.
    """

    path: str
    names: dict[str, bool]


class SharedRights(Grants, Protocol):
    """What a connection may do by what was shared, and why it may not any more."""

    def parting(self) -> str:
        """A sentence for the person whose access has ended."""


class Shelf(Protocol):
    """Finds things for people who have nothing but what was shared with them."""

    async def find(self, person: Person, path: str) -> Opened | Aisle:
        """What ``person`` may see at ``path``; NotFound when nothing is there, or nothing of theirs."""

    async def document(self, person: Person, file_id: FileId) -> Opened:
        """The document with this file, where it is now; NotFound when it is gone or not theirs."""

    def rights(
        self,
        who: Callable[[], Person | None],
        file_id: FileId | None,
        host: Grants | None = None,
    ) -> SharedRights:
        """What a connection may do, as long as it lasts.

        Args:
            who: The person as of now; ``None`` when they have left.
            file_id: The document's file; ``None`` for a lobby, where reading is all there is.
            host: What the server itself allows them, for people with an account.
        """


class AuditDesk(Protocol):
    """The audit log, with what waits to be written."""

    async def flush(self) -> None:
        """Return when what was recorded before is durable, or cannot be made so."""

    @property
    def log(self) -> AuditLog:
        """The log."""


@dataclass(frozen=True, slots=True)
class Office:
    """All desks of one server.

    Attributes:
        now: The wall clock, Unix seconds.
        accounts: Whether people other than the owner sign in to this server; then a new link asks for it.
        guest_links: What links for people without an account may give now; ``None``: there are no such links.
        link_page: Address of the page that opens links, where that is not this server's own.
    """

    shares: ShareDesk
    links: LinkDesk
    link_door: LinkDoor
    guests: GuestDesk
    overview: Overview
    shelf: Shelf
    audit: AuditDesk
    now: Callable[[], float]
    accounts: bool
    guest_links: Callable[[], GuestOffer | None]
    link_page: str = ""


def person_of(guest: Guest) -> Person:
    """The guest as those who decide see them."""
    return Person(guest.subject, guest.display_name)
