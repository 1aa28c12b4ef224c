"""Where shares with people and groups are made, changed and taken back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from jupyter_tandem.core.sharing.offer import bounded, check_manager
from jupyter_tandem.engine.sharing.auditor import Auditor
from jupyter_tandem.engine.sharing.ledger import Ledger
from jupyter_tandem.engine.sharing.reach import Reach
from jupyter_tandem.errors import InvalidInput, NotFound
from jupyter_tandem.ports.clock import Entropy
from jupyter_tandem.ports.desks import Caller
from jupyter_tandem.ports.sharing import EndGrant, PutGrant, PutLink
from jupyter_tandem.sharing import (
    AuditEvent,
    Grant,
    GrantId,
    Link,
    Offer,
    Standing,
    Subject,
    SubjectKind,
    Target,
)

MOST_GRANTS: Final = 10_000
"""Live grants of one server; all are held in memory, some 500 bytes each."""

MOST_ON_ONE: Final = 2_000
"""Live grants on one file or folder: a lecture, with room."""


CheckStart = Callable[[Caller, Grant], None]
"""Does nothing where ``caller`` may let the grant's subject start a server; raises AccessDenied, InvalidInput."""


def no_starting(caller: Caller, grant: Grant) -> None:  # noqa: ARG001  (a :data:`CheckStart`)
    """There is nobody who could start this server."""
    raise InvalidInput("Only across a JupyterHub a server is started for the runs of others.")


