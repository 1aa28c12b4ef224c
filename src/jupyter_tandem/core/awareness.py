"""Awareness kept by the room: who is here, with the server's word for who they are.

The states and their clocks are those of y-protocols' awareness. Nothing here reads a clock: ``now`` is
monotonic seconds, handed in.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from jupyter_tandem.core.client_ids import REMEMBERED_OWNERS, ClientRegistry
from jupyter_tandem.core.naming import looks_on, named_state, told_user
from jupyter_tandem.protocol.frames import AwarenessState
from jupyter_tandem.types import ClientId, SessionId, User, Voice

EXPIRY_S: Final = 45.0
"""A state that was not renewed for so long is dropped. Clients renew every 15 s; presence of somebody who
vanished must be gone within 60 s (the engine ticks every 5 s)."""

HIGHEST_CLOCK: Final = 2**52
"""Of what a client says its clock is. The room counts on from there, and front ends read nothing above 2**53 - 1."""


@dataclass(slots=True)
class _State:
    heard_clock: int
    told_clock: int
    json: str
    renewed_at: float


class AwarenessBook:
    """All awareness states of one room.

    The clocks others are told are the room's own: a client that returns after its state was dropped starts with
    an old clock, which the others would ignore.
    """

    def __init__(self, clients: ClientRegistry) -> None:
        """Keep states for the ids in ``clients``."""
        self._clients = clients
        self._states: dict[ClientId, _State] = {}
        self._told: OrderedDict[ClientId, int] = OrderedDict()

    def __len__(self) -> int:
        """How many clients have a state."""
        return len(self._states)

    def states(self) -> tuple[AwarenessState, ...]:
        """The present states, for a newcomer."""
        return tuple(
            AwarenessState(client, state.told_clock, state.json)
            for client, state in self._states.items()
        )

    def person(self, client: ClientId) -> User | None:
        """Who a client is, as others are told; ``None`` for one without a state."""
        state = self._states.get(client)
        return None if state is None else told_user(state.json)

    def receive(
        self,
        session: SessionId,
        user: User,
        states: Iterable[AwarenessState],
        now: float,
        *,
        writes: bool,
        repeats: bool = True,
    ) -> tuple[AwarenessState, ...]:
        """Take a session's frame; return what the others should be told.

        ``writes`` says whether the session's person may edit: only then is an id theirs to edit with.

        States of other sessions' clients are ignored without complaint: stock clients repeat to the server
        what the server told them (``repeats``). From a client that does not, a state of its person's earlier
        session means that it has come back, and that session is superseded.

        Raises:
            MalformedFrame: a state is no JSON object.
            LimitExceeded: the session claims too many client ids.
        """
        news: list[AwarenessState] = []
        for state in states:
            client = ClientId(state.client)
            gone = state.json == "null"
            if not self._speaks_for(client, session, user, writes, gone=gone, repeats=repeats):
                continue
            if state.json == "null":
                news.extend(self.drop((client,)))
            else:
                news.extend(self._accept(client, state, user, now, writes=writes))
        return tuple(news)

    def relay(
        self,
        session: SessionId,
        user: User,
        voice: Voice,
        states: Iterable[AwarenessState],
        now: float,
        *,
        writes: bool,
    ) -> tuple[AwarenessState, ...]:
        """As :meth:`receive`, from a session that speaks for many: of people who are live elsewhere it has
        nothing to say.

        Raises:
            MalformedFrame, LimitExceeded: as :meth:`receive`.
        """
        news: list[AwarenessState] = []
        for state in states:
            client = ClientId(state.client)
            if state.json != "null":
                if self._binds(client, session, user, state.json, writes=writes):
                    news.extend(self._accept(client, state, user, now, voice, writes=writes))
            elif client in self._clients.owned(session):
                news.extend(self.drop((client,)))
                self._clients.unbind(client, session)
        return tuple(news)

    def _binds(
        self, client: ClientId, session: SessionId, user: User, text: str, *, writes: bool
    ) -> bool:
        if client in self._clients.owned(session) and not self._clients.loose(client):
            return True
        loose = not writes or looks_on(text)
        return self._clients.bind(client, session, user, loose=loose)

    def drop(self, clients: Iterable[ClientId]) -> tuple[AwarenessState, ...]:
        """Forget clients that have gone; return the states that tell the others."""
        return tuple(
            AwarenessState(client, self._tick(client), "null")
            for client in clients
            if self._states.pop(client, None) is not None
        )

    def expire(self, now: float) -> tuple[AwarenessState, ...]:
        """Drop states that were not renewed for :data:`EXPIRY_S`."""
        late = [c for c, s in self._states.items() if now - s.renewed_at > EXPIRY_S]
        return self.drop(late)

    def _speaks_for(
        self,
        client: ClientId,
        session: SessionId,
        user: User,
        writes: bool,
        *,
        gone: bool,
        repeats: bool,
    ) -> bool:
        owned = self._clients.owned(session)
        if client in owned:
            return True
        if gone:
            return False
        if not repeats and self._clients.may_take_over(client, session, user):
            self._clients.claim(client, session, user, loose=not writes)
            return True
        if self._clients.known(client) and (
            owned or not self._clients.may_claim(client, session, user)
        ):
            return False
        self._clients.claim(client, session, user, loose=not writes)
        return True

    def _accept(
        self,
        client: ClientId,
        state: AwarenessState,
        user: User,
        now: float,
        voice: Voice = Voice.PERSON,
        *,
        writes: bool,
    ) -> tuple[AwarenessState, ...]:
        known = self._states.get(client)
        if known is not None and state.clock <= known.heard_clock:
            known.renewed_at = now
            return ()
        text = named_state(state.json, user, voice, writes=writes)
        told = self._tick(client, state.clock)
        self._states[client] = _State(state.clock, told, text, now)
        return (AwarenessState(client, told, text),)

    def _tick(self, client: ClientId, at_least: int = 0) -> int:
        told = max(self._told.get(client, -1) + 1, min(at_least, HIGHEST_CLOCK))
        self._told[client] = told
        self._told.move_to_end(client)
        if len(self._told) > REMEMBERED_OWNERS:
            self._told.popitem(last=False)
        return told
