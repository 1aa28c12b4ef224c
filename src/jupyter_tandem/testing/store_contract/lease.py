"""The promises of :class:`~jupyter_tandem.ports.store.Lease`, on a clock the suite turns itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from jupyter_tandem.errors import LeaseLost
from jupyter_tandem.ports.store import FileBase, Head, Holder, Snapshot, Store
from jupyter_tandem.testing.store_contract.fixture import (
    LINEAGE,
    NOTEBOOK,
    SCRIPT,
    TTL_S,
    OpenStore,
    StoreFixture,
    edit,
)

FIRST = Holder("first", "http://127.0.0.1:8888/", 4711, "machine")
SECOND = Holder("second", "", 4712, "machine")
THIRD = Holder("third", "", 4713, "elsewhere")


@dataclass
class Hands:
    """A monotonic clock that moves when told to."""

    now_s: float = 1_000.0

    def __call__(self) -> float:
        """The time it shows."""
        return self.now_s


class LeaseContract(StoreFixture):
    """One holder at a time; what a former holder writes is refused."""

    @pytest.fixture
    def clock(self) -> Hands:
        """The challenger's clock."""
        return Hands()

    @pytest_asyncio.fixture
    async def rival(self, open_store: OpenStore, clock: Hands) -> AsyncIterator[Store]:
        """A second server on the same store."""
        rival = open_store(clock)
        yield rival
        await rival.close()

    @pytest.mark.spec("JOURNAL-20")
    async def test_the_second_is_told_who_holds_it(self, store: Store, rival: Store) -> None:
        """All of the holder's card comes back."""
        assert await store.lease.acquire(FIRST) is None
        assert await rival.lease.acquire(SECOND) == FIRST
        assert await rival.lease.acquire(THIRD) == FIRST

    @pytest.mark.spec("JOURNAL-20")
    async def test_acquiring_twice_is_holding_once(self, store: Store, rival: Store) -> None:
        """The holder may ask again."""
        assert await store.lease.acquire(FIRST) is None
        assert await store.lease.acquire(FIRST) is None
        await store.journal.append([edit(1)])
        assert await rival.lease.acquire(SECOND) == FIRST

    @pytest.mark.spec("JOURNAL-20")
    async def test_reading_needs_no_lease(self, store: Store, rival: Store) -> None:
        """The second server can show what is there."""
        await store.lease.acquire(FIRST)
        await store.journal.append([edit(1)])
        assert await rival.journal.head(NOTEBOOK) == Head(NOTEBOOK, LINEAGE, 1)

    @pytest.mark.spec("JOURNAL-24")
    async def test_given_back_it_is_free(self, store: Store, rival: Store) -> None:
        """Release hands it over at once, and ends the right to write."""
        await store.lease.acquire(FIRST)
        await store.lease.release()
        with pytest.raises(LeaseLost):
            await store.journal.append([edit(1)])
        assert await rival.lease.acquire(SECOND) is None
        await rival.journal.append([edit(1)])

    @pytest.mark.spec("JOURNAL-24")
    async def test_closing_gives_it_back(self, store: Store, rival: Store) -> None:
        """A server that stops leaves nothing behind to wait for."""
        await store.lease.acquire(FIRST)
        await store.close()
        assert await rival.lease.acquire(SECOND) is None

    @pytest.mark.spec("JOURNAL-24")
    async def test_releasing_what_is_not_held(self, store: Store, rival: Store) -> None:
        """Nothing happens, least of all to the holder."""
        await store.lease.acquire(FIRST)
        await rival.lease.release()
        await store.journal.append([edit(1)])

    @pytest.mark.spec("JOURNAL-22")
    async def test_renewed_it_is_kept(self, store: Store, rival: Store, clock: Hands) -> None:
        """A holder that shows signs of life is respected for as long as it does."""
        await store.lease.acquire(FIRST)
        for _ in range(5):
            assert await rival.lease.acquire(SECOND) == FIRST
            clock.now_s += TTL_S - 0.1
            await store.lease.renew()
        assert await rival.lease.acquire(SECOND) == FIRST
        await store.journal.append([edit(1)])

    @pytest.mark.spec("JOURNAL-22")
    async def test_a_silent_holder_loses_it(self, store: Store, rival: Store, clock: Hands) -> None:
        """After the time to live on the challenger's clock, and not before."""
        await store.lease.acquire(FIRST)
        assert await rival.lease.acquire(SECOND) == FIRST
        clock.now_s += TTL_S - 0.1
        assert await rival.lease.acquire(SECOND) == FIRST
        clock.now_s += 0.2
        assert await rival.lease.acquire(SECOND) is None

    @pytest.mark.spec("JOURNAL-22")
    async def test_a_newcomer_waits_the_whole_time(
        self, store: Store, rival: Store, clock: Hands
    ) -> None:
        """What went by before a challenger first looked does not count."""
        await store.lease.acquire(FIRST)
        clock.now_s += 100 * TTL_S
        assert await rival.lease.acquire(SECOND) == FIRST

    @pytest.mark.spec("JOURNAL-23")
    async def test_the_former_holder_writes_nothing(
        self, store: Store, rival: Store, clock: Hands
    ) -> None:
        """Every kind of write is fenced off, and none leaves a trace."""
        await store.lease.acquire(FIRST)
        await store.journal.append([edit(1)])
        await _outlast(rival, clock)
        base = FileBase("digest", b"content", 1, "")
        for write in (
            store.journal.append([edit(2)]),
            store.journal.create(SCRIPT, LINEAGE),
            store.journal.put_snapshot(NOTEBOOK, Snapshot(1, b"state")),
            store.journal.prune(NOTEBOOK, through=0),
            store.bases.intend(NOTEBOOK, base),
            store.bases.settle(NOTEBOOK, base),
            store.lease.renew(),
        ):
            with pytest.raises(LeaseLost):
                await write
        assert await rival.journal.head(NOTEBOOK) == Head(NOTEBOOK, LINEAGE, 1)
        assert await rival.journal.head(SCRIPT) is None
        assert await rival.bases.bases(NOTEBOOK) == await store.bases.bases(NOTEBOOK)
        await rival.journal.append([edit(2)])

    @pytest.mark.spec("JOURNAL-23")
    async def test_the_former_holder_frees_nothing(
        self, store: Store, rival: Store, open_store: OpenStore, clock: Hands
    ) -> None:
        """Neither its release nor its end takes the lease from the new holder."""
        await store.lease.acquire(FIRST)
        await _outlast(rival, clock)
        await store.lease.release()
        await store.close()
        third = open_store(clock)
        assert await third.lease.acquire(THIRD) == SECOND
        await third.close()

    @pytest.mark.spec("JOURNAL-23")
    async def test_it_can_be_won_back(self, store: Store, rival: Store, clock: Hands) -> None:
        """The former holder acquires it anew and reads what was written meanwhile."""
        await store.lease.acquire(FIRST)
        await store.journal.append([edit(1)])
        await _outlast(rival, clock)
        await rival.journal.append([edit(2)])
        await rival.lease.release()
        assert await store.lease.acquire(FIRST) is None
        await store.journal.append([edit(3)])
        assert await rival.journal.head(NOTEBOOK) == Head(NOTEBOOK, LINEAGE, 3)

    @pytest.mark.spec("JOURNAL-23")
    async def test_renewing_what_was_never_held(self, store: Store) -> None:
        """There is nothing to keep."""
        with pytest.raises(LeaseLost):
            await store.lease.renew()


async def _outlast(rival: Store, clock: Hands) -> None:
    assert await rival.lease.acquire(SECOND) == FIRST
    clock.now_s += TTL_S
    assert await rival.lease.acquire(SECOND) is None
