"""Which of a session's frames are durable: cumulative counts, told once (WIRE-6)."""

from __future__ import annotations

from collections import deque

from jupyter_tandem.core.effects import Effect, Send
from jupyter_tandem.core.inputs import Dialect
from jupyter_tandem.core.session import Session
from jupyter_tandem.protocol.frames import Acknowledgement, encode
from jupyter_tandem.types import SessionId


class Acknowledgements:
    """Remembers which sequence has to be durable before which count may be told."""

    def __init__(self, sessions: dict[SessionId, Session]) -> None:
        """Tell the sessions in ``sessions``, which their room adds to and removes from."""
        self._sessions = sessions
        self._waiting: deque[tuple[int, SessionId, int]] = deque()

    def expect(self, session: Session, sequence: int, durable: int) -> list[Effect]:
        """The session's frames so far are durable when ``sequence`` is; tell at once when it is already."""
        if session.dialect is Dialect.STOCK:
            return []
        self._waiting.append((sequence, session.id, session.received))
        return self.due(durable) if sequence <= durable else []

    def due(self, durable: int) -> list[Effect]:
        """What may be told now that everything up to ``durable`` is on disk: one frame a session."""
        counts: dict[SessionId, int] = {}
        while self._waiting and self._waiting[0][0] <= durable:
            _, session_id, count = self._waiting.popleft()
            counts[session_id] = count
        effects: list[Effect] = []
        for session_id, count in counts.items():
            session = self._sessions.get(session_id)
            if session is not None and count > session.acknowledged:
                session.acknowledged = count
                effects.append(Send(session_id, encode(Acknowledgement(count))))
        return effects
