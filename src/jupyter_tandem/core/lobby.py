"""The room without a document: stock front ends meet in it to learn who is on the server."""

from __future__ import annotations

from typing import Final

from jupyter_tandem.core.effects import Effect, Send
from jupyter_tandem.core.gathering import Gathering
from jupyter_tandem.core.inputs import Join, Leave, Tick, Turn
from jupyter_tandem.errors import ProtocolError
from jupyter_tandem.protocol.frames import (
    Awareness,
    Ping,
    Pong,
    SyncStep1,
    SyncStep2,
    decode_client,
)
from jupyter_tandem.protocol.frames import encode as encode_frame
from jupyter_tandem.protocol.limits import Limits
from jupyter_tandem.types import SessionId

_NOTHING: Final = encode_frame(SyncStep2(b"\x00\x00"))


class Lobby:
    """Awareness only; edits have no effect."""

    def __init__(self, limits: Limits) -> None:
        """Start with nobody."""
        self._limits = limits
        self._people = Gathering(limits)

    @property
    def empty(self) -> bool:
        """Whether nobody is here."""
        return not self._people.sessions

    def handle(self, event: Join | Turn | Leave | Tick, now: float) -> list[Effect]:
        """Decide. ``now`` is monotonic seconds."""
        match event:
            case Join():
                effects = self._people.join(event)
                return effects + self._people.introduce(self._people.sessions[event.session])
            case Leave(session):
                return self._people.leave(session)
            case Tick():
                return self._people.tick(now)
            case Turn(frames):
                effects = []
                for session_id, frame in frames:
                    effects += self._receive(session_id, frame, now)
                return effects + self._people.tell_news()

    def _receive(self, session_id: SessionId, frame: bytes, now: float) -> list[Effect]:
        session = self._people.sessions.get(session_id)
        if session is None:
            return []
        try:
            match decode_client(frame, self._limits):
                case Awareness() as message:
                    return self._people.hear(session, message, now)
                case SyncStep1():
                    return [Send(session_id, _NOTHING)]
                case Ping():
                    return [Send(session_id, encode_frame(Pong()))]
                case _:
                    return []
        except ProtocolError as error:
            return self._people.refuse(session, error)
