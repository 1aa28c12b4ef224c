"""One connection's life in a room: its state machine, as a table, and what each message needs."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, get_args

from jupyter_tandem.core.inputs import Dialect
from jupyter_tandem.protocol.frames import (
    Awareness,
    ClientMessage,
    MergeRequest,
    Ping,
    RunCommand,
    SaveRequest,
    SyncStep1,
    SyncStep2,
    Update,
)
from jupyter_tandem.protocol.keystroke import Typing
from jupyter_tandem.types import Action, Rights, SessionId, User, Voice


class Phase(enum.Enum):
    """Where a session stands.

    JOINED: it was greeted; the server does not know yet what it has.
    SYNCED: its SyncStep2 has arrived: it has handed over all it had.
    """

    JOINED = "joined"
    SYNCED = "synced"


REQUIRED_ACTION: Final[Mapping[type[ClientMessage], Action]] = {
    SyncStep1: Action.READ,
    SyncStep2: Action.WRITE,
    Update: Action.WRITE,
    Awareness: Action.READ,
    SaveRequest: Action.WRITE,
    MergeRequest: Action.WRITE,
    Ping: Action.READ,
    RunCommand: Action.RUN,
}
"""The right every message of a client needs (WIRE-9, ACCESS-1)."""

NEXT_PHASE: Final[Mapping[tuple[Phase, type[ClientMessage]], Phase]] = {
    (Phase.JOINED, SyncStep1): Phase.JOINED,
    (Phase.JOINED, SyncStep2): Phase.SYNCED,
    # Stock clients may send an edit before they answered the server's SyncStep1.
    (Phase.JOINED, Update): Phase.JOINED,
    (Phase.JOINED, Awareness): Phase.JOINED,
    (Phase.JOINED, SaveRequest): Phase.JOINED,
    (Phase.JOINED, MergeRequest): Phase.JOINED,
    (Phase.JOINED, Ping): Phase.JOINED,
    (Phase.JOINED, RunCommand): Phase.JOINED,
    (Phase.SYNCED, SyncStep1): Phase.SYNCED,
    (Phase.SYNCED, SyncStep2): Phase.SYNCED,
    (Phase.SYNCED, Update): Phase.SYNCED,
    (Phase.SYNCED, Awareness): Phase.SYNCED,
    (Phase.SYNCED, SaveRequest): Phase.SYNCED,
    (Phase.SYNCED, Ping): Phase.SYNCED,
    (Phase.SYNCED, RunCommand): Phase.SYNCED,
}
"""What may follow what. A pair that is missing is refused: a session that has merged its history into this
lineage's has no other history to bring."""


def undeclared_messages() -> list[str]:
    """Kinds of client messages without a declared right; start-up fails unless this is empty."""
    return [cls.__name__ for cls in get_args(ClientMessage) if cls not in REQUIRED_ACTION]


@dataclass(slots=True)
class Session:
    """What a room knows of one connection.

    Attributes:
        named_lineage: Whether it said which history it goes on with; a Tandem session compares for itself.
        received: SyncStep2 and Update frames that were taken so far.
        acknowledged: How many of them it was told are durable.
        refusal_told: Whether it was told that it may not write.
        voice: For whom it speaks.
        typing: Where its person types, if what is typed on may go the short way (:mod:`.fast_path`).
    """

    id: SessionId
    user: User
    rights: Rights
    dialect: Dialect
    named_lineage: bool = True
    phase: Phase = Phase.JOINED
    received: int = 0
    acknowledged: int = 0
    refusal_told: bool = False
    voice: Voice = Voice.PERSON
    typing: Typing | None = None
