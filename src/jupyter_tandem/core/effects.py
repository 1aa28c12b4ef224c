"""What a room wants done. The engine carries effects out in the order given.

Those of every keystroke are tuples, which are made in a third of the time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from jupyter_tandem.protocol.execution import Command
from jupyter_tandem.types import SessionId, User


class Send(NamedTuple):
    """Send one frame to one session."""

    session: SessionId
    frame: bytes


class Fanout(NamedTuple):
    """Send one frame to every session but ``but`` and ``deaf``; the bytes are shared, never copied."""

    frame: bytes
    but: SessionId | None
    deaf: frozenset[SessionId] = frozenset()


class Append(NamedTuple):
    """Put an entry into the journal; sequences are handed out in order, without gaps."""

    sequence: int
    author: str
    at: float
    cause: str
    update: bytes


@dataclass(frozen=True, slots=True)
class Close:
    """Close a session's connection. The room has forgotten the session already.

    Attributes:
        strike: Whether it counts against the peer (three strikes block it for a while).
    """

    session: SessionId
    code: int
    reason: str
    strike: bool


@dataclass(frozen=True, slots=True)
class SaveRequested:
    """Somebody asks for the file to be written now; answer with ``SaveAnswered``."""

    session: SessionId
    number: int


@dataclass(frozen=True, slots=True)
class MergeRequested:
    """Somebody brings edits of another lineage; answer with ``MergeAnswered``."""

    session: SessionId
    user: User
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Commanded:
    """Somebody who may run code wants something done with the kernel; answer with ``RunAnswered``."""

    session: SessionId
    user: User
    command: Command


@dataclass(frozen=True, slots=True)
class SourcesChanged:
    """``user`` has changed the sources of cells, by id, while others want to know that."""

    user: User
    cells: frozenset[str]


@dataclass(frozen=True, slots=True)
class Recall:
    """Somebody waits for the whole of a large document; answer with ``Recalled``."""


@dataclass(frozen=True, slots=True)
class Rebuild:
    """The document in memory can no longer be trusted: rebuild it from the journal."""

    reason: str


@dataclass(frozen=True, slots=True)
class Presence:
    """Somebody came or went, for the event log: ``action`` is ``join`` or ``leave``."""

    user: User
    action: str


Effect: TypeAlias = (
    Send
    | Fanout
    | Append
    | Close
    | SaveRequested
    | MergeRequested
    | Commanded
    | SourcesChanged
    | Recall
    | Rebuild
    | Presence
)
