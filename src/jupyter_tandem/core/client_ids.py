"""Whose client id is whose: who may edit with it, and who is only seen under it (ROOM-6, ROOM-48)."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from jupyter_tandem.errors import ForgedClient, LimitExceeded
from jupyter_tandem.types import ClientId, SessionId, User

REMEMBERED_OWNERS: Final = 10_000
"""Client ids whose owner is remembered after they left, so that nobody else can continue them."""

MANY: Final = 2_000
"""Most people one connection may speak for, where it speaks for many; as many as states in one frame."""


@dataclass(slots=True)
class _Owner:
    """Whose a client id is.

    Attributes:
        loose: It was claimed by presence alone, of somebody who may not write. So it is live, and no edits are theirs.
    """

    username: str
    session: SessionId | None
    loose: bool = False


class ClientRegistry:
    """Which session owns which Yjs client id."""

    def __init__(self, limit: int) -> None:
        """Allow each session at most ``limit`` client ids."""
        self._limit = limit
        self._owners: OrderedDict[ClientId, _Owner] = OrderedDict()
        self._owned: dict[SessionId, set[ClientId]] = {}
        self._superseded: list[SessionId] = []
        self._displaced: list[ClientId] = []
        self._reserved: set[ClientId] = set()

    def reserve(self, client: ClientId) -> None:
        """Keep ``client`` for the server itself: nobody can claim it."""
        self._owners[client] = _Owner("", None)
        self._reserved.add(client)

    def reserved(self, client: ClientId) -> bool:
        """Whether ``client`` is the server's own."""
        return client in self._reserved

    def session_of(self, client: ClientId) -> SessionId | None:
        """The live session that owns ``client``, or ``None``."""
        owner = self._owners.get(client)
        return owner.session if owner else None

    def known(self, client: ClientId) -> bool:
        """Whether somebody owns or owned ``client``."""
        return client in self._owners

    def loose(self, client: ClientId) -> bool:
        """Whether ``client`` is claimed by the presence of somebody who may not write: whoever edits with it has it."""
        owner = self._owners.get(client)
        return owner is not None and owner.loose

    def owned(self, session: SessionId) -> set[ClientId]:
        """The client ids of ``session``."""
        return self._owned.get(session, set())

    def may_claim(self, client: ClientId, session: SessionId, user: User) -> bool:
        """Whether ``client`` is free, the session's own, or was the same person's before."""
        owner = self._owners.get(client)
        if owner is None:
            return True
        if owner.session is None:
            return owner.username == user.username
        return owner.session == session

    def may_take_over(self, client: ClientId, session: SessionId, user: User) -> bool:
        """Whether ``client`` is live in an earlier session of the same person: a connection that broke
        without the server noticing, as happens to every laptop that is put to sleep.
        """
        owner = self._owners.get(client)
        if owner is None or owner.session is None or owner.username != user.username:
            return False
        return owner.session < session

    def claim(
        self, client: ClientId, session: SessionId, user: User, *, loose: bool = False
    ) -> None:
        """Bind ``client`` to ``session``; an earlier session of the same person loses it and is superseded.

        ``loose`` is the presence of somebody who may not write; a claim that is not displaces one that is.

        Raises:
            ForgedClient: it belongs to another person, or to a later session of the same one.
            LimitExceeded: the session owns too many already.
        """
        owned = self._owned.setdefault(session, set())
        if client in owned:
            if not loose:
                self._owners[client].loose = False
            return
        free = self.may_claim(client, session, user)
        follows = not free and self.may_take_over(client, session, user)
        if not (free or follows or (self.loose(client) and not loose)):
            raise ForgedClient("The edits carry the client id of somebody else.")
        if len(owned) >= self._limit:
            raise LimitExceeded(f"One connection may use at most {self._limit} client ids.")
        if follows:
            self._supersede(client)
        elif not free:
            self.displace(client)
        owned.add(client)
        self._put(client, session, user, loose=loose)

    def _put(self, client: ClientId, session: SessionId, user: User, *, loose: bool) -> None:
        """The owner from now on. Who could edit with it before, and comes back to look, keeps it for their edits."""
        former = self._owners.get(client)
        edits = former is not None and former.username == user.username and not former.loose
        self._owners[client] = _Owner(user.username, session, loose and not edits)
        self._owners.move_to_end(client)

    def settle(self, session: SessionId) -> None:
        """A person may write from now on: what is theirs by presence is theirs to edit with."""
        for client in self.owned(session):
            self._owners[client].loose = False

    def displace(self, client: ClientId) -> None:
        """Take a client id that is :meth:`loose` from its session, which may stay."""
        owner = self._owners.pop(client)
        if owner.session is not None:
            self._owned[owner.session].discard(client)
        self._displaced.append(client)

    def take_displaced(self) -> list[ClientId]:
        """Client ids that were displaced since the last call; what was said of them is void."""
        if not self._displaced:
            return []
        displaced, self._displaced = self._displaced, []
        return displaced

    def bind(self, client: ClientId, session: SessionId, user: User, *, loose: bool) -> bool:
        """Bind ``client`` to a session that speaks for many, unless it is live elsewhere.

        Such a session claims no ids by editing: what it brings may have been made by people who left. ``loose``: the
        one it speaks for may not write; then it gets no id that was somebody else's before.

        Raises:
            LimitExceeded: it speaks for too many already.
        """
        owner = self._owners.get(client)
        if self.reserved(client):
            return False
        if owner is not None and owner.session is not None:
            mine = owner.session == session
            if mine and not loose:
                owner.loose = False
            return mine
        if owner is not None and loose and owner.username != user.username:
            return False
        owned = self._owned.setdefault(session, set())
        if len(owned) >= MANY:
            raise LimitExceeded(f"One connection may speak for at most {MANY} people.")
        owned.add(client)
        self._put(client, session, user, loose=loose)
        return True

    def unbind(self, client: ClientId, session: SessionId) -> None:
        """Somebody a session spoke for has gone."""
        owned = self._owned.get(session, set())
        if client in owned:
            owned.discard(client)
            self._let_go(client)
            self._forget_surplus()

    def take_superseded(self) -> list[SessionId]:
        """Sessions that lost a client id since the last call; they must be ended."""
        superseded, self._superseded = self._superseded, []
        return superseded

    def _supersede(self, client: ClientId) -> None:
        former = self._owners[client].session
        if former is not None:
            self._owned[former].discard(client)
            if former not in self._superseded:
                self._superseded.append(former)

    def release(self, session: SessionId) -> set[ClientId]:
        """Forget that ``session`` is live; the ids it could edit with stay its person's. Returns all it had."""
        released = self._owned.pop(session, set())
        for client in released:
            self._let_go(client)
        self._forget_surplus()
        return released

    def _let_go(self, client: ClientId) -> None:
        """Of who may not write nothing is remembered: else they could have others forgotten (ROOM-6)."""
        owner = self._owners[client]
        if owner.loose:
            del self._owners[client]
        else:
            owner.session = None

    def _forget_surplus(self) -> None:
        while len(self._owners) > REMEMBERED_OWNERS and self._forget_one():
            pass

    def _forget_one(self) -> bool:
        for client, owner in self._owners.items():
            if owner.session is None:
                del self._owners[client]
                return True
        return False
