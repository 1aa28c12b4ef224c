"""The desk at which servers ask the service in the name of their person."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from typing import Final

from jupyter_tandem.engine.federation.catalogue import Catalogue
from jupyter_tandem.engine.federation.embassy import Embassy
from jupyter_tandem.engine.federation.exchange import Exchange
from jupyter_tandem.engine.federation.title import OWNER
from jupyter_tandem.engine.sharing.book import Book
from jupyter_tandem.errors import AccessDenied, NotFound
from jupyter_tandem.ports.desks import Caller, Office, ShareView
from jupyter_tandem.ports.federation import HubDocument
from jupyter_tandem.ports.hub_desk import Held
from jupyter_tandem.sharing import (
    SIGNED_IN,
    Delegate,
    Grant,
    GrantId,
    Link,
    LinkId,
    Offer,
    Person,
    Subject,
    SubjectKind,
    Target,
    TargetKind,
)
from jupyter_tandem.types import FileId

GATHER_S: Final = 0.3
"""How long changes of shares are gathered before servers are told of them; connections follow at once."""

EACH_S: Final = 0.02
"""How long an owner's next renames wait for each server that was told of the last ones: each asks what they are."""


class OfficeCounter:
    """:class:`jupyter_tandem.ports.hub_desk.Counter`."""

    def __init__(
        self,
        office: Office,
        catalogue: Catalogue,
        book: Callable[[], Book],
        exchange: Exchange,
        can_be_let: Callable[[str], Awaitable[bool]],
    ) -> None:
        """Ask the desks of ``office``; ``exchange`` knows what lies in shared folders, ``can_be_let`` for which
        documents the owner's server can be started for others.
        """
        self._can_be_let = can_be_let
        self.office = office
        self._exchange = exchange
        self._catalogue = catalogue
        self._book = book

    def caller(self, delegate: Delegate, document_id: str) -> Caller:
        """The delegate as the desks see them when they ask about a document."""
        document = self._catalogue.get(document_id)
        owns = document is not None and document.owner == delegate.user.username
        return Caller(person_of(delegate), OWNER if owns else None)

    def caller_about(self, delegate: Delegate, grant_id: str) -> Caller:
        """The same, when they ask about a grant."""
        grant = self._book().grants.get(GrantId(grant_id))
        return self.caller(delegate, "" if grant is None else grant.target.file_id)

    def caller_about_link(self, delegate: Delegate, link_id: str) -> Caller:
        """The same, when they ask about a link."""
        link = self._book().links.get(LinkId(link_id))
        return self.caller(delegate, "" if link is None else link.target.file_id)

    async def view(self, delegate: Delegate, document_id: str) -> ShareView:
        """See the port."""
        caller = self.caller(delegate, document_id)
        view = await self.office.overview.of_path(caller, document_id)
        starts = caller.host is OWNER and await self._can_be_let(document_id)
        return replace(view, starts=starts)

    async def give(
        self, delegate: Delegate, document_id: str, subject: Subject, offer: Offer
    ) -> Grant:
        """Share a document; raises as :class:`jupyter_tandem.ports.desks.ShareDesk`."""
        self._check_document(document_id)
        caller = self.caller(delegate, document_id)
        return await self.office.shares.give(caller, document_id, subject, offer)

    async def end(self, delegate: Delegate, grant_id: str) -> None:
        """See the port."""
        caller = self.caller_about(delegate, grant_id)
        grant = self._book().grants.get(GrantId(grant_id))
        own = grant is not None and grant.subject == caller.person.subject
        if not own and not delegate.may_write:
            # Whether there is such a share or not.
            raise AccessDenied("This token is for reading only (custom:tandem:read).")
        await self.office.shares.end(caller, GrantId(grant_id))

    async def offered(self, delegate: Delegate) -> list[Held]:
        """What others share with the delegate, in an order that does not change."""
        person = person_of(delegate)
        shared = await self.office.overview.with_person(person)
        found: dict[str, HubDocument] = {}
        for one in shared:
            document = self._catalogue.get(one.target.file_id)
            if document is not None and document.owner != delegate.user.username:
                found[document.id] = document
                found.update((d.id, d) for d in self._catalogue.within(document.id))
        held = [
            Held(self._exchange.as_seen(person, document), standing)
            for document in found.values()
            if (standing := self._exchange.standing(person, document)) is not None
        ]
        return sorted(held, key=lambda one: (one.document.made_at, one.document.id))

    def owned(self, delegate: Delegate) -> list[tuple[HubDocument, list[Grant]]]:
        """See the port."""
        book = self._book()
        return [
            (document, book.on(target_of(document)))
            for document in self._catalogue.owned_by(delegate.user.username)
        ]

    def links_kept(self, delegate: Delegate, server: str) -> list[Link]:
        """See the port."""
        kept = self._catalogue.kept_by(delegate.user.username, server)
        return [link for document in kept for link in self._book().links_on(target_of(document))]

    def _check_document(self, document_id: str) -> None:
        if self._catalogue.get(document_id) is None:
            raise NotFound("There is no such file or folder.")


