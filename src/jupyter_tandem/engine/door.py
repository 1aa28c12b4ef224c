"""The one door: who may enter what, with which rights, for how long (docs/spec/access.md)."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Final

from jupyter_tandem.core.access import effective_rights
from jupyter_tandem.core.inputs import Dialect
from jupyter_tandem.engine.annex import Annex
from jupyter_tandem.engine.execution.vouchers import Vouchers
from jupyter_tandem.engine.guestbook import Guestbook
from jupyter_tandem.engine.house import Landlord, open_room
from jupyter_tandem.engine.live_lobby import LOBBY, LiveLobby
from jupyter_tandem.engine.live_room import LiveRoom
from jupyter_tandem.engine.room_partners import BigOutputs
from jupyter_tandem.errors import AccessDenied, NotFound, StoreUnavailable
from jupyter_tandem.ports.channel import Channel
from jupyter_tandem.ports.files import Files
from jupyter_tandem.ports.reception import Call, Invitation, Visitor
from jupyter_tandem.ports.store import Journal
from jupyter_tandem.types import Address, DocumentKind, Rights, Role, SessionId

_log = logging.getLogger(__name__)

RECHECK_S: Final = 3.0
"""How often the host is asked whether those who are here still may be. Asking 1,000 takes some 2 ms."""

_ASKED_AT_ONCE: Final = 200
"""Connections whose rights are asked for in one turn of the loop: a few milliseconds, where something is shared."""

_NOTHING: Final = Rights(Role.VIEWER, frozenset())
_DENIED: Final = "You may not open this document."


class _Seat:
    """A connection's place in a document, a fork or the lobby."""

    __slots__ = ("_leave", "_receive", "_session", "call", "channel", "rights", "set_rights")

    def __init__(
        self,
        call: Call,
        channel: Channel,
        rights: Rights,
        place: LiveRoom | LiveLobby,
        session: SessionId,
        set_rights: Callable[[Rights], None],
        leave: Callable[[_Seat], None],
    ) -> None:
        self.call = call
        self.channel = channel
        self.rights = rights
        self._receive = place.receive
        self._session = session
        self.set_rights = set_rights
        self._leave = leave

    def receive(self, frame: bytes, *, alone: bool = False) -> None:
        """See the port."""
        self._receive(self._session, frame, alone=alone)

    def leave(self) -> None:
        """The connection has ended."""
        self._leave(self)


