"""The people in a room: sessions, their client ids, awareness. Shared by rooms and the lobby."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from jupyter_tandem.core.awareness import AwarenessBook
from jupyter_tandem.core.client_ids import ClientRegistry
from jupyter_tandem.core.effects import Close, Effect, Fanout, Presence, Send
from jupyter_tandem.core.inputs import Dialect, Join
from jupyter_tandem.core.session import Session
from jupyter_tandem.errors import ProtocolError, TandemError
from jupyter_tandem.protocol.frames import Awareness, AwarenessState, encode
from jupyter_tandem.protocol.limits import Limits
from jupyter_tandem.types import Action, ClientId, SessionId, User

KEEPALIVE_S: Final = 15.0
"""Stock clients close a connection on which they hear nothing for 30 s."""

_CAME_BACK: Final = "You are connected again; this connection seemed to be broken."

_KEEPALIVE_FRAME: Final = encode(Awareness(()))


class Gathering:
    """Who is here. Knows nothing of documents.

    Attributes:
        sessions: Everybody who is here.
        deaf: Those who have not asked yet for what they lack: edits sent to them would build on ones they do
            not have, and CRDT libraries that keep such edits for later have been seen to damage documents.
        clients: Whose client id is whose.
    """

    def __init__(self, limits: Limits) -> None:
        """Start with nobody."""
        self.sessions: dict[SessionId, Session] = {}
        self.deaf: frozenset[SessionId] = frozenset()
        self.clients = ClientRegistry(limits.client_ids)
        self._awareness = AwarenessBook(self.clients)
        self._news: dict[SessionId, dict[int, AwarenessState]] = {}
        self._kept_alive_at = 0.0

    def join(self, event: Join) -> list[Effect]:
        """Add a session; it is not told anything yet."""
        named = event.lineage is not None or event.dialect is Dialect.TANDEM
        session = Session(
            event.session, event.user, event.rights, event.dialect, named, voice=event.voice
        )
        self.sessions[event.session] = session
        self.deaf |= {event.session}
        return [Presence(event.user, "join")] if event.voice.somebody else []

    def listens(self, session: Session) -> None:
        """From now on the session gets edits: it is being told what it lacked until now."""
        if session.id in self.deaf:
            self.deaf -= {session.id}

    def introduce(self, session: Session) -> list[Effect]:
        """Tell a newcomer who is here (WIRE-7)."""
        states = self.awareness_states()
        return [Send(session.id, encode(Awareness(states)))] if states else []

    def awareness_states(self) -> tuple[AwarenessState, ...]:
        """Everybody's present state."""
        return self._awareness.states()

    def author(self, session: Session, writers: frozenset[ClientId]) -> User | None:
        """The one person elsewhere for whom ``session`` speaks and whose client ids these are (RUN-38)."""
        if not writers or not writers <= self.clients.owned(session.id):
            return None
        found = [self._awareness.person(client) for client in writers]
        return found[0] if len({user and user.username for user in found}) == 1 else None

    def leave(self, session_id: SessionId) -> list[Effect]:
        """Remove a session, if it is still here, and tell the others."""
        session = self.sessions.pop(session_id, None)
        if session is None:
            return []
        self.deaf -= {session_id}
        self._news.pop(session_id, None)
        gone = self._awareness.drop(self.clients.release(session_id))
        parting = [Presence(session.user, "leave")] if session.voice.somebody else []
        return [*self._tell(gone, None), *parting]

    def refuse(self, session: Session, error: TandemError) -> list[Effect]:
        """End a session because of something it did."""
        strike = isinstance(error, ProtocolError) and not error.retryable
        close = Close(session.id, error.close_code, str(error), strike)
        return [*self._displaced(), *self.leave(session.id), close]

    def end_superseded(self) -> list[Effect]:
        """End sessions whose person has come back over another connection; forget what lookers-on said of a client id
        with which somebody edits.
        """
        effects = self._displaced()
        for session_id in self.clients.take_superseded():
            effects += [*self.leave(session_id), Close(session_id, 4408, _CAME_BACK, strike=False)]
        return effects

    def _displaced(self) -> list[Effect]:
        displaced = self.clients.take_displaced()
        for client in displaced:
            for states in self._news.values():
                states.pop(client, None)
        return self._tell(self._awareness.drop(displaced), None)

    def hear(self, session: Session, message: Awareness, now: float) -> list[Effect]:
        """Take a session's awareness frame; the others are told with :meth:`tell_news`.

        Raises:
            ProtocolError: the frame is not what it should be; nothing was changed by the offending state.
        """
        writes = session.rights.allow(Action.WRITE)
        if session.voice.many:
            news = self._awareness.relay(
                session.id, session.user, session.voice, message.states, now, writes=writes
            )
            self._note(session, news)
            return []
        repeats = session.dialect is Dialect.STOCK
        news = self._awareness.receive(
            session.id, session.user, message.states, now, writes=writes, repeats=repeats
        )
        ended = self.end_superseded()
        self._note(session, news)
        return ended

    def tell_news(self) -> list[Effect]:
        """Tell the others what was heard in this turn: the last state of each client, one frame a session."""
        if not self._news:
            return []
        told, self._news = self._news, {}
        effects: list[Effect] = []
        for session_id, states in told.items():
            effects += self._tell(tuple(states.values()), session_id)
        return effects

    def tick(self, now: float) -> list[Effect]:
        """Drop presence that was not renewed; keep stock connections alive."""
        effects = self._tell(self._awareness.expire(now), None)
        if now - self._kept_alive_at >= KEEPALIVE_S:
            self._kept_alive_at = now
            effects += [
                Send(s.id, _KEEPALIVE_FRAME)
                for s in self.sessions.values()
                if s.dialect is Dialect.STOCK
            ]
        return effects

    def speaking(self, dialect: Dialect) -> Iterable[Session]:
        """Sessions whose front end speaks ``dialect``."""
        return [s for s in self.sessions.values() if s.dialect is dialect]

    def _note(self, session: Session, news: Iterable[AwarenessState]) -> None:
        for state in news:
            self._news.setdefault(session.id, {})[state.client] = state

    def _tell(self, states: tuple[AwarenessState, ...], but: SessionId | None) -> list[Effect]:
        return [Fanout(encode(Awareness(states)), but)] if states and self.sessions else []
