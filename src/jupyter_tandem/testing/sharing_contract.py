"""What every sharing store and audit log has to keep: subclass both suites, override ``open_sharing``."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Protocol

import pytest

from jupyter_tandem.errors import InvalidInput, LinkEnded, StoreUnavailable
from jupyter_tandem.ports.audit import AuditLog, AuditQuery
from jupyter_tandem.ports.sharing import (
    EndGrant,
    EndGuest,
    PutGrant,
    PutGuest,
    PutLink,
    SharingStore,
)
from jupyter_tandem.sharing import (
    AuditEvent,
    Grant,
    GrantId,
    Guest,
    Link,
    LinkId,
    LinkUse,
    Subject,
    SubjectKind,
    Target,
    TargetKind,
)
from jupyter_tandem.types import FileId, Role


class Sharing(SharingStore, AuditLog, Protocol):
    """Both promises over one database."""


OpenSharing = Callable[[], Sharing]
"""Opens the same database each time it is called."""

LINK = Link(
    id=LinkId("link"),
    digest="d" * 64,
    target=Target(TargetKind.DOCUMENT, FileId("file")),
    name="analysis.ipynb",
    role=Role.VIEWER,
    may_run=False,
    guests=True,
    password="",
    expires_at=2_000.5,
    max_uses=3,
    uses=0,
    created_by="user:ada",
    created_at=1_000.25,
    giver_name="Ada",
)
GRANT = Grant(
    id=GrantId("grant"),
    subject=Subject(SubjectKind.GUEST, "guest"),
    target=LINK.target,
    role=Role.EDITOR,
    may_run=True,
    expires_at=None,
    granted_by="user:ada",
    granted_at=1_001.0,
    link_id=None,
    display_name="Zoë 🦉",
    giver_name="Ada",
    may_start=True,
)
GUEST = Guest("guest", "e" * 64, "Zoë 🦉", 1_000.0, 9_000.0)


def event(kind: str = "grant.made") -> AuditEvent:
    """An audit event."""
    return AuditEvent(1_000.125, kind, "user:ada", "file", {"role": "editor", "uses": 3, "to": "é"})


def use(number: int, at: float = 1_500.0) -> LinkUse:
    """A use by the guest with this number."""
    return LinkUse(LINK.id, at, Subject(SubjectKind.GUEST, f"guest-{number}"), f"Guest {number}")


class SharingFixture:
    """Opens and closes what is tested."""

    @pytest.fixture
    def open_sharing(self) -> OpenSharing:
        """Override this."""
        raise NotImplementedError

    @pytest.fixture
    async def sharing(self, open_sharing: OpenSharing) -> AsyncIterator[Sharing]:
        """The opened store."""
        opened = open_sharing()
        yield opened
        await opened.close()


class SharingContract(SharingFixture):
    """Promises of :class:`~jupyter_tandem.ports.sharing.SharingStore`."""

    async def test_it_gives_back_what_was_put(self, sharing: Sharing) -> None:
        """Whole, with names in any script."""
        await sharing.commit([PutLink(LINK), PutGrant(GRANT), PutGuest(GUEST)], [])
        held = await sharing.load()
        assert (held.grants, held.links, held.guests) == ((GRANT,), (LINK,), (GUEST,))

    @pytest.mark.spec("SHARE-20")
    async def test_it_survives_a_restart(self, sharing: Sharing, open_sharing: OpenSharing) -> None:
        """Another process finds the same."""
        await sharing.commit([PutLink(LINK), PutGrant(GRANT), PutGuest(GUEST)], [event()])
        await sharing.close()
        again = open_sharing()
        held = await again.load()
        assert (held.grants, held.links, held.guests) == ((GRANT,), (LINK,), (GUEST,))
        assert await again.verify() is None
        await again.close()

    async def test_a_grant_that_ended_counts_no_more(self, sharing: Sharing) -> None:
        """It is not loaded; ending it twice changes nothing."""
        await sharing.commit([PutGrant(GRANT)], [])
        for _ in range(2):
            await sharing.commit([EndGrant(GRANT.id, 1_600.0, "user:ada", "revoked")], [])
        assert (await sharing.load()).grants == ()

    @pytest.mark.spec("SHARE-23")
    async def test_what_ended_stays_ended(self, sharing: Sharing) -> None:
        """Somebody who changes it at the same moment does not bring it back."""
        await sharing.commit([PutGrant(GRANT), PutLink(replace(LINK, ended_at=1_400.0))], [])
        await sharing.commit([EndGrant(GRANT.id, 1_600.0, "user:ada", "revoked")], [])
        for change in (PutGrant(replace(GRANT, role=Role.MANAGER)), PutLink(LINK)):
            with pytest.raises(StoreUnavailable):
                await sharing.commit([change], [event()])
        held = await sharing.load()
        assert held.grants == ()
        assert held.links == (replace(LINK, ended_at=1_400.0),)
        assert await sharing.read() == []

    async def test_changing_a_link_keeps_its_count(self, sharing: Sharing) -> None:
        """A count that was read before a redemption must not be written after it."""
        await sharing.commit([PutLink(LINK)], [])
        await sharing.redeem(LINK.id, use(1), [], [])
        await sharing.commit([PutLink(replace(LINK, role=Role.EDITOR))], [])
        assert (await sharing.load()).links == (replace(LINK, role=Role.EDITOR, uses=1),)

    @pytest.mark.spec("SHARE-25")
    async def test_it_knows_who_was_shown_out(self, sharing: Sharing) -> None:
        """By somebody else, by this link; not who went by themselves or whose time was over."""
        holder, other = GRANT.subject, LinkId("other")
        links = [PutLink(LINK), PutLink(replace(LINK, id=other, digest="e" * 64))]
        await sharing.commit(links, [])
        ends = [("first", str(holder), "revoked"), ("second", "server", "expired")]
        ends.append(("third", "user:ada", "removed"))
        for number, by, why in ends:
            assert not await sharing.was_shown_out(LINK.id, holder)
            grant = replace(GRANT, id=GrantId(number), link_id=LINK.id)
            await sharing.commit([PutGrant(grant)], [])
            await sharing.commit([EndGrant(grant.id, 1_600.0, by, why)], [])
        assert await sharing.was_shown_out(LINK.id, holder)
        assert not await sharing.was_shown_out(other, holder)
        assert not await sharing.was_shown_out(LINK.id, Subject(SubjectKind.GUEST, "somebody else"))

    async def test_an_ended_guest_is_unknown(self, sharing: Sharing) -> None:
        """Their cookie opens nothing."""
        await sharing.commit([PutGuest(GUEST)], [])
        await sharing.commit([EndGuest(GUEST.id)], [])
        assert (await sharing.load()).guests == ()

    async def test_every_transaction_makes_a_new_revision(self, sharing: Sharing) -> None:
        """So that other processes notice."""
        first = await sharing.commit([PutLink(LINK)], [])
        second = await sharing.redeem(LINK.id, use(1), [PutGuest(GUEST)], [])
        assert first < second == await sharing.revision() == (await sharing.load()).revision

    @pytest.mark.spec("SHARE-12")
    async def test_a_use_limit_holds_when_raced(
        self, sharing: Sharing, open_sharing: OpenSharing
    ) -> None:
        """Of 20 at once, from two processes, exactly three get through, and they are listed."""
        other = open_sharing()
        await sharing.commit([PutLink(LINK)], [])
        tries = [
            (sharing if n % 2 else other).redeem(LINK.id, use(n), [], [event("link.used")])
            for n in range(20)
        ]
        outcomes = await asyncio.gather(*tries, return_exceptions=True)
        assert sum(isinstance(outcome, int) for outcome in outcomes) == 3
        assert sum(isinstance(outcome, LinkEnded) for outcome in outcomes) == 17
        assert len(await sharing.uses(LINK.id)) == 3
        assert len(await sharing.read()) == 3
        await other.close()

    @pytest.mark.parametrize(
        "link",
        [
            pytest.param(replace(LINK, ended_at=1_400.0), id="revoked"),
            pytest.param(replace(LINK, expires_at=1_500.0), id="expired"),
            pytest.param(replace(LINK, max_uses=0), id="used up"),
        ],
    )
    async def test_a_link_that_ended_lets_nobody_in(self, sharing: Sharing, link: Link) -> None:
        """Nothing of the redemption is stored."""
        await sharing.commit([PutLink(link)], [])
        with pytest.raises(LinkEnded):
            await sharing.redeem(link.id, use(1), [PutGuest(GUEST)], [event()])
        assert (await sharing.load()).guests == ()
        assert await sharing.uses(link.id) == []

    @pytest.mark.spec("AUDIT-12")
    @pytest.mark.parametrize("odd", ["\ud800", "\0"])
    async def test_what_it_cannot_hold_is_refused_or_held(self, sharing: Sharing, odd: str) -> None:
        """SQLite holds a NUL; nothing holds half a character."""
        change = PutGrant(replace(GRANT, display_name=odd))
        try:
            await sharing.commit([change], [event()])
        except InvalidInput:
            assert (await sharing.load()).grants == ()
        else:
            assert odd == "\0"
            assert [grant.display_name for grant in (await sharing.load()).grants] == [odd]

    async def test_a_closed_store_says_so(self, sharing: Sharing) -> None:
        """Closing twice is fine."""
        await sharing.close()
        await sharing.close()
        with pytest.raises(StoreUnavailable):
            await sharing.load()


_TOLD = (
    ("grant.made", "user:ada", "one"),
    ("link.made", "user:ada", "two"),
    ("grant.ended", "user:bob", "one"),
    ("grant.made", "user:ada", "two"),
    ("document.joined", "user:bob", "two"),
)


class AuditContract(SharingFixture):
    """Promises of :class:`~jupyter_tandem.ports.audit.AuditLog`."""

    @pytest.mark.spec("AUDIT-1")
    async def test_entries_are_chained_in_order(self, sharing: Sharing) -> None:
        """Those of ``append`` and those of ``commit`` stand in one chain."""
        await sharing.append([event("a"), event("b")])
        await sharing.commit([PutGrant(GRANT)], [event("c")])
        entries = await sharing.read()
        assert [entry.event.kind for entry in entries] == ["a", "b", "c"]
        assert [entry.sequence for entry in entries] == [1, 2, 3]
        assert [entry.previous for entry in entries[1:]] == [e.digest for e in entries[:-1]]
        assert await sharing.verify() is None

    @pytest.mark.spec("AUDIT-12")
    async def test_text_that_cannot_be_written_is_recorded_as_well_as_can_be(
        self, sharing: Sharing
    ) -> None:
        """Half characters, NULs, numbers that are none, and what is too long."""
        odd = "\ud800\0" + "x" * 10_000
        await sharing.append([AuditEvent(1.0, odd, odd, odd, {"name": odd, "seconds": math.inf})])
        ((read,), shown) = ([e.event for e in await sharing.read()], "\ufffd\ufffd")
        assert (read.kind, len(read.kind)) == (shown + "x" * 62, 64)
        assert (len(read.actor), len(read.file_id)) == (300, 255)
        assert read.details == {"name": shown + "x" * 998, "seconds": None}
        assert await sharing.verify() is None

    @pytest.mark.spec("AUDIT-2")
    async def test_appends_of_two_processes_make_one_chain(
        self, sharing: Sharing, open_sharing: OpenSharing
    ) -> None:
        """None is lost, none has two successors."""
        other = open_sharing()
        await asyncio.gather(
            *((sharing if n % 2 else other).append([event(f"n{n}")]) for n in range(20))
        )
        assert {entry.event.kind for entry in await other.read()} == {f"n{n}" for n in range(20)}
        assert await sharing.verify() is None
        await other.close()

    @pytest.mark.spec("AUDIT-10")
    async def test_it_finds_what_fits_all_that_is_asked(self, sharing: Sharing) -> None:
        """By kind, person, document, time and number, in both orders."""
        made = [
            replace(event(kind), at=float(at), actor=actor, file_id=about)
            for at, (kind, actor, about) in enumerate(_TOLD)
        ]
        await sharing.append(made)

        async def numbers(query: AuditQuery, **how: bool) -> list[int]:
            return [e.sequence for e in await sharing.find(query, limit=3, **how)]

        assert await numbers(AuditQuery()) == [1, 2, 3]
        assert await numbers(AuditQuery(), newest_first=True) == [5, 4, 3]
        assert await numbers(AuditQuery(before=3), newest_first=True) == [2, 1]
        assert await numbers(AuditQuery(after=3)) == [4, 5]
        assert await numbers(AuditQuery(kind="grant.")) == [1, 3, 4]
        assert await numbers(AuditQuery(kind="grant%")) == []
        assert await numbers(AuditQuery(kind="grant", actor="user:bob")) == [3]
        assert await numbers(AuditQuery(about="two", since=1.0, until=4.0)) == [2, 4]

    async def test_it_reads_from_where_it_is_told(self, sharing: Sharing) -> None:
        """By number, by time and by page."""
        await sharing.append([replace(event(), at=float(at)) for at in range(10, 20)])
        assert [e.sequence for e in await sharing.read(after=3, limit=2)] == [4, 5]
        assert [e.event.at for e in await sharing.read(since=18.0)] == [18.0, 19.0]
