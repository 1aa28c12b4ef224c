"""When a copy of somebody's document cannot go on as it is: nothing of what was edited here is thrown away."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from jupyter_tandem.engine.federation.known import Known, KnownDocuments
from jupyter_tandem.engine.federation.replica import Replicas
from jupyter_tandem.engine.federation.wanted import Wanted
from jupyter_tandem.errors import TandemError
from jupyter_tandem.ports.keepsake import Keepsake
from jupyter_tandem.types import LineageId

_log = logging.getLogger(__name__)

Fetching = Callable[[str], Awaitable[tuple[LineageId, bytes]]]


class Parting:
    """Begins copies anew, and ends them."""

    def __init__(
        self,
        replicas: Replicas,
        known: KnownDocuments,
        keepsake: Keepsake,
        recheck: Callable[[], Awaitable[None]],
    ) -> None:
        """Keep what cannot be handed over in ``keepsake``; ``recheck`` makes open connections follow."""
        self._replicas = replicas
        self._known = known
        self._keepsake = keepsake
        self._recheck = recheck

    async def begin_anew(self, wanted: Wanted, fetch: Fetching) -> None:
        """The service has another history, or does not take what is here (HUB-13)."""
        try:
            lineage, state = await fetch(wanted.document)
            if wanted.keeps:
                _log.warning("The Hub has another history of %s", wanted.address.document_id)
                await self._replicas.adopt(wanted.address, lineage, state)
                return
            known = self._known.get(wanted.document)
            if known is not None:
                await self._keep_a_copy(known)
            await self._replicas.renew(wanted.address, lineage, state)
        except TandemError as error:
            _log.error("%s cannot be begun anew: %s", wanted.address.document_id, error)

    async def withdrawn(self, wanted: Wanted, known: Known | None) -> None:
        """A document is not shared with this server's person any more (HUB-11)."""
        if wanted.keeps:
            return
        self._known.drop(wanted.document)
        await self._recheck()
        try:
            if known is not None and await self._has_unsent(wanted, known):
                await self._keep_a_copy(known)
            await self._replicas.wipe(wanted.address)
        except TandemError as error:
            _log.error("The copy of %s stays: %s", wanted.address.document_id, error)

    async def _has_unsent(self, wanted: Wanted, known: Known) -> bool:
        """Whether the copy may hold edits that the service has not got."""
        return known.waiting and await self._replicas.sequence(wanted.address) > wanted.settled

    async def _keep_a_copy(self, known: Known) -> None:
        content = await self._replicas.content(known.address)
        path = await self._keepsake.keep(known.offered.name, known.offered.kind, content)
        _log.warning("Edits of %s could not be handed over; they are kept in %s", known.path, path)