class Herald:
    """Tells servers when what is shared with their person has changed."""

    def __init__(
        self, everybody: Callable[[], Iterable[Embassy]], book: Callable[[], Book]
    ) -> None:
        """Look at ``book`` and tell those of ``everybody`` whom it concerns."""
        self._everybody = everybody
        self._book = book
        self._known: dict[Embassy, frozenset[Grant]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._later: asyncio.TimerHandle | None = None
        self._renamed: defaultdict[str, set[FileId]] = defaultdict(set)
        self._next: dict[str, float] = {}

    def changed(self) -> None:
        """Something was shared, changed or taken back."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(GATHER_S, self._tell)

    def renamed(self, owner: str, shared: Iterable[str]) -> None:
        """A document of ``owner`` has another name or place: whoever has one of ``shared``, it and the folders it lay
        and lies in, is to ask again.
        """
        self._renamed[owner].update(map(FileId, shared))
        self.changed()

    def close(self) -> None:
        """Tell nobody any more."""
        for timer in (self._timer, self._later):
            if timer is not None:
                timer.cancel()

    def _tell(self) -> None:
        self._timer = None
        renamed, told = self._due(), Counter[str]()
        by_subject: defaultdict[Subject, set[Grant]] = defaultdict(set)
        for grant in self._book().grants.values():
            by_subject[grant.subject].add(grant)
        before, self._known = self._known, {}
        for embassy in self._everybody():
            theirs = frozenset().union(*(by_subject[s] for s in _subjects(embassy.delegate)))
            self._known[embassy] = theirs
            of = {owner for grant in theirs for owner in renamed.get(grant.target.file_id, ())}
            told.update(of)
            if of or before.get(embassy) != theirs:
                embassy.news()
        now = asyncio.get_running_loop().time()
        self._next.update((owner, now + count * EACH_S) for owner, count in told.items())

    def _due(self) -> dict[FileId, set[str]]:
        """What has been renamed and is to be told of now, with whose it is."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        self._next = {owner: when for owner, when in self._next.items() if when > now}
        due: defaultdict[FileId, set[str]] = defaultdict(set)
        for owner in [owner for owner in self._renamed if owner not in self._next]:
            for shared in self._renamed.pop(owner):
                due[shared].add(owner)
        if self._later is not None:
            self._later.cancel()
        waiting = [self._next[owner] for owner in self._renamed]
        self._later = loop.call_at(min(waiting), self.changed) if waiting else None
        return due


def target_of(document: HubDocument) -> Target:
    """What grants and links on a document or folder are on."""
    kind = TargetKind.FOLDER if document.is_folder else TargetKind.DOCUMENT
    return Target(kind, FileId(document.id))


def person_of(delegate: Delegate) -> Person:
    """The delegate's person."""
    subject = Subject(SubjectKind.USER, delegate.user.username)
    return Person(subject, delegate.user.display_name, delegate.groups)


def _subjects(delegate: Delegate | None) -> list[Subject]:
    if delegate is None:
        return []
    groups = [Subject(SubjectKind.GROUP, name) for name in delegate.groups]
    return [Subject(SubjectKind.USER, delegate.user.username), SIGNED_IN, *groups]
