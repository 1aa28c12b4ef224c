"""A lobby for one: front ends expect one, and guests must not learn who else is on the server."""

from __future__ import annotations

from jupyter_tandem.core.access import effective_rights
from jupyter_tandem.core.inputs import Dialect
from jupyter_tandem.engine.live_lobby import LiveLobby
from jupyter_tandem.errors import AccessDenied, NotFound
from jupyter_tandem.ports.channel import Channel
from jupyter_tandem.ports.clock import Clock
from jupyter_tandem.ports.reception import Call, Invitation, Reception, Visitor
from jupyter_tandem.protocol.limits import Limits
from jupyter_tandem.types import Address, DocumentKind, SessionId, User


class _Seat:
    """Somebody's place in a lobby of their own."""

    def __init__(self, lobby: LiveLobby, session: SessionId) -> None:
        self._lobby = lobby
        self._session = session

    def receive(self, frame: bytes, *, alone: bool = False) -> None:
        """See :class:`jupyter_tandem.ports.reception.Seat`."""
        self._lobby.receive(self._session, frame, alone=alone)

    def leave(self) -> None:
        """See :class:`jupyter_tandem.ports.reception.Seat`."""
        self._lobby.leave(self._session)


class QuietLobby:
    """A :class:`~jupyter_tandem.ports.reception.Reception` that knows no documents."""

    def __init__(self, door: Reception, limits: Limits, clock: Clock) -> None:
        """Tell ``door`` of broken frames."""
        self._door = door
        self._limits = limits
        self._clock = clock

    async def invite(self, path: str, kind: DocumentKind, visitor: Visitor) -> Invitation:  # noqa: ARG002
        """There are no documents here."""
        raise NotFound(f"There is no document {path!r} of type {kind.type} here.")

    async def enter(self, call: Call, channel: Channel) -> _Seat:
        """Give the connection a lobby of its own.

        Raises:
            AccessDenied: nothing is shared with the person.
        """
        rights = effective_rights(await call.grants.actions())
        if rights is None:
            raise AccessDenied("Nothing is shared with you at the moment.")
        lobby = LiveLobby(self._limits, self._clock, _Deaf())
        return _Seat(lobby, lobby.join(call.visitor.user, rights, Dialect.STOCK, channel))

    def strike(self, visitor: Visitor) -> None:
        """See :class:`jupyter_tandem.ports.reception.Reception`."""
        self._door.strike(visitor)


class _Deaf:
    """Nobody needs to hear who waits alone."""

    def presence(self, address: Address, user: User, action: str) -> None:
        """Nothing."""

    def room(self, address: Address, action: str, message: str) -> None:
        """Nothing."""

    def struck(self, channel: Channel) -> None:
        """Nothing: the lobby closes the connection itself."""
