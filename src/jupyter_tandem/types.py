"""Names that every layer shares: identifiers, actions, roles, people."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NewType

DocumentId = NewType("DocumentId", str)
"""Stable id of a document, ``format:type:file id``. It survives rename and move of the file."""

FileId = NewType("FileId", str)
"""Stable id of a file, given by the server's file id service."""

LineageId = NewType("LineageId", str)
"""Names one CRDT history. Updates of different lineages must never be merged as CRDTs."""

SessionId = NewType("SessionId", int)
"""Number of one connection's life in a room, unique within the process."""

ClientId = NewType("ClientId", int)
"""A Yjs client id (below 2**53); one session may own several, one id belongs to one session."""


class Action(str, enum.Enum):
    """What somebody may be allowed to do to a document."""

    READ = "read"
    COMMENT = "comment"
    SUGGEST = "suggest"
    WRITE = "write"
    MANAGE = "manage"
    RUN = "run"


class Role(str, enum.Enum):
    """What somebody is to a document; running code is a right of its own beside the role."""

    VIEWER = "viewer"
    COMMENTER = "commenter"
    SUGGESTER = "suggester"
    EDITOR = "editor"
    MANAGER = "manager"


ROLE_ACTIONS: Mapping[Role, frozenset[Action]] = {
    Role.VIEWER: frozenset({Action.READ}),
    Role.COMMENTER: frozenset({Action.READ, Action.COMMENT}),
    Role.SUGGESTER: frozenset({Action.READ, Action.COMMENT, Action.SUGGEST}),
    Role.EDITOR: frozenset({Action.READ, Action.COMMENT, Action.SUGGEST, Action.WRITE}),
    Role.MANAGER: frozenset(
        {Action.READ, Action.COMMENT, Action.SUGGEST, Action.WRITE, Action.MANAGE}
    ),
}


@dataclass(frozen=True, slots=True)
class User:
    """An authenticated person, as the server knows them.

    Attributes:
        username: Unique within the server; what the journal records as author.
        name: Full name.
        display_name: What others see.
        initials: One or two letters for the avatar.
        color: ``#rrggbb`` or a JupyterLab collaborator variable; ``None`` lets the client choose.
        avatar_url: Picture, or ``None``.
    """

    username: str
    name: str
    display_name: str
    initials: str
    color: str | None = None
    avatar_url: str | None = None


@dataclass(frozen=True, slots=True)
class DocumentKind:
    """How a document's file is read: the two words of a stock room id.

    Attributes:
        format: ``json``, ``text`` or ``base64``, as the Contents API means it.
        type: ``notebook``, ``file`` or a type registered by another package (``jupyter_ydoc``).
    """

    format: str
    type: str


@dataclass(frozen=True, slots=True)
class Address:
    """Which file, read as what. One file has at most one live room, whatever the kind."""

    kind: DocumentKind
    file_id: FileId

    @property
    def document_id(self) -> DocumentId:
        """The document this address stands for; the stock protocol's room id."""
        return DocumentId(f"{self.kind.format}:{self.kind.type}:{self.file_id}")

    @staticmethod
    def parse(document_id: str) -> Address:
        """Read a room id.

        Raises:
            ValueError: it is none.
        """
        parts = document_id.split(":", 2)
        if len(parts) != 3 or not all(parts):
            raise ValueError(f"{document_id!r} is no room id")
        return Address(DocumentKind(parts[0], parts[1]), FileId(parts[2]))


@dataclass(frozen=True, slots=True)
class Rights:
    """What one session may do now.

    Attributes:
        role: The role it follows from, as told to the person.
        actions: The actions that are allowed.
    """

    role: Role
    actions: frozenset[Action]

    @staticmethod
    def of(role: Role, *, may_run: bool = False) -> Rights:
        """The rights of ``role``, with running code added when ``may_run``."""
        actions = ROLE_ACTIONS[role]
        return Rights(role, actions | {Action.RUN} if may_run else actions)

    def allow(self, action: Action) -> bool:
        """Whether ``action`` is allowed."""
        return action in self.actions


class Voice(enum.Enum):
    """For whom a connection speaks, as far as the room believes it (docs/spec/hub.md).

    PERSON: for the one person behind it. SERVER: for whoever is at one person's server; that person is
    taken at its word, others are marked as its visitors. AGENT: as SERVER, for the server that keeps the
    document's file; it is always there. HUB: for everybody elsewhere on the Hub, under the names it tells.
    """

    PERSON = "person"
    SERVER = "server"
    AGENT = "agent"
    HUB = "hub"

    @property
    def many(self) -> bool:
        """Whether more than one person may speak through it."""
        return self is not Voice.PERSON

    @property
    def somebody(self) -> bool:
        """Whether the connection being there means that somebody is."""
        return self in {Voice.PERSON, Voice.SERVER}
