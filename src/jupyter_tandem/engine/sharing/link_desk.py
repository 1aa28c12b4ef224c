"""Where links are made, changed and withdrawn."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from jupyter_tandem.core.sharing.link import digest_of, is_open, secret_of
from jupyter_tandem.core.sharing.offer import bounded, check_manager
from jupyter_tandem.engine.sharing.auditor import Auditor
from jupyter_tandem.engine.sharing.ledger import Ledger
from jupyter_tandem.engine.sharing.reach import Reach
from jupyter_tandem.errors import InvalidInput, NotFound
from jupyter_tandem.ports.clock import Entropy
from jupyter_tandem.ports.desks import Caller, LinkWish
from jupyter_tandem.ports.sharing import EndGrant, Located, Passwords, PutLink, SharingStore
from jupyter_tandem.sharing import AuditEvent, Link, LinkId, LinkUse, Offer, Standing

MOST_LINKS: Final = 10_000
"""Open links of one server. All are held in memory, ended ones too, some 600 bytes each."""

MOST_USES: Final = 1_000_000
SHORTEST_PASSWORD: Final = 8
LONGEST_PASSWORD: Final = 256
"""Characters. The hash costs the same for any length; the bound is for what reads the request."""


class LedgerLinkDesk:
    """See :class:`jupyter_tandem.ports.desks.LinkDesk`."""

    def __init__(
        self,
        ledger: Ledger,
        reach: Reach,
        auditor: Auditor,
        entropy: Entropy,
        passwords: Passwords,
    ) -> None:
        """Work on ``ledger``."""
        self._ledger = ledger
        self._reach = reach
        self._auditor = auditor
        self._entropy = entropy
        self._passwords = passwords

    @property
    def _store(self) -> SharingStore:
        return self._ledger.store

    async def make(self, caller: Caller, path: str, wish: LinkWish) -> tuple[Link, str]:
        """Make a link to what is at ``path``.

        Returns:
            The link and its secret, which is known to nobody afterwards (SHARE-9).

        Raises:
            NotFound, AccessDenied, InvalidInput: as in the rules; nothing was stored.
        """
        found, standing = await self._reach.at(caller, path)
        self._allowed(wish, found, standing)
        _check(wish)
        hashed = await self._passwords.hash(wish.password) if wish.password else ""
        secret = secret_of(self._entropy.token(), self._entropy.token())
        async with self._ledger.turn() as book:
            allowed = self._allowed(wish, found, await self._reach.still(caller, found))
            now = self._ledger.now()
            if sum(is_open(known, now) for known in book.links.values()) >= MOST_LINKS:
                raise InvalidInput("There are too many open links on this server; end some first.")
            link = Link(
                id=LinkId(self._entropy.token()),
                digest=digest_of(secret),
                target=found.place.target,
                name=found.name,
                role=allowed.role,
                may_run=allowed.may_run,
                guests=wish.guests,
                password=hashed,
                expires_at=allowed.expires_at,
                max_uses=wish.max_uses,
                uses=0,
                created_by=caller.text,
                created_at=now,
                giver_name=caller.person.display_name,
            )
            await self._ledger.commit([PutLink(link)], [self._told("link.made", caller, link)])
        return link, secret

    def _allowed(self, wish: LinkWish, found: Located, standing: Standing) -> Offer:
        allowed = bounded(wish.offer, standing, self._ledger.now(), through_link=True)
        if wish.guests:
            self._ledger.guests.check(found.place.target, allowed.role, may_run=allowed.may_run)
        return allowed

    async def change(self, caller: Caller, link_id: LinkId, *, wish: dict[str, object]) -> Link:
        """Change what those get who come from now on; who came before keeps what they have (SHARE-8).

        Args:
            caller: Who asks.
            link_id: Which.
            wish: ``role``, ``may_run``, ``expires_at``, ``guests``, ``max_uses``, as far as they are to
                change.

        Raises:
            NotFound, AccessDenied, InvalidInput: as in the rules; nothing was stored.
        """
        async with self._ledger.turn() as book:
            link = book.links.get(link_id)
            standing = await self._managing(caller, link)
            if link is None or link.ended_at is not None:
                raise NotFound("There is no such link.")
            wanted = replace(link, **wish)  # type: ignore[arg-type]  # the API checked the types
            offer = Offer(wanted.role, wanted.may_run, wanted.expires_at)
            allowed = bounded(offer, standing, self._ledger.now(), through_link=True)
            _check(LinkWish(allowed, wanted.guests, wanted.max_uses, ""))
            if wanted.guests:
                self._ledger.guests.check(link.target, allowed.role, may_run=allowed.may_run)
            if wanted.max_uses is not None and wanted.max_uses < link.uses:
                raise InvalidInput("More people than that have used the link already.")
            changed = replace(wanted, expires_at=allowed.expires_at)
            event = self._told("link.changed", caller, changed)
            await self._ledger.commit([PutLink(changed)], [event])
        return changed

    async def end(self, caller: Caller, link_id: LinkId, *, with_grants: bool) -> None:
        """Withdraw a link; with its grants, everybody who came by it is shown out (SHARE-15).

        Raises:
            NotFound, AccessDenied, StoreUnavailable: it stays.
        """
        async with self._ledger.turn() as book:
            link = book.links.get(link_id)
            await self._managing(caller, link)
            if link is None:
                raise NotFound("There is no such link.")
            now = self._ledger.now()
            grants = book.through(link_id) if with_grants else []
            events = [] if link.ended_at else [self._told("link.ended", caller, link)]
            events += [
                self._auditor.event(
                    "grant.ended",
                    caller.text,
                    grant.target.file_id,
                    grant=grant.id,
                    subject=str(grant.subject),
                    why="link ended",
                )
                for grant in grants
            ]
            changes = [EndGrant(g.id, now, caller.text, "revoked") for g in grants]
            ended = [] if link.ended_at else [PutLink(replace(link, ended_at=now))]
            if changes or ended:
                await self._ledger.commit([*ended, *changes], events)

    async def uses(self, caller: Caller, link_id: LinkId) -> list[LinkUse]:
        """Who used a link and when, oldest first.

        Raises:
            NotFound, AccessDenied.
        """
        await self._managing(caller, (await self._ledger.refresh()).links.get(link_id))
        return list(await self._store.uses(link_id))

    # -- inside --------------------------------------------------------------

    async def _managing(self, caller: Caller, link: Link | None) -> Standing | None:
        if link is None:
            raise NotFound("There is no such link.")
        standing = await self._reach.to(caller, link.target)
        if standing is None:
            # The same words: they must not tell that there is one (SHARE-19).
            raise NotFound("There is no such link.")
        check_manager(standing)
        return standing

    def _told(self, kind: str, caller: Caller, link: Link) -> AuditEvent:
        return self._auditor.event(
            kind,
            caller.text,
            link.target.file_id,
            link=link.id,
            name=link.name,
            role=link.role.value,
            may_run=link.may_run,
            guests=link.guests,
            password=bool(link.password),
            max_uses=link.max_uses,
            expires_at=link.expires_at,
        )


def _check(wish: LinkWish) -> None:
    if wish.max_uses is not None and not 0 < wish.max_uses <= MOST_USES:
        raise InvalidInput(f"`max_uses` must be a number from 1 to {MOST_USES}.")
    if wish.password and not SHORTEST_PASSWORD <= len(wish.password) <= LONGEST_PASSWORD:
        raise InvalidInput(
            f"The password must have {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters."
        )
