"""Between the Hub's service, the single-user servers that go through it, and the Hub."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from jupyter_tandem.ports.desks import Presence
from jupyter_tandem.sharing import Grant, GrantId, Identified, Offer, Subject
from jupyter_tandem.types import Action, DocumentKind, FileId, LineageId

FOLDER: Final = DocumentKind("folder", "directory")
"""What a shared folder is in place of a kind of document."""


@dataclass(frozen=True, slots=True)
class HubDocument:
    """A document that the service holds.

    Attributes:
        id: Its id at the service; random, so that it tells nothing.
        owner: Username of the person whose server keeps the file.
        server: Name of that server, ``""`` for the default one.
        file_id: The file's id there.
        kind: How the file is read.
        name: What the file was called when it was last told.
        made_at: Unix seconds, for display and for an order that does not change.
        within: Ids of shared folders it lies in, with its path in each.
    """

    id: str
    owner: str
    server: str
    file_id: FileId
    kind: DocumentKind
    name: str
    made_at: float
    within: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder, which has no state of its own."""
        return self.kind == FOLDER


class Registry(Protocol):
    """Remembers which documents the service holds. Durable on return; raises StoreUnavailable."""

    def load_now(self) -> Sequence[HubDocument]:
        """All, oldest first; blocks, for start-up."""

    async def put(self, document: HubDocument) -> None:
        """Add a document, or replace the one with its id."""

    async def close(self) -> None:
        """Let go of the database."""


@dataclass(frozen=True, slots=True)
class KnownNames:
    """Names that the Hub knows, as far as it tells us.

    Attributes:
        users: Usernames.
        groups: Names of groups.
        whole: Whether there are no others that match.
    """

    users: tuple[str, ...]
    groups: tuple[str, ...]
    whole: bool


class Hub(Protocol):
    """What the service asks the Hub. Every coroutine raises HubUnreachable when it does not answer."""

    async def identify(self, token: str) -> Identified | None:
        """Whose token this is, asked now; ``None``: nobody's (any more)."""

    async def groups_of(self, name: str) -> frozenset[str] | None:
        """The groups somebody is in, asked now; ``None`` when there is no such user (any more)."""

    async def groups_of_active(self) -> Mapping[str, frozenset[str]] | None:
        """Everybody whose server runs, with their groups, asked now in one list; ``None``: we may not know."""

    async def names(self, query: str, limit: int) -> KnownNames:
        """Users and groups whose name holds ``query``, at most ``limit`` of each."""


@dataclass(frozen=True, slots=True)
class Offered:
    """A document as the service tells one person about it.

    Attributes:
        id: Its id at the service.
        owner: Username of its owner.
        name: What its file is called.
        kind: How it is read.
        actions: What the person may do.
        within: Ids of shared folders it lies in, with its path in each.
    """

    id: str
    owner: str
    name: str
    kind: DocumentKind
    actions: frozenset[Action]
    within: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder."""
        return self.kind == FOLDER

    @staticmethod
    def read(told: Mapping[str, Any]) -> Offered:
        """A document as the service's JSON tells of it.

        Raises:
            KeyError, TypeError, ValueError: it cannot be read.
        """
        actions = told["mine"]["actions"]
        names = [told[name] for name in ("id", "owner", "name", "format", "type")]
        if not all(isinstance(name, str) for name in names):
            raise TypeError("a document's name is no text")
        return Offered(
            id=names[0],
            owner=names[1],
            name=names[2],
            kind=DocumentKind(names[3], names[4]),
            actions=frozenset(action for action in Action if action.value in actions),
            within={str(folder): str(path) for folder, path in dict(told["within"]).items()},
        )


@dataclass(frozen=True, slots=True)
class Remembered:
    """A document of somebody else, whether it may hold edits that the service has not got, and where its
    person put it.
    """

    offered: Offered
    waiting: bool
    placed: str = ""


class KnownStore(Protocol):
    """What a single-user server remembers of the documents of others. Small; may block for a moment."""

    def load(self) -> Sequence[Remembered]:
        """What was saved last; nothing when that cannot be read."""

    def save(self, documents: Sequence[Remembered]) -> None:
        """Remember these, whole or not at all. Does not raise: what is lost the service tells again."""


@dataclass(frozen=True, slots=True)
class Registered:
    """Where a document is held, and which history it has there."""

    id: str
    lineage: LineageId


class HubLine(Protocol):
    """One connection to the service. :meth:`send` never blocks and never raises for a service that has gone."""

    def send(self, message: bytes) -> None:
        """Queue one message; order is kept."""

    @property
    def backlog_bytes(self) -> int:
        """Bytes that wait to be sent."""

    async def receive(self) -> bytes | None:
        """The next message; ``None`` when the connection has ended."""

    async def close(self) -> None:
        """End it."""


class HubService(Protocol):
    """The service, as a single-user server reaches it with its own token.

    Every coroutine raises HubUnreachable when it cannot be reached or does not want us, and the errors of
    the desks (NotFound, AccessDenied, InvalidInput, …) as the service answers them.
    """

    async def connect(self) -> HubLine:
        """A new connection for federation."""

    async def register(
        self,
        kind: DocumentKind,
        file_id: FileId,
        name: str,
        lineage: LineageId,
        state: bytes,
        within: Mapping[str, str],
    ) -> Registered:
        """Hand over a document of this server; of one that is held there already nothing is changed.

        A folder has no state and any lineage. ``within`` names the shared folders it lies in, with its path in each.
        """

    async def offered(self) -> Sequence[Offered]:
        """What others share with this server's person."""


class HubShares(Protocol):
    """Shares at the service, in the name of this server's person; errors as :class:`HubService`."""

    async def give(self, document: str, subject: Subject, offer: Offer) -> Grant:
        """Share a document. Who already has a grant on it by name gets it replaced."""

    async def change(self, grant_id: GrantId, wish: Mapping[str, object]) -> Grant:
        """Change ``role``, ``may_run``, ``may_start`` or ``expires_at`` of a grant."""

    async def end(self, grant_id: GrantId) -> None:
        """Take a grant back."""

    async def remove(self, document: str, subject: Subject) -> list[Grant]:
        """End all grants that let one person into a document."""

    async def view(self, document: str) -> tuple[list[Grant], list[Presence], bool]:
        """The grants on a document, who is in it, and :attr:`.desks.ShareView.starts`."""

    async def kept(self) -> Mapping[str, list[Grant]]:
        """The documents whose file is at this server, with the grants on them."""

    async def files(self) -> Mapping[str, FileId]:
        """The documents whose file is at this server, and which file that is."""

    async def names(self, query: str) -> KnownNames:
        """Users and groups of the Hub whose name holds ``query``."""
