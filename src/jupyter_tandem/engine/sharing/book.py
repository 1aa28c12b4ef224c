"""All that is shared now, in memory, found by what is asked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final, TypeVar

from jupyter_tandem.core.sharing.decision import effective_role
from jupyter_tandem.core.sharing.guest_rule import ANYTHING, GuestRule
from jupyter_tandem.ports.sharing import (
    Change,
    EndGrant,
    EndGuest,
    Holdings,
    PutGrant,
    PutGuest,
    PutLink,
)
from jupyter_tandem.sharing import (
    SIGNED_IN,
    WHOLE_SERVER,
    Grant,
    GrantId,
    Guest,
    Link,
    LinkId,
    Person,
    Place,
    Standing,
    Subject,
    SubjectKind,
    Target,
    TargetKind,
)
from jupyter_tandem.types import FileId

Key = TypeVar("Key", Target, Subject, tuple[Target, Subject])

NOTHING: Final = Holdings(revision=-1, grants=(), links=(), guests=())


class Book:
    """What the store holds, as of ``revision``. The store is the truth; this is what is asked per frame."""

    def __init__(self, holdings: Holdings = NOTHING, guests: GuestRule = ANYTHING) -> None:
        """Begin with ``holdings``; ``guests`` bounds what people without an account are."""
        self._rule = guests
        self.revision = holdings.revision
        self.grants: dict[GrantId, Grant] = {}
        self.links: dict[LinkId, Link] = {}
        self._by_target: defaultdict[Target, dict[GrantId, Grant]] = defaultdict(dict)
        # A lecture has hundreds of grants on one document, and everybody there is asked about every few seconds.
        self._held: defaultdict[tuple[Target, Subject], dict[GrantId, Grant]] = defaultdict(dict)
        self._by_subject: defaultdict[Subject, dict[GrantId, Grant]] = defaultdict(dict)
        self._above_documents = 0
        self._by_digest: dict[str, LinkId] = {}
        self.guests: dict[str, Guest] = {}
        self._cookies: dict[str, str] = {}
        for grant in holdings.grants:
            self._put_grant(grant)
        for link in holdings.links:
            self._put_link(link)
        for guest in holdings.guests:
            self._put_guest(guest)

    # -- asking --------------------------------------------------------------

    def effective_role(self, person: Person, place: Place, now: float) -> Standing | None:
        """What ``person`` is to ``place`` at ``now`` by what was shared with them."""
        if not self.grants:
            return None
        standing = effective_role(person, place, self._about(person, place), now)
        return self._rule.bound(standing) if person.subject.kind is SubjectKind.GUEST else standing

    def on(self, target: Target) -> list[Grant]:
        """The grants on exactly this target."""
        return list(self._by_target.get(target, {}).values())

    def of(self, subject: Subject) -> list[Grant]:
        """The grants for exactly this subject."""
        return list(self._by_subject.get(subject, {}).values())

    def targets_for(self, person: Person) -> set[Target]:
        """What something was shared on with this person, a group of theirs or everybody signed in."""
        return {grant.target for subject in _subjects_of(person) for grant in self.of(subject)}

    def through(self, link_id: LinkId) -> list[Grant]:
        """The grants made through a link."""
        return [grant for grant in self.grants.values() if grant.link_id == link_id]

    def links_on(self, target: Target) -> list[Link]:
        """The links to exactly this target, ended ones too."""
        return [link for link in self.links.values() if link.target == target]

    def link_with(self, digest: str) -> Link | None:
        """The link whose secret has this digest, ended ones too."""
        link_id = self._by_digest.get(digest)
        return None if link_id is None else self.links[link_id]

    def guest_with(self, digest: str) -> Guest | None:
        """The guest whose cookie has this digest."""
        guest_id = self._cookies.get(digest)
        return None if guest_id is None else self.guests[guest_id]

    @property
    def shares_folders(self) -> bool:
        """Whether anything is shared that is not a single document."""
        return self._above_documents > 0

    def next_expiry(self) -> float | None:
        """When the next grant expires (Unix seconds)."""
        ends = [g.expires_at for g in self.grants.values() if g.expires_at is not None]
        return min(ends, default=None)

    def expired(self, now: float) -> list[Grant]:
        """Grants whose time has come."""
        return [g for g in self.grants.values() if g.expires_at is not None and g.expires_at <= now]

    def forgotten(self, now: float) -> list[Guest]:
        """Guests whose cookie opens nothing any more."""
        return [guest for guest in self.guests.values() if guest.expires_at <= now]

    def _about(self, person: Person, place: Place) -> Iterator[Grant]:
        targets = [place.target, *map(_folder, place.folders)]
        if place.target != WHOLE_SERVER:
            targets.append(WHOLE_SERVER)
        subjects = _subjects_of(person)
        for target in targets:
            if target in self._by_target:
                for subject in subjects:
                    yield from self._held.get((target, subject), {}).values()

    # -- following -----------------------------------------------------------

    def follow(self, changes: Sequence[Change], used: LinkId | None, revision: int) -> None:
        """Take over what was just made durable as ``revision``, the one after this book's."""
        self.revision = revision
        for change in changes:
            match change:
                case PutGrant(grant):
                    self._put_grant(grant)
                case EndGrant(grant_id):
                    self._end_grant(grant_id)
                case PutLink(link):
                    self._put_link(link)
                case PutGuest(guest):
                    self._put_guest(guest)
                case EndGuest(guest_id):
                    self._end_guest(guest_id)
        if used is not None:
            link = self.links[used]
            self.links[used] = replace(link, uses=link.uses + 1)

    def _put_grant(self, grant: Grant) -> None:
        known = self.grants.get(grant.id)
        if known is not None and (known.target, known.subject) != (grant.target, grant.subject):
            self._end_grant(grant.id)
        if grant.id not in self.grants:
            self._above_documents += grant.target.kind is not TargetKind.DOCUMENT
        self.grants[grant.id] = grant
        self._by_target[grant.target][grant.id] = grant
        self._held[grant.target, grant.subject][grant.id] = grant
        self._by_subject[grant.subject][grant.id] = grant

    def _end_grant(self, grant_id: GrantId) -> None:
        grant = self.grants.pop(grant_id, None)
        if grant is not None:
            self._above_documents -= grant.target.kind is not TargetKind.DOCUMENT
            _take(self._by_target, grant.target, grant_id)
            _take(self._held, (grant.target, grant.subject), grant_id)
            _take(self._by_subject, grant.subject, grant_id)

    def _put_link(self, link: Link) -> None:
        known = self.links.get(link.id)
        self.links[link.id] = link if known is None else replace(link, uses=known.uses)
        self._by_digest[link.digest] = link.id

    def _put_guest(self, guest: Guest) -> None:
        self._end_guest(guest.id)
        self.guests[guest.id] = guest
        self._cookies[guest.digest] = guest.id

    def _end_guest(self, guest_id: str) -> None:
        guest = self.guests.pop(guest_id, None)
        if guest is not None:
            del self._cookies[guest.digest]


def _subjects_of(person: Person) -> list[Subject]:
    """The subjects whose grants may be for this person."""
    groups = [Subject(SubjectKind.GROUP, name) for name in person.groups]
    return [person.subject, *groups, SIGNED_IN]


def _take(index: dict[Key, dict[GrantId, Grant]], key: Key, grant_id: GrantId) -> None:
    del index[key][grant_id]
    if not index[key]:
        del index[key]


def _folder(file_id: FileId) -> Target:
    return Target(TargetKind.FOLDER, file_id)
