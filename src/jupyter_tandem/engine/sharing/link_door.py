"""Where links are opened (docs/spec/sharing.md)."""

from __future__ import annotations

import asyncio
from typing import Final
from weakref import WeakValueDictionary

from jupyter_tandem.core.sharing.decision import at_most
from jupyter_tandem.core.sharing.link import check_usable, digest_of, grant_from
from jupyter_tandem.core.sharing.throttle import Throttle
from jupyter_tandem.engine.sharing.auditor import Auditor
from jupyter_tandem.engine.sharing.guest_list import GuestList
from jupyter_tandem.engine.sharing.ledger import Ledger
from jupyter_tandem.engine.sharing.share_desk import check_room
from jupyter_tandem.errors import (
    AccessDenied,
    LinkEnded,
    NotFound,
    SignInRequired,
    TandemError,
    TooManyTries,
    WrongPassword,
)
from jupyter_tandem.ports.clock import Clock, Entropy
from jupyter_tandem.ports.desks import Admission, Caller, Preview, Visit, person_of
from jupyter_tandem.ports.sharing import Change, Located, Passwords, Places, PutGrant, PutGuest
from jupyter_tandem.sharing import Grant, GrantId, Link, LinkId, LinkUse

GUESSES: Final = (10, 0.1)
"""Unknown secrets from one address: at once, and per second in the long run. A person mistypes none; a
damaged link is opened a few times."""

PASSWORD_TRIES: Final = (5, 1 / 60)
"""Wrong passwords for one link from one address."""

LINK_TRIES: Final = (100, 0.2)
"""Wrong passwords for one link from everywhere: who has many addresses guesses no faster than 17,000 times a day."""

NEW_GUESTS: Final = (500, 1.0)
"""Guests that come by one link from one address for the first time: a lecture hall at once, and slowly without end."""

RECORDED_REFUSALS: Final = (100, 1.0)
"""Refusals of the whole server that are recorded; nobody may fill the disk with them."""