class LedgerShareDesk:
    """See :class:`jupyter_tandem.ports.desks.ShareDesk`."""

    def __init__(
        self,
        ledger: Ledger,
        reach: Reach,
        auditor: Auditor,
        entropy: Entropy,
        check_start: CheckStart = no_starting,
    ) -> None:
        """Work on ``ledger``; ``check_start`` knows who may let others start a server."""
        self._check_start = check_start
        self._ledger = ledger
        self._reach = reach
        self._auditor = auditor
        self._entropy = entropy

    async def give(self, caller: Caller, path: str, subject: Subject, offer: Offer) -> Grant:
        """Share what is at ``path``. Who already has a grant on it by name gets it replaced.

        Raises:
            NotFound, AccessDenied, InvalidInput: as in the rules; nothing was stored.
            StoreUnavailable.
        """
        if subject.kind is SubjectKind.GUEST:
            raise InvalidInput("A guest comes by a link; nobody can be made one by name.")
        found, _ = await self._reach.at(caller, path)
        async with self._ledger.turn() as book:
            standing = await self._reach.still(caller, found)
            allowed = bounded(offer, standing, self._ledger.now(), through_link=False)
            target = found.place.target
            before = [g for g in book.on(target) if g.subject == subject and g.link_id is None]
            if not before:
                check_room(len(book.grants), len(book.on(target)))
            grant = self._make(before[0] if before else None, caller, target, subject, allowed)
            kind = "grant.changed" if before else "grant.made"
            await self._ledger.commit([PutGrant(grant)], [self._told(kind, caller, grant)])
        return grant

    async def change(self, caller: Caller, grant_id: GrantId, *, wish: dict[str, object]) -> Grant:
        """Change role, running, starting or expiry of a grant, also of one that came through a link.

        Starting ends with running, and does not come back with it.

        Args:
            caller: Who asks.
            grant_id: Which.
            wish: ``role``, ``may_run``, ``may_start``, ``expires_at``, as far as they are to change.

        Raises:
            NotFound, AccessDenied, InvalidInput: as in the rules; nothing was stored.
        """
        async with self._ledger.turn() as book:
            grant = book.grants.get(grant_id)
            standing = await self._managing(caller, grant)
            if grant is None:
                raise NotFound("There is no such share.")
            wanted = replace(grant, **wish)  # type: ignore[arg-type]  # the API checked the types
            offer = Offer(wanted.role, wanted.may_run, wanted.expires_at)
            allowed = bounded(
                offer, standing, self._ledger.now(), through_link=grant.link_id is not None
            )
            changed = replace(
                grant,
                role=allowed.role,
                may_run=allowed.may_run,
                expires_at=allowed.expires_at,
                may_start=wanted.may_start and allowed.may_run,
            )
            if wish.get("may_start") is True:
                self._check_start(caller, changed)
            if changed.subject.kind is SubjectKind.GUEST:
                rule = self._ledger.guests
                rule.check(changed.target, changed.role, may_run=changed.may_run)
            event = self._told("grant.changed", caller, changed)
            await self._ledger.commit([PutGrant(changed)], [event])
        return changed

    async def end(self, caller: Caller, grant_id: GrantId) -> None:
        """Take a grant back. Who holds it may give it up themselves.

        Raises:
            NotFound, AccessDenied, StoreUnavailable: it stays.
        """
        async with self._ledger.turn() as book:
            grant = book.grants.get(grant_id)
            if grant is None or grant.subject != caller.person.subject:
                await self._managing(caller, grant)
            if grant is None:
                raise NotFound("There is no such share.")
            await self._end([grant], caller, "revoked")

    async def remove(
        self, caller: Caller, path: str, subject: Subject, *, end_links: bool
    ) -> list[Grant]:
        """Take from one person all that lets them into what is at ``path``, and show them out.

        What they have through a group or an account of the server's own stays: the answer shows it, as
        the person is still listed.

        Args:
            caller: Who asks.
            path: The file or folder.
            subject: The person.
            end_links: Whether to end the links they came by as well.

        Returns:
            The grants that were ended.

        Raises:
            NotFound, AccessDenied, StoreUnavailable.
        """
        found, _ = await self._reach.at(caller, path)
        above = {found.place.target.file_id, *found.place.folders}
        async with self._ledger.turn() as book:
            check_manager(await self._reach.still(caller, found))
            theirs = [g for g in book.of(subject) if g.target.file_id in above]
            for grant in theirs:
                await self._managing(caller, grant)
            links = [book.links[g.link_id] for g in theirs if g.link_id is not None]
            await self._end(theirs, caller, "removed", links if end_links else [])
        return theirs

    # -- inside --------------------------------------------------------------

    async def _managing(self, caller: Caller, grant: Grant | None) -> Standing | None:
        """The caller's standing on what ``grant`` is on.

        Raises:
            NotFound: there is none, or the caller has nothing there. AccessDenied: they may not share it.
        """
        if grant is None:
            raise NotFound("There is no such share.")
        standing = await self._reach.to(caller, grant.target)
        if standing is None:
            # The same words: they must not tell that there is one (SHARE-19).
            raise NotFound("There is no such share.")
        check_manager(standing)
        return standing

    async def _end(
        self, grants: list[Grant], caller: Caller, why: str, links: list[Link] | None = None
    ) -> None:
        now = self._ledger.now()
        live = [link for link in links or [] if link.ended_at is None]
        changes = [EndGrant(grant.id, now, caller.text, why) for grant in grants]
        ended = [PutLink(replace(link, ended_at=now)) for link in live]
        events = [self._told("grant.ended", caller, grant, why) for grant in grants]
        events += [
            self._auditor.event("link.ended", caller.text, link.target.file_id, link=link.id)
            for link in live
        ]
        if changes or ended:
            await self._ledger.commit([*changes, *ended], events)

    def _make(
        self,
        before: Grant | None,
        caller: Caller,
        target: Target,
        subject: Subject,
        allowed: Offer,
    ) -> Grant:
        return Grant(
            id=before.id if before is not None else GrantId(self._entropy.token()),
            subject=subject,
            target=target,
            role=allowed.role,
            may_run=allowed.may_run,
            expires_at=allowed.expires_at,
            granted_by=caller.text,
            granted_at=self._ledger.now(),
            display_name=subject.name,
            giver_name=caller.person.display_name,
        )

    def _told(self, kind: str, caller: Caller, grant: Grant, why: str = "") -> AuditEvent:
        return self._auditor.event(
            kind,
            caller.text,
            grant.target.file_id,
            grant=grant.id,
            subject=str(grant.subject),
            target=grant.target.kind.value,
            role=grant.role.value,
            may_run=grant.may_run,
            may_start=grant.may_start,
            expires_at=grant.expires_at,
            **({"why": why} if why else {}),
        )


def check_room(on_server: int, on_target: int) -> None:
    """Do nothing, unless there are too many shares to hold one more.

    Raises:
        InvalidInput: there are.
    """
    if on_server >= MOST_GRANTS or on_target >= MOST_ON_ONE:
        raise InvalidInput("There are too many shares; end some first.")
