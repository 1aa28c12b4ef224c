"""What can happen to a room. Time comes as an argument of ``handle``, never from a clock."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any, TypeAlias

from jupyter_tandem.types import LineageId, Rights, SessionId, User, Voice


class Dialect(enum.Enum):
    """Which front end speaks."""

    STOCK = "stock"
    TANDEM = "tandem"


@dataclass(frozen=True, slots=True)
class Join:
    """An authenticated connection arrived. ``lineage`` is what it believes the document's to be."""

    session: SessionId
    user: User
    rights: Rights
    dialect: Dialect
    lineage: LineageId | None
    voice: Voice = Voice.PERSON


@dataclass(frozen=True, slots=True)
class Turn:
    """All frames that arrived in one turn of the event loop, in order of arrival."""

    frames: tuple[tuple[SessionId, bytes], ...]


@dataclass(frozen=True, slots=True)
class Leave:
    """A connection ended."""

    session: SessionId


@dataclass(frozen=True, slots=True)
class RightsChanged:
    """A session may do more or less from now on; without READ it is closed."""

    session: SessionId
    rights: Rights
    reason: str


@dataclass(frozen=True, slots=True)
class Durable:
    """Everything up to ``sequence`` is in the journal for good."""

    sequence: int


@dataclass(frozen=True, slots=True)
class JournalFailed:
    """Nothing can be made durable at the moment. A later :class:`Durable` ends it."""

    reason: str


@dataclass(frozen=True, slots=True)
class WholeWanted:
    """Somebody is about to ask for all of a document, or for what :meth:`.room.Room.mentions` tells: have it at hand."""


@dataclass(frozen=True, slots=True)
class Recalled:
    """The answer to :class:`jupyter_tandem.core.effects.Recall`.

    Attributes:
        sequence: The answer holds everything up to here.
        answer: The whole document as an encoded :class:`jupyter_tandem.protocol.frames.SyncStep2`; ``None`` where it
            cannot be had.
    """

    sequence: int
    answer: bytes | None


@dataclass(frozen=True, slots=True)
class Incorporate:
    """An update made by the server itself: merged from disk, restored, written by a run.

    Attributes:
        update: A Yjs update built on this document's lineage.
        author: ``username`` it is recorded under, ``""`` for the server.
        cause: As in :class:`jupyter_tandem.ports.store.Entry`.
    """

    update: bytes
    author: str
    cause: str


@dataclass(frozen=True, slots=True)
class Written:
    """The server itself has just changed the room's document.

    Attributes:
        update: What changed.
        author: ``username`` it is recorded under.
        cause: As in :class:`jupyter_tandem.ports.store.Entry`; ``state`` means that the content is the same.
    """

    update: bytes
    author: str
    cause: str


@dataclass(frozen=True, slots=True)
class FileReport:
    """How document and file stand to each other.

    Attributes:
        state: ``in_file``, ``pending``, ``read_only``, ``missing``, ``unreadable`` or ``failed``.
        saved_at: Unix seconds of the last write or read, for display, or ``None``.
        reason: A sentence for the person, or ``""``.
        path: Where the file is, or ``""``.
        file_hash: sha256 as the Contents API tells it, or ``""``.
        shown_path: Where this server's people find it, where that is no path that everybody shares.
    """

    state: str
    saved_at: float | None
    reason: str
    path: str
    file_hash: str
    shown_path: str = ""

    @property
    def shared(self) -> dict[str, Any]:
        """What of it is kept in the document's ``state`` map, where stock front ends look for it."""
        values: dict[str, Any] = {"dirty": False}
        if self.path:
            values["path"] = self.path
        if self.file_hash:
            values["hash"] = self.file_hash
        return values


@dataclass(frozen=True, slots=True)
class SaveAnswered:
    """What became of a session's save request: ``success``, ``skipped`` or ``failed``."""

    session: SessionId
    number: int
    status: str


@dataclass(frozen=True, slots=True)
class MergeAnswered:
    """What became of a session's merge request."""

    session: SessionId
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class RunAnswered:
    """What became of a session's run command."""

    session: SessionId
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Posted:
    """News of the kernel and of runs, for everybody.

    Attributes:
        body: Of an Execution frame; with ``full`` what was posted before counts no more.
        forgotten: Runs that newcomers need not be told of any more.
    """

    body: dict[str, Any]
    forgotten: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """A notice for everybody in the room."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed; sent every few seconds while somebody is here."""


Input: TypeAlias = (
    Join
    | Turn
    | Leave
    | RightsChanged
    | Durable
    | JournalFailed
    | Recalled
    | WholeWanted
    | Incorporate
    | Written
    | FileReport
    | SaveAnswered
    | MergeAnswered
    | RunAnswered
    | Posted
    | Told
    | Tick
)