class LedgerLinkDoor:
    """:class:`jupyter_tandem.ports.desks.LinkDoor`. Tells as little as it can and counts failures."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        places: Places,
        auditor: Auditor,
        guests: GuestList,
        passwords: Passwords,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        """Open the links of ``ledger``."""
        self._ledger = ledger
        self._places = places
        self._auditor = auditor
        self._guests = guests
        self._passwords = passwords
        self._clock = clock
        self._entropy = entropy
        self._guesses = Throttle(*GUESSES)
        self._recorded = Throttle(*RECORDED_REFUSALS)
        self._password_tries = Throttle(*PASSWORD_TRIES)
        self._link_tries = Throttle(*LINK_TRIES)
        self._new_guests = Throttle(*NEW_GUESTS)
        self._turns: WeakValueDictionary[tuple[LinkId, str], asyncio.Lock] = WeakValueDictionary()

    async def look(self, secret: str, visit: Visit) -> Preview:
        """What the link would give; nothing is counted but a wrong secret.

        Raises:
            NotFound: no link has this secret. TooManyTries: too many such tries from there.
            LinkEnded: it has ended; told to those who know the secret only. AccessDenied: the person was
                shown out.
        """
        link = await self._find(secret, visit)
        used_before = self._given(link, visit) is not None
        try:
            sign_in = self._must_sign_in(link, visit, used_before)
            await self._check_welcome(link, visit, used_before)
        except (LinkEnded, AccessDenied) as error:
            self._refused(link, visit, error)
            raise
        return Preview(link, await self._places.of(link.target), used_before, sign_in)

    async def redeem(
        self, secret: str, visit: Visit, *, display_name: str, password: str
    ) -> Admission:
        """Use the link.

        Args:
            secret: Out of its address.
            visit: Who uses it.
            display_name: What a new guest wants to be called.
            password: What they think is the link's, or ``""``.

        Raises:
            NotFound, TooManyTries, LinkEnded, AccessDenied, SignInRequired, WrongPassword, StoreUnavailable:
                nothing was given and no use counted.
        """
        link = await self._find(secret, visit)
        try:
            await self._check_password(link, visit, password)
            return await self._admit(link, visit, display_name)
        except (LinkEnded, AccessDenied, SignInRequired, WrongPassword, NotFound) as error:
            self._refused(link, visit, error)
            raise

    # -- inside --------------------------------------------------------------

    async def _find(self, secret: str, visit: Visit) -> Link:
        now = self._clock.monotonic()
        if self._guesses.blocked(visit.peer, now):
            raise TooManyTries(
                "Too many links that do not exist were tried from here. Wait a minute."
            )
        try:
            link = (await self._ledger.refresh()).link_with(digest_of(secret))
            if link is None:
                raise NotFound("There is no such link. Was it copied whole?")
        except NotFound:
            self._guesses.fail(visit.peer, now)
            if not self._recorded.blocked("", now):
                self._recorded.fail("", now)
                self._auditor.record("link.refused", "unknown", why="not-found", peer=visit.peer)
            raise
        return self._ledger.guests.as_used(link, visit.person)

    async def _check_password(self, link: Link, visit: Visit, password: str) -> None:
        if not link.password or self._given(link, visit) is not None:
            return
        if not password:
            raise WrongPassword("This link needs a password. Ask the person who sent it.")
        key = (link.id, visit.peer)
        # One after the other: of many that come at once each must see that those before it were wrong.
        async with self._turns.setdefault(key, asyncio.Lock()):
            now = self._clock.monotonic()
            if self._password_tries.blocked(key, now) or self._link_tries.blocked(link.id, now):
                raise TooManyTries("Too many wrong passwords. Wait a minute.")
            if not await self._passwords.matches(password, link.password):
                self._password_tries.fail(key, now)
                self._link_tries.fail(link.id, now)
                raise WrongPassword("That is not this link's password.")

    def _given(self, link: Link, visit: Visit) -> Grant | None:
        """What this person has through this link, if they used it before."""
        if visit.person is None:
            return None
        now, subject = self._ledger.now(), visit.person.subject
        for grant in self._ledger.book.through(link.id):
            if grant.subject == subject and (grant.expires_at is None or now < grant.expires_at):
                return grant
        return None

    def _must_sign_in(self, link: Link, visit: Visit, used_before: bool) -> bool:
        try:
            check_usable(link, visit.person, self._ledger.now(), used_before=used_before)
        except SignInRequired:
            return True
        return False

    async def _check_welcome(self, link: Link, visit: Visit, used_before: bool) -> None:
        """Do nothing, unless a manager took from this person what they came by through this link (SHARE-25)."""
        if used_before or visit.person is None:
            return
        if await self._ledger.store.was_shown_out(link.id, visit.person.subject):
            raise AccessDenied("You were removed from here. Ask the person who sent the link.")

    async def _admit(self, link: Link, visit: Visit, display_name: str) -> Admission:
        found = await self._places.of(link.target)
        if found is None:
            raise LinkEnded("What this link leads to has been deleted.")
        async with self._ledger.turn() as book:
            link = self._ledger.guests.as_used(book.links[link.id], visit.person)
            now = self._ledger.now()
            given = self._given(link, visit)
            check_usable(link, visit.person, now, used_before=given is not None)
            if visit.caller is not None and self._has_it(visit.caller, link):
                return Admission(found, True, "", None)
            if given is not None:
                return Admission(found, False, "", visit.guest if visit.caller is None else None)
            await self._check_welcome(link, visit, used_before=False)
            return await self._admit_anew(link, visit, found, display_name, now)

    @staticmethod
    def _has_it(caller: Caller, link: Link) -> bool:
        """Whether the server itself lets them do as much, so that the link gives nothing."""
        host = caller.host
        return (
            host is not None
            and at_most(link.role, host.role)
            and (host.may_run or not link.may_run)
        )

    async def _admit_anew(
        self, link: Link, visit: Visit, found: Located, display_name: str, now: float
    ) -> Admission:
        changes: list[Change] = []
        cookie, guest, person = "", None, visit.person
        newcomer = (link.id, visit.peer) if person is None else None
        if newcomer is not None and self._new_guests.blocked(newcomer, self._clock.monotonic()):
            raise TooManyTries("Too many people came by this link from there. Wait a minute.")
        if visit.caller is None:
            guest, cookie = self._guests.welcome(visit.guest, display_name, now)
            person = person_of(guest)
            changes.append(PutGuest(guest))
        if person is None:
            raise AssertionError("Somebody is either signed in or a guest.")
        book = self._ledger.book
        check_room(len(book.grants), len(book.on(link.target)))
        grant = grant_from(link, person, GrantId(self._entropy.token()), now)
        use = LinkUse(link.id, now, person.subject, person.display_name)
        event = self._auditor.event(
            "link.used",
            str(person.subject),
            link.target.file_id,
            link=link.id,
            grant=grant.id,
            name=person.display_name,
            role=link.role.value,
            peer=visit.peer,
        )
        await self._ledger.redeem(use, [*changes, PutGrant(grant)], [event])
        if newcomer is not None:
            self._new_guests.fail(newcomer, self._clock.monotonic())
        return Admission(found, False, cookie, guest)

    def _refused(self, link: Link, visit: Visit, error: TandemError) -> None:
        now = self._clock.monotonic()
        if self._recorded.blocked("", now):
            return
        self._recorded.fail("", now)
        actor = str(visit.person.subject) if visit.person is not None else "unknown"
        self._auditor.record(
            "link.refused",
            actor,
            link.target.file_id,
            link=link.id,
            why=error.code,
            peer=visit.peer,
        )
