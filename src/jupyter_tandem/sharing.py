"""The nouns of sharing: people, what is shared with them, grants, links, what is recorded."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NewType, TypeAlias

from jupyter_tandem.types import FileId, Rights, Role, User

GrantId = NewType("GrantId", str)
"""Names a grant; random, so that it tells nothing."""

LinkId = NewType("LinkId", str)
"""Names a link to those who look after it. Not its secret: it opens nothing."""


class SubjectKind(str, enum.Enum):
    """Whom a grant is for.

    USER: somebody with an account, by username. GUEST: somebody without one, by guest id.
    GROUP: everybody in a group the server knows. SIGNED_IN: everybody with an account.
    """

    USER = "user"
    GUEST = "guest"
    GROUP = "group"
    SIGNED_IN = "signed-in"


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a grant is for; ``name`` is empty for everybody who is signed in."""

    kind: SubjectKind
    name: str

    def __str__(self) -> str:
        """``user:ada``, as the audit log and the API write it."""
        return f"{self.kind.value}:{self.name}" if self.name else self.kind.value


GUEST_USERNAME: Final = "guest:"
"""What a guest's username in rooms and journals begins with; their guest id follows."""

SIGNED_IN: Final = Subject(SubjectKind.SIGNED_IN, "")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who asks.

    Attributes:
        subject: A user or a guest.
        display_name: What others see.
        groups: The groups the server says they are in.
    """

    subject: Subject
    display_name: str
    groups: frozenset[str] = frozenset()

    @property
    def signed_in(self) -> bool:
        """Whether they have an account."""
        return self.subject.kind is SubjectKind.USER


@dataclass(frozen=True, slots=True)
class Identified:
    """What a Hub says about a token.

    Attributes:
        kind: ``user`` or ``service``.
        user: The person, as others see them.
        groups: Their groups at the Hub now.
        scopes: What the token may do.
    """

    kind: str
    user: User
    groups: frozenset[str]
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Delegate:
    """Who acts: a person, through one of their servers or a program of theirs.

    Attributes:
        user: The person.
        groups: Their groups at the Hub.
        servers: The names of those of their servers that the token belongs to.
        may_write: Whether the token lets them do more than look.
        administers: Whether it lets them look after what everybody shares.
    """

    user: User
    groups: frozenset[str]
    servers: frozenset[str]
    may_write: bool
    administers: bool = False


class TargetKind(str, enum.Enum):
    """What a grant is on."""

    DOCUMENT = "document"
    FOLDER = "folder"
    SERVER = "server"


@dataclass(frozen=True, slots=True)
class Target:
    """What a grant is on: a file or folder by its stable id, or the whole server (empty id)."""

    kind: TargetKind
    file_id: FileId


WHOLE_SERVER: Final = Target(TargetKind.SERVER, FileId(""))


@dataclass(frozen=True, slots=True)
class Place:
    """A target and the folders it lies in now, nearest first; they change when it is moved.

    Attributes:
        elsewhere: Whether a symbolic link leads there out of what can be shared: it lies in no folder, and not in the
            server's root (SHARE-18).
    """

    target: Target
    folders: tuple[FileId, ...] = ()
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """What is to be given: a role, whether to run code, and until when (Unix seconds or for ever)."""

    role: Role
    may_run: bool
    expires_at: float | None


@dataclass(frozen=True, slots=True)
class Grant:
    """One share: somebody's role on something.

    Attributes:
        may_run: Whether they may run code as the server's owner.
        may_start: Whether that server is started for their runs when it is stopped; its owner's word alone.
        expires_at: Unix seconds from which on it counts no more; ``None``: never.
        granted_by: The subject who gave it, as text.
        giver_name: What they were called then.
        link_id: The link it was come by through, or ``None``. Such a grant keeps the role the link
            had when it was used.
    """

    id: GrantId
    subject: Subject
    target: Target
    role: Role
    may_run: bool
    expires_at: float | None
    granted_by: str
    granted_at: float
    link_id: LinkId | None = None
    display_name: str = ""
    giver_name: str = ""
    may_start: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """A secret that can be redeemed for a grant.

    Attributes:
        digest: sha256 of the secret, hexadecimal. 256 random bits need no slow hash.
        name: The file's or folder's name when the link was made, for people.
        guests: Whether somebody without an account may use it.
        password: What :mod:`jupyter_tandem.adapters.sharing.password` made of the password, or ``""``.
        max_uses: How many different people may use it; ``None``: any number.
        uses: How many have.
        giver_name: What its maker was called then.
        ended_at: When it was revoked, or ``None``.
    """

    id: LinkId
    digest: str
    target: Target
    name: str
    role: Role
    may_run: bool
    guests: bool
    password: str
    expires_at: float | None
    max_uses: int | None
    uses: int
    created_by: str
    created_at: float
    ended_at: float | None = None
    giver_name: str = ""


@dataclass(frozen=True, slots=True)
class GuestOffer:
    """What links for people without an account may give.

    Attributes:
        role: At most.
        may_run: Whether they may let them run code.
        folders: Whether they may lead to folders.
    """

    role: Role
    may_run: bool
    folders: bool


@dataclass(frozen=True, slots=True)
class LinkUse:
    """Somebody used a link."""

    link_id: LinkId
    at: float
    subject: Subject
    display_name: str


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody without an account, known by a cookie.

    Attributes:
        id: Public; what grants and the journal name them by.
        digest: sha256 of the cookie's secret, hexadecimal.
        display_name: As they chose it.
        expires_at: Unix seconds from which on the cookie opens nothing.
    """

    id: str
    digest: str
    display_name: str
    created_at: float
    expires_at: float

    @property
    def subject(self) -> Subject:
        """What grants name them by."""
        return Subject(SubjectKind.GUEST, self.id)


class Tier(enum.IntEnum):
    """Where a right comes from; the highest that applies decides (SHARE-1)."""

    LINK = 1
    FOLDER = 2
    GROUP = 3
    EXPLICIT = 4
    HOST = 5


@dataclass(frozen=True, slots=True)
class Standing:
    """What somebody is to a target now.

    Attributes:
        until: Unix seconds at which the role ends by itself, or ``None``.
        run_until: The same for running code.
        tier: Where it comes from.
        may_start: Whether the owner's server is started for their runs; never without ``may_run``.
    """

    role: Role
    may_run: bool
    until: float | None
    run_until: float | None
    tier: Tier
    may_start: bool = False

    @property
    def rights(self) -> Rights:
        """The actions that follow from it."""
        return Rights.of(self.role, may_run=self.may_run)


Detail: TypeAlias = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """Something that is to be recorded.

    Attributes:
        kind: ``noun.verb``; see ``docs/spec/audit.md``.
        actor: The subject who did it as text, or ``server``.
        file_id: The file or folder it was about, or ``""``.
        details: Facts, never a secret.
    """

    at: float
    kind: str
    actor: str
    file_id: str = ""
    details: Mapping[str, Detail] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """A recorded event with its place in the chain: ``digest`` covers it and ``previous``."""

    sequence: int
    event: AuditEvent
    previous: str
    digest: str
