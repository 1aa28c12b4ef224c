"""Knows whose token it is, and the servers that are connected (HUB-3, HUB-12)."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from jupyter_tandem.core.federation.credential import delegate_of
from jupyter_tandem.engine.federation.embassy import Embassy
from jupyter_tandem.engine.federation.vigil import WITHIN_S, Vigil
from jupyter_tandem.errors import AccessDenied
from jupyter_tandem.ports.clock import Clock
from jupyter_tandem.ports.federation import Hub
from jupyter_tandem.ports.hub_desk import Envoy, Line
from jupyter_tandem.sharing import Delegate

REMEMBER: Final = 1 / 3
"""How long the Hub's answer about the token of a request counts, as a part of what HUB-12 allows."""

MOST_REMEMBERED: Final = 10_000

UNKNOWN: Final = "The Hub does not know this token. Start your server again."


class Porter:
    """:class:`jupyter_tandem.ports.hub_desk.Gate`."""

    def __init__(
        self,
        hub: Hub,
        clock: Clock,
        make_embassy: Callable[[Delegate, str, Line], Embassy],
        on_changed: Callable[[], None],
        ask_s: float = WITHIN_S,
    ) -> None:
        """Ask ``hub``.

        Args:
            hub: Knows tokens.
            clock: Says when to ask again.
            make_embassy: Makes one for a server that has connected.
            on_changed: Hears when somebody is not who they were, and of newcomers.
            ask_s: Within how many seconds what changes at the Hub acts on who is here.
        """
        self._hub = hub
        self._make_embassy = make_embassy
        self._clock = clock
        self._remember_s = ask_s * REMEMBER
        self._remembered: OrderedDict[bytes, tuple[float, Delegate | None]] = OrderedDict()
        self._vigil = Vigil(hub, clock, self._admit_now, on_changed, ask_s)

    @property
    def connected(self) -> int:
        """How many servers are connected."""
        return len(list(self._vigil.here))

    def everybody(self) -> list[Embassy]:
        """The servers that are connected."""
        return list(self._vigil.here)

    # -- who is it -----------------------------------------------------------

    async def admit(self, token: str, *, fresh: bool = False) -> Delegate:
        """See the port."""
        delegate = await self._find(token, fresh=fresh)
        if delegate is None:
            raise AccessDenied(UNKNOWN)
        return delegate

    async def _admit_now(self, token: str) -> Delegate:
        return await self.admit(token, fresh=True)

    async def recognise(self, token: str) -> Delegate | None:
        """See the port."""
        return await self._find(token, fresh=False)

    async def _find(self, token: str, *, fresh: bool) -> Delegate | None:
        digest = hashlib.sha256(token.encode()).digest()
        known = self._remembered.get(digest)
        if not fresh and known is not None and self._clock.monotonic() < known[0]:
            return known[1]
        delegate = await self._ask(token)
        self._remember(digest, delegate)
        return delegate

    async def _ask(self, token: str) -> Delegate | None:
        found = await self._hub.identify(token)
        return None if found is None else delegate_of(found)

    def _remember(self, digest: bytes, delegate: Delegate | None) -> None:
        self._remembered[digest] = (self._clock.monotonic() + self._remember_s, delegate)
        self._remembered.move_to_end(digest)
        while len(self._remembered) > MOST_REMEMBERED:
            self._remembered.popitem(last=False)

    # -- who is here ---------------------------------------------------------

    def arrive(self, delegate: Delegate, server: str, token: str, line: Line) -> Embassy:
        """See the port."""
        embassy = self._make_embassy(delegate, server, line)
        for other in self.everybody():
            if other.same_server(embassy):
                other.supersede()
        self._vigil.begin(embassy, token)
        return embassy

    def leave(self, envoy: Envoy) -> None:
        """See the port."""
        for embassy in self.everybody():
            if embassy is envoy:
                self._vigil.end(embassy)

    async def close(self) -> None:
        """End all connections; servers come back."""
        await self._vigil.close()
        for embassy in self.everybody():
            embassy.farewell()
