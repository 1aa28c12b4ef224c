"""Knows the servers that are connected, and asks the Hub about them again and again (HUB-3, HUB-12)."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import random
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from jupyter_tandem.core.federation.credential import delegate_of
from jupyter_tandem.engine.federation.embassy import Embassy
from jupyter_tandem.errors import AccessDenied, HubUnreachable
from jupyter_tandem.ports.clock import Clock
from jupyter_tandem.ports.federation import Hub
from jupyter_tandem.ports.hub_desk import Envoy, Line
from jupyter_tandem.sharing import Delegate

_log = logging.getLogger(__name__)

ASK_S: Final = 60.0
"""How often the Hub is asked about each connection's token, give or take a fifth."""

REMEMBER_S: Final = 20.0
"""How long the Hub's answer about the token of a request counts; less than what HUB-12 allows."""

MOST_REMEMBERED: Final = 10_000
_LOOK_S: Final = 0.5

AT_ONCE: Final = 20
"""Questions to the Hub that are under way together; it answers some 360 a second."""

UNKNOWN: Final = "The Hub does not know this token. Start your server again."


@dataclass(slots=True)
class _Here:
    token: str
    due: float


class Porter:
    """:class:`jupyter_tandem.ports.hub_desk.Gate`."""

    def __init__(
        self,
        hub: Hub,
        clock: Clock,
        make_embassy: Callable[[Delegate, str, Line], Embassy],
        on_changed: Callable[[], None],
        ask_s: float = ASK_S,
    ) -> None:
        """Ask ``hub``, every ``ask_s`` about who is here.

        Args:
            hub: Knows tokens.
            clock: Says when to ask again.
            make_embassy: Makes one for a server that has connected.
            on_changed: Hears when somebody is not who they were, and of newcomers.
            ask_s: Seconds between two questions about one token.
        """
        self._hub = hub
        self._make_embassy = make_embassy
        self._on_changed = on_changed
        self._clock = clock
        self._ask_s = ask_s
        self._remembered: OrderedDict[bytes, tuple[float, Delegate | None]] = OrderedDict()
        self._here: dict[Embassy, _Here] = {}
        self._task: asyncio.Task[None] | None = None

    @property
    def connected(self) -> int:
        """How many servers are connected."""
        return len(self._here)

    def everybody(self) -> list[Embassy]:
        """The servers that are connected."""
        return list(self._here)

    # -- who is it -----------------------------------------------------------

    async def admit(self, token: str, *, fresh: bool = False) -> Delegate:
        """See the port."""
        delegate = await self._find(token, fresh=fresh)
        if delegate is None:
            raise AccessDenied(UNKNOWN)
        return delegate

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
        self._remembered[digest] = (self._clock.monotonic() + REMEMBER_S, delegate)
        self._remembered.move_to_end(digest)
        while len(self._remembered) > MOST_REMEMBERED:
            self._remembered.popitem(last=False)

    # -- who is here ---------------------------------------------------------

    def arrive(self, delegate: Delegate, server: str, token: str, line: Line) -> Embassy:
        """See the port."""
        embassy = self._make_embassy(delegate, server, line)
        for other in list(self._here):
            if other.same_server(embassy):
                other.supersede()
        self._here[embassy] = _Here(token, self._next_due())
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._keep_asking())
        return embassy

    def leave(self, envoy: Envoy) -> None:
        """See the port."""
        for embassy in list(self._here):
            if embassy is envoy:
                del self._here[embassy]

    async def close(self) -> None:
        """End all connections; servers come back."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
        for embassy in list(self._here):
            embassy.farewell()

    # -- again and again -----------------------------------------------------

    async def _keep_asking(self) -> None:
        while True:
            await asyncio.sleep(min(_LOOK_S, self._ask_s / 4))
            now = self._clock.monotonic()
            due = [(e, guest) for e, guest in self._here.items() if guest.due <= now][:AT_ONCE]
            for _, guest in due:
                guest.due = self._next_due()
            await asyncio.gather(*(self._look_at(e, guest.token) for e, guest in due))

    async def _look_at(self, embassy: Embassy, token: str) -> None:
        try:
            delegate = await self.admit(token, fresh=True)
            if embassy in self._here and delegate != embassy.delegate:
                embassy.delegate = delegate
                self._on_changed()
        except AccessDenied as error:
            embassy.revoke(str(error))
        except HubUnreachable as error:
            # Who is here stays: a Hub that restarts must not close everybody's documents.
            _log.warning("Nobody could be asked about: %s", error)

    def _next_due(self) -> float:
        spread = random.uniform(0.8, 1.2)  # noqa: S311  (spreads load, hides nothing)
        return self._clock.monotonic() + self._ask_s * spread
