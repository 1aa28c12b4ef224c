"""Who may still run code: asked again before each start, also for people who have left (RUN-34)."""

from __future__ import annotations

from jupyter_tandem.ports.reception import Grants
from jupyter_tandem.types import SessionId


class Vouchers:
    """Remembers by whose word a session, and then a run, is allowed."""

    def __init__(self) -> None:
        """Nobody is here."""
        self._sessions: dict[SessionId, Grants] = {}

    def arrived(self, session: SessionId, grants: Grants) -> None:
        """A connection was let in by the word of ``grants``."""
        self._sessions[session] = grants

    def left(self, session: SessionId) -> None:
        """The connection has ended; what was asked over it keeps its word."""
        self._sessions.pop(session, None)

    def of(self, session: SessionId) -> Grants | None:
        """By whose word the session is here; ``None`` for one that needs none."""
        return self._sessions.get(session)
