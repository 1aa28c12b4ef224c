"""What the service's pages show, looked up in the catalogue, the book of shares and the roster."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from jupyter_tandem.engine.federation.catalogue import Catalogue
from jupyter_tandem.engine.federation.counter import person_of, target_of
from jupyter_tandem.engine.federation.embassy import Embassy
from jupyter_tandem.engine.federation.title import OWNER
from jupyter_tandem.engine.sharing.book import Book
from jupyter_tandem.engine.sharing.roster import Roster
from jupyter_tandem.ports.desks import Caller, Overview
from jupyter_tandem.ports.federation import HubDocument
from jupyter_tandem.ports.hub_pages import Kept, Participant, Received, Told
from jupyter_tandem.sharing import Delegate, SubjectKind


class LedgerBureau:
    """:class:`jupyter_tandem.ports.hub_pages.Bureau`."""

    def __init__(
        self,
        catalogue: Catalogue,
        book: Callable[[], Book],
        overview: Overview,
        roster: Roster,
        everybody: Callable[[], Iterable[Embassy]],
    ) -> None:
        """Look things up in these; ``everybody`` is connected."""
        self._catalogue = catalogue
        self._book = book
        self._overview = overview
        self._roster = roster
        self._everybody = everybody

    async def received(self, delegate: Delegate) -> list[Received]:
        """See the port."""
        found = []
        for one in await self._overview.with_person(person_of(delegate)):
            document = self._catalogue.get(one.target.file_id)
            if document is None or one.standing is None or document.owner == delegate.user.username:
                continue
            standing = one.standing
            found.append(Received(document, standing.role.value, standing.until, one.grants))
        return sorted(found, key=lambda one: (one.document.owner, one.document.name))

    def given(self, username: str) -> list[Kept]:
        """See the port."""
        kept = [self._kept(document) for document in self._catalogue.owned_by(username)]
        shared = [one for one in kept if one.grants or one.links]
        return sorted(shared, key=lambda one: (one.document.name, one.document.id))

    def documents(self) -> list[Kept]:
        """See the port."""
        newest = sorted(self._catalogue.all(), key=lambda one: (one.made_at, one.id), reverse=True)
        return [self._kept(document) for document in newest]

    def document(self, document_id: str) -> Kept | None:
        """See the port."""
        document = self._catalogue.get(document_id)
        return None if document is None else self._kept(document)

    def participants(self) -> list[Participant]:
        """See the port."""
        owns = Counter(document.owner for document in self._catalogue.all())
        has = Counter(
            grant.subject.name
            for grant in self._book().grants.values()
            if grant.subject.kind is SubjectKind.USER
        )
        servers = Counter(embassy.username for embassy in self._everybody())
        here = Counter(
            presence.subject.name
            for people in self._roster.documents().values()
            for presence in people
            if presence.subject.kind is SubjectKind.USER
        )
        names = sorted({*owns, *has, *servers, *here})
        return [Participant(n, owns[n], has[n], servers[n], here[n]) for n in names]

    def links(self) -> list[Told]:
        """See the port."""
        newest = sorted(self._book().links.values(), key=lambda one: one.created_at, reverse=True)
        return [Told(link, self._catalogue.get(link.target.file_id)) for link in newest]

    def rooms(self) -> list[Kept]:
        """See the port."""
        found = [self._catalogue.get(file_id) for file_id in self._roster.documents()]
        return [self._kept(document) for document in found if document is not None]

    def administrator(self, delegate: Delegate) -> Caller:
        """See the port."""
        return Caller(person_of(delegate), OWNER)

    def _kept(self, document: HubDocument) -> Kept:
        target = target_of(document)
        book = self._book()
        return Kept(
            document,
            book.on(target),
            [link for link in book.links_on(target) if link.ended_at is None],
            self._roster.here(target.file_id),
        )
