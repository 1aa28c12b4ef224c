"""At the service: has an owner's server started for somebody whom its owner lets (HUBRUN-7 to HUBRUN-9)."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final, Protocol

from jupyter_tandem.core.sharing.throttle import Throttle
from jupyter_tandem.engine.federation.catalogue import Catalogue
from jupyter_tandem.engine.federation.consent import Consent
from jupyter_tandem.errors import HubUnreachable, StoreError
from jupyter_tandem.ports.clock import Clock
from jupyter_tandem.ports.hub_servers import Servers, ServerState
from jupyter_tandem.protocol.reason import (
    Reason,
    owner_asked_too_often,
    owner_away,
    owner_away_ask,
    owner_late,
    owner_not_started,
    owner_start_refused,
)
from jupyter_tandem.sharing import Subject, SubjectKind
from jupyter_tandem.types import FileId, User

WAIT_S: Final = 300.0
"""How long a run waits for its owner's server; a node of a cluster that has to be had first takes minutes."""

LOOK_S: Final = 1.0
"""How often the Hub is asked how a server that is being started stands."""

STARTS: Final = (6, 1 / 600)
"""Starts of one person's server for others: at once, and per second in the long run. A server that fails or is culled
again and again must not be started for ever."""

MayStart = Callable[[FileId, str], Awaitable[bool]]
"""Whether a document's owner lets somebody, by username, have their server started. Raises HubUnreachable."""


class Recorder(Protocol):
    """The audit log, as far as starts are recorded."""

    def record(self, kind: str, actor: str, file_id: str = "", **details: str) -> None:
        """Record an event soon."""


class Starter:
    """Asks the Hub for servers, one question at a time for each of them."""

    def __init__(
        self,
        catalogue: Catalogue,
        consent: Consent,
        servers: Servers,
        may_start: MayStart,
        recorder: Recorder,
        clock: Clock,
        wait_s: float = WAIT_S,
    ) -> None:
        """Start ``servers`` as owners let, by ``may_start``; nobody waits longer than ``wait_s``."""
        self._catalogue = catalogue
        self._consent = consent
        self._servers = servers
        self._may_start = may_start
        self._recorder = recorder
        self._clock = clock
        self._wait_s = wait_s
        self._started = Throttle(*STARTS)
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def can_be_let(self, document_id: str) -> bool:
        """Whether the owner of a document can let others start its server."""
        return self._consent.is_default(document_id) and await self._may_ask()

    async def objection(
        self, file_id: FileId, username: str, owner: str, *, was_let: bool
    ) -> Reason | None:
        """Why somebody cannot have the server of ``owner``, as they are called, started; ``None``: they can.

        Who ``was_let`` before still can while nobody can say: the Hub's silence takes nothing from them.
        """
        if not self._consent.is_default(file_id):
            return owner_away(owner)
        may_ask = let = was_let
        with suppress(HubUnreachable, StoreError):
            may_ask = await self._servers.may_start()
            let = may_ask and await self._may_start(file_id, username)
        if not may_ask:
            return owner_away(owner)
        return None if let else owner_away_ask(owner)

    # -- starting ----------------------------------------------------------------------------------

    async def bring_up(self, file_id: FileId, user: User, owner: str) -> Reason:
        """Have the server of ``owner``, as they are called, started for ``user``, until cancelled.

        Whoever waits for it sees it come, and cancels. On return nobody needs to wait any more.

        Returns:
            Why not.
        """
        document = self._catalogue.get(file_id)
        if document is None:
            return owner_away(owner)
        try:
            return await asyncio.wait_for(
                self._keep_at_it(document.owner, file_id, user, owner), self._wait_s
            )
        except asyncio.TimeoutError:
            self._failed(user, file_id, document.owner, "late")
            return owner_late(owner)

    async def _keep_at_it(self, username: str, file_id: FileId, user: User, owner: str) -> Reason:
        asked = False
        while True:
            async with self._turns[username]:
                state = await self._state(username)
                if state is ServerState.STOPPED:
                    if asked:
                        self._failed(user, file_id, username, "failed")
                        return owner_not_started(owner)
                    refusal = await self._ask(username, file_id, user, owner)
                    if refusal is not None:
                        return refusal
                    asked = True
            await asyncio.sleep(LOOK_S)

    async def _ask(self, username: str, file_id: FileId, user: User, owner: str) -> Reason | None:
        now = self._clock.monotonic()
        if self._started.blocked(username, now):
            self._failed(user, file_id, username, "too often")
            return owner_asked_too_often(owner)
        self._started.fail(username, now)
        self._recorder.record("server.asked", _actor(user), file_id, owner=username)
        try:
            let = await self._servers.start(username)
        except HubUnreachable:
            # It may be starting all the same, or have failed: how it stands tells.
            return None
        if let:
            return None
        self._failed(user, file_id, username, "refused by the Hub")
        return owner_start_refused(owner)

    async def _state(self, username: str) -> ServerState | None:
        try:
            return await self._servers.state(username)
        except HubUnreachable:
            return None

    # -- inside ------------------------------------------------------------------------------------

    async def _may_ask(self) -> bool:
        try:
            return await self._servers.may_start()
        except HubUnreachable:
            return False

    def _failed(self, user: User, file_id: FileId, username: str, why: str) -> None:
        self._recorder.record("server.failed", _actor(user), file_id, owner=username, why=why)


def _actor(user: User) -> str:
    return str(Subject(SubjectKind.USER, user.username))
