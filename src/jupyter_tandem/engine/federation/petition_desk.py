"""Requests for access: kept with the service, shown to owners (REQUEST-1 to REQUEST-4)."""

from __future__ import annotations

from typing import Final

from jupyter_tandem.core.sharing.throttle import Throttle
from jupyter_tandem.engine.federation.catalogue import Catalogue
from jupyter_tandem.errors import NotFound, TooManyTries
from jupyter_tandem.ports.clock import Clock
from jupyter_tandem.ports.federation import HubDocument
from jupyter_tandem.ports.hub_desk import Counter
from jupyter_tandem.ports.hub_requests import AccessRequest, Asked, RequestStore
from jupyter_tandem.sharing import Delegate, Grant, Offer, Subject, SubjectKind
from jupyter_tandem.types import Role

ASKED: Final = (20, 1 / 600)
"""Requests of one person: at once, and per second in the long run. Nobody needs more, and nobody is to find
ids by trying."""

MOST_FOR_ONE: Final = 200
"""Requests for one document that are kept; a class that follows one address fits."""

_NOBODY: Final = "Nobody asks for this any more."


class PetitionDesk:
    """:class:`jupyter_tandem.ports.hub_requests.Petitions`."""

    def __init__(
        self, store: RequestStore, catalogue: Catalogue, counter: Counter, clock: Clock
    ) -> None:
        """Keep requests in ``store``; shares are made at ``counter``."""
        self._store = store
        self._catalogue = catalogue
        self._counter = counter
        self._clock = clock
        self._asked = Throttle(*ASKED)

    async def ask(self, delegate: Delegate, document_id: str) -> None:
        """See the port."""
        name, now = delegate.user.username, self._clock.monotonic()
        if self._asked.blocked(name, now):
            raise TooManyTries("You have asked for many documents. Wait until you are answered.")
        self._asked.fail(name, now)
        document = self._catalogue.get(document_id)
        if document is None or document.owner == name or await self._has(delegate, document):
            return
        kept = [one for one in await self._store.all() if one.document == document_id]
        if len(kept) >= MOST_FOR_ONE and name not in {one.username for one in kept}:
            return
        shown = delegate.user.display_name
        await self._store.put(AccessRequest(document_id, name, shown, round(self._clock.wall(), 3)))

    async def to(self, delegate: Delegate) -> list[Asked]:
        """See the port."""
        found = []
        for request in await self._store.all():
            document = self._catalogue.get(request.document)
            if document is not None and document.owner == delegate.user.username:
                found.append(Asked(request, document))
        return found

    async def accept(
        self, delegate: Delegate, document_id: str, username: str, role: Role
    ) -> Grant:
        """See the port."""
        await self._check(delegate, document_id, username)
        subject = Subject(SubjectKind.USER, username)
        offer = Offer(role, may_run=False, expires_at=None)
        grant = await self._counter.give(delegate, document_id, subject, offer)
        await self._store.drop(document_id, username)
        return grant

    async def decline(self, delegate: Delegate, document_id: str, username: str) -> None:
        """See the port."""
        await self._check(delegate, document_id, username)
        await self._store.drop(document_id, username)

    async def _check(self, delegate: Delegate, document_id: str, username: str) -> None:
        wanted = (document_id, username)
        asked = await self.to(delegate)
        if wanted not in {(one.document.id, one.request.username) for one in asked}:
            raise NotFound(_NOBODY)

    async def _has(self, delegate: Delegate, document: HubDocument) -> bool:
        held = await self._counter.offered(delegate)
        return document.id in {one.document.id for one in held}
