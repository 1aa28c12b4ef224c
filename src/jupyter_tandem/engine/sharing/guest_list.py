"""People without an account: who they are, by their cookie."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from jupyter_tandem.core.sharing.guest_name import friendly_name
from jupyter_tandem.core.sharing.link import digest_of, secret_of
from jupyter_tandem.core.sharing.name import display_name
from jupyter_tandem.engine.sharing.auditor import Auditor
from jupyter_tandem.engine.sharing.ledger import Ledger
from jupyter_tandem.errors import InvalidInput, NotFound
from jupyter_tandem.ports.clock import Entropy
from jupyter_tandem.ports.sharing import EndGuest
from jupyter_tandem.sharing import Guest

COOKIE_LIFE_S: Final = 90 * 86_400.0
"""How long a guest is known after they last used a link. What they may see ends with their grants."""

MOST_GUESTS: Final = 20_000
"""Guests of one server whose cookies are known; all are held in memory, some 400 bytes each."""


class GuestList:
    """:class:`jupyter_tandem.ports.desks.GuestDesk`."""

    def __init__(self, ledger: Ledger, auditor: Auditor, entropy: Entropy) -> None:
        """Keep the guests in ``ledger``."""
        self._ledger = ledger
        self._auditor = auditor
        self._entropy = entropy

    def recognise(self, cookie: str) -> Guest | None:
        """The guest with this cookie; ``None`` when it is nobody's (any more)."""
        try:
            guest = self._ledger.book.guest_with(digest_of(cookie))
        except NotFound:
            return None
        if guest is None or guest.expires_at <= self._ledger.now():
            return None
        return guest

    def welcome(self, known: Guest | None, name: str, now: float) -> tuple[Guest, str]:
        """A guest to be stored, and the secret of their new cookie (``""`` when they keep theirs).

        Raises:
            InvalidInput: the name cannot be shown, or there are too many guests.
        """
        if known is not None:
            return replace(known, expires_at=now + COOKIE_LIFE_S), ""
        if len(self._ledger.book.guests) >= MOST_GUESTS:
            raise InvalidInput("This server has too many guests at the moment.")
        token = self._entropy.token()
        shown = display_name(name) if name else friendly_name(self._entropy.client_id())
        secret = secret_of(self._entropy.token(), self._entropy.token())
        return Guest(token, digest_of(secret), shown, now, now + COOKIE_LIFE_S), secret

    def suggest_name(self) -> str:
        """A friendly name for somebody new."""
        return friendly_name(self._entropy.client_id())

    async def leave(self, guest: Guest) -> None:
        """The guest goes for good: their cookie opens nothing any more."""
        async with self._ledger.turn():
            event = self._auditor.event("guest.left", str(guest.subject))
            await self._ledger.commit([EndGuest(guest.id)], [event])