class Door:
    """Lets connections in and looks after their rights while they stay."""

    def __init__(
        self,
        *,
        landlord: Landlord,
        lobby: LiveLobby,
        annex: Annex,
        guestbook: Guestbook,
        files: Files,
        journal: Journal,
        vouchers: Vouchers | None = None,
        recheck_s: float = RECHECK_S,
    ) -> None:
        """A door to the landlord's documents, the lobby and the annex; ``vouchers`` hears by whose word."""
        self._landlord = landlord
        self._lobby = lobby
        self._annex = annex
        self._guestbook = guestbook
        self._files = files
        self._journal = journal
        self._vouchers = vouchers or Vouchers()
        self._recheck_s = recheck_s
        self._seats: set[_Seat] = set()
        self._rechecker: asyncio.Task[None] | None = None

    # -- Reception -----------------------------------------------------------

    async def invite(
        self, path: str, kind: DocumentKind, visitor: Visitor | None = None  # noqa: ARG002
    ) -> Invitation:  # fmt: skip
        """See :class:`jupyter_tandem.ports.reception.Reception`. Whoever asks is told the same."""
        address = Address(kind, await self._files.identify(path))
        known = await self._journal.head(address.document_id) is not None
        house = await self._landlord.house()
        return Invitation(address, await house.lineage(address), known)

    async def enter(self, call: Call, channel: Channel) -> _Seat:
        """See :class:`jupyter_tandem.ports.reception.Reception`."""
        self._guestbook.refuse_blocked(call.visitor)
        rights = await _rights(call)
        if call.room == LOBBY:
            seat = self._seat_in_lobby(call, channel, rights)
        else:
            seat = await self._enter_room(call, channel, rights)
        self._seats.add(seat)
        if self._rechecker is None:
            self._rechecker = asyncio.get_running_loop().create_task(self._keep_checking())
        return seat

    def strike(self, visitor: Visitor) -> None:
        """See :class:`jupyter_tandem.ports.reception.Reception`."""
        self._guestbook.strike(visitor)

    async def _enter_room(self, call: Call, channel: Channel, rights: Rights) -> _Seat:
        live = self._annex.live(call.room)
        if live is not None:
            return self._seat_in_room(live, call, channel, rights)
        live = await open_room(self._landlord, _address(call.room))
        needed = None if call.fetches else live.outputs
        if needed is not None:
            await needed.need_whole()
        try:
            # Loading takes time, in which the visitor's rights may have been taken back.
            rights = self._landlord.limit(await _rights(call))
            if live.closed:
                raise StoreUnavailable("The document was closed meanwhile; try again.")
            return self._seat_in_room(live, call, channel, rights, needed)
        except BaseException:
            if needed is not None:
                needed.need_no_more()
            raise

    # -- seats ---------------------------------------------------------------

    def _seat_in_room(
        self,
        live: LiveRoom,
        call: Call,
        channel: Channel,
        rights: Rights,
        needed: BigOutputs | None = None,
    ) -> _Seat:
        self._guestbook.admit(channel, call.visitor)
        session = live.join(
            call.visitor.user, rights, _dialect(call), call.lineage, channel, call.voice
        )

        self._vouchers.arrived(session, call.grants)

        def set_rights(changed: Rights) -> None:
            live.set_rights(session, changed, call.parting())

        def leave(seat: _Seat) -> None:
            here = seat in self._seats
            self._stand_up(seat)
            live.leave(session)
            self._vouchers.left(session)
            if here and needed is not None:
                needed.need_no_more()

        return _Seat(call, channel, rights, live, session, set_rights, leave)

    def _seat_in_lobby(self, call: Call, channel: Channel, rights: Rights) -> _Seat:
        lobby = self._lobby
        self._guestbook.admit(channel, call.visitor)
        session = lobby.join(call.visitor.user, rights, _dialect(call), channel)

        def set_rights(changed: Rights) -> None:
            if not changed.actions:
                channel.close(AccessDenied.close_code, call.parting())
                lobby.leave(session)

        def leave(seat: _Seat) -> None:
            self._stand_up(seat)
            lobby.leave(session)

        return _Seat(call, channel, rights, lobby, session, set_rights, leave)

    def _stand_up(self, seat: _Seat) -> None:
        self._seats.discard(seat)
        self._guestbook.dismiss(seat.channel)

    # -- rights while they stay ----------------------------------------------

    async def _keep_checking(self) -> None:
        while True:
            await asyncio.sleep(self._recheck_s)
            await self.recheck()

    async def recheck(self, room: str | None = None) -> None:
        """Ask the host about everybody who is here, or in one ``room``, and act on what has changed (ACCESS-5)."""
        seats = [seat for seat in self._seats if room is None or seat.call.room == room]
        for number, seat in enumerate(seats, 1):
            if number % _ASKED_AT_ONCE == 0:
                await asyncio.sleep(0)
            if seat not in self._seats:
                continue
            try:
                rights = effective_rights(await seat.call.grants.actions()) or _NOTHING
            except Exception:  # noqa: BLE001  (the host's answer failed: this session's fault, it ends)
                _log.exception("No word on %r", seat.call.visitor.user.username)
                seat.channel.close(4500, "The server could not check your access.")
                seat.leave()
                continue
            self._apply(seat, self._landlord.limit(rights))

    def _apply(self, seat: _Seat, rights: Rights) -> None:
        if seat not in self._seats or rights == seat.rights:
            return
        seat.rights = rights
        seat.set_rights(rights)

    async def close(self) -> None:
        """Stop checking and close the lobby. Rooms are closed by their house."""
        if self._rechecker is not None:
            self._rechecker.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._rechecker
        self._lobby.close(1001, "The server is going away.")


async def _rights(call: Call) -> Rights:
    rights = effective_rights(await call.grants.actions())
    if rights is None:
        raise AccessDenied(_DENIED)
    return rights


def _dialect(call: Call) -> Dialect:
    return Dialect.TANDEM if call.tandem else Dialect.STOCK


def _address(room: str) -> Address:
    try:
        return Address.parse(room)
    except ValueError as error:
        raise NotFound("There is no such document.") from error
