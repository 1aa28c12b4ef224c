"""The book of shares and its store: one change at a time, durable first, then acted on."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Final

from jupyter_tandem.core.sharing.guest_rule import ANYTHING, GuestRule
from jupyter_tandem.engine.sharing.book import NOTHING, Book
from jupyter_tandem.errors import StoreError
from jupyter_tandem.ports.clock import Clock
from jupyter_tandem.ports.sharing import Change, EndGrant, EndGuest, Holdings, SharingStore
from jupyter_tandem.sharing import AuditEvent, Grant, LinkUse

_log = logging.getLogger(__name__)

LOOK_S: Final = 1.0
"""How often another server's changes to the same store are looked for while anything is shared."""

REST_S: Final = 10.0
"""The same while nothing is."""

CLOCK_SLACK_S: Final = 60.0
"""A wall clock that has moved by more than this against the steady one is told in the log: expiries move
with it. What has expired once stays ended, whatever the clock says later."""

_SERVER: Final = "server"


class Ledger:
    """Keeps :class:`Book` and :class:`~jupyter_tandem.ports.sharing.SharingStore` the same.

    Attributes:
        book: What counts now. Another object after another server changed the store.
        guests: Bounds what people without an account are.
    """

    def __init__(
        self,
        store: SharingStore,
        clock: Clock,
        holdings: Holdings = NOTHING,
        guests: GuestRule = ANYTHING,
    ) -> None:
        """Keep ``store``.

        Args:
            store: The truth.
            clock: Tells when something expires.
            holdings: What is in the store. A server is asked before it has started altogether, and must
                not tell a guest who comes back that nothing is shared with them.
            guests: What people without an account may be.
        """
        self.guests = guests
        self.book = Book(holdings, guests)
        self.store = store
        self._clock = clock
        self._turn = asyncio.Lock()
        self._changed = asyncio.Event()
        self._closing = False
        self._keeper: asyncio.Task[None] | None = None
        self._act: Callable[[], Awaitable[None]] = _do_nothing
        self._offset_s = clock.wall() - clock.monotonic()

    def now(self) -> float:
        """Unix seconds, no finer than they are stored."""
        return round(self._clock.wall(), 3)

    def act_with(self, act: Callable[[], Awaitable[None]]) -> None:
        """Call ``act`` after every change: it makes open connections follow."""
        self._act = act

    # -- life ----------------------------------------------------------------

    async def start(self) -> None:
        """Read the store and begin to look after expiries.

        Raises:
            StoreError: it cannot be read.
        """
        await self.refresh()
        self._keeper = asyncio.get_running_loop().create_task(self._keep())

    async def close(self) -> None:
        """Stop looking and let go of the store."""
        self._closing = True
        if self._keeper is not None:
            self._keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeper
        await self.store.close()

    # -- changing ------------------------------------------------------------

    @contextlib.asynccontextmanager
    async def turn(self) -> AsyncIterator[Book]:
        """Exclude other changes by this server; the book is as new as the store when it begins."""
        async with self._turn:
            await self._refresh()
            yield self.book

    async def commit(self, changes: Sequence[Change], events: Sequence[AuditEvent]) -> None:
        """Make changes durable and act on them. Call it within :meth:`turn`.

        Raises:
            StoreUnavailable: nothing was changed.
        """
        revision = await self.store.commit(changes, events)
        await self._follow(changes, None, revision)

    async def redeem(
        self, use: LinkUse, changes: Sequence[Change], events: Sequence[AuditEvent]
    ) -> None:
        """As :meth:`commit`, counting one use of a link.

        Raises:
            LinkEnded, StoreUnavailable: nothing was changed.
        """
        revision = await self.store.redeem(use.link_id, use, changes, events)
        await self._follow(changes, use, revision)

    async def refresh(self) -> Book:
        """The book, as new as the store is now."""
        async with self._turn:
            await self._refresh()
        return self.book

    async def _follow(self, changes: Sequence[Change], use: LinkUse | None, revision: int) -> None:
        if revision == self.book.revision + 1:
            self.book.follow(changes, None if use is None else use.link_id, revision)
        else:
            self.book = Book(await self.store.load(), self.guests)
        self._changed.set()
        await self._act()

    async def _refresh(self) -> None:
        if await self.store.revision() != self.book.revision:
            self.book = Book(await self.store.load(), self.guests)
            # Who had nothing to look after rests for long; now there may be something.
            self._changed.set()
            await self._act()

    # -- time ----------------------------------------------------------------

    async def _keep(self) -> None:
        # Before Python 3.12 wait_for can swallow the cancellation when a change comes at the same moment.
        while not self._closing:
            await self._wait()
            try:
                await self.look_after()
            except StoreError as error:
                _log.error("Shares cannot be looked after: %s", error)

    async def _wait(self) -> None:
        """Until there is something to look after, at the latest until it is time to look again."""
        self._changed.clear()
        try:
            await asyncio.wait_for(self._changed.wait(), self._delay_s())
        except asyncio.TimeoutError:
            return

    def _delay_s(self) -> float:
        if not self.book.grants:
            return LOOK_S if self.book.links else REST_S
        expiry = self.book.next_expiry()
        left_s = LOOK_S if expiry is None else expiry - self.now()
        return min(LOOK_S, max(0.01, left_s))

    async def look_after(self) -> None:
        """End what has expired, and follow what another server changed.

        Raises:
            StoreError: the store cannot be used; connections have followed the clock all the same.
        """
        self._watch_clock()
        async with self._turn:
            if self.book.expired(self.now()):
                # Rights are decided by the clock, so connections follow before the store is asked.
                await self._act()
            await self._refresh()
            await self._end_expired(self.now())

    async def _end_expired(self, now: float) -> None:
        grants, guests = self.book.expired(now), self.book.forgotten(now)
        if grants or guests:
            ended = [EndGrant(grant.id, now, _SERVER, "expired") for grant in grants]
            forgotten = [EndGuest(guest.id) for guest in guests]
            await self.commit([*ended, *forgotten], [_expiry(grant, now) for grant in grants])

    def _watch_clock(self) -> None:
        offset_s = self._clock.wall() - self._clock.monotonic()
        moved_s = offset_s - self._offset_s
        if abs(moved_s) > CLOCK_SLACK_S:
            _log.warning("The clock was moved by %+.0f s; shares expire by the new time", moved_s)
        self._offset_s = offset_s


def _expiry(grant: Grant, now: float) -> AuditEvent:
    details = {"grant": grant.id, "subject": str(grant.subject), "why": "expired"}
    return AuditEvent(now, "grant.ended", _SERVER, grant.target.file_id, details)


async def _do_nothing() -> None:
    """Nobody is connected yet."""
