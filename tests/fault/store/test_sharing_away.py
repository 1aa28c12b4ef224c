"""Shares and audit log in PostgreSQL when the answer to a commit is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio
import sqlalchemy as sa

from jupyter_tandem.adapters.sharing.store import SqlSharing
from jupyter_tandem.errors import LinkEnded, StoreUnavailable
from jupyter_tandem.ports.sharing import PutLink
from jupyter_tandem.testing.sharing_contract import LINK, event, use
from tests.contract.postgres import Cluster, emptied
from tests.fault.store.postgres_proxy import Proxy

pytestmark = pytest.mark.fault

FIRST, SECOND, THIRD = event("run.started"), event("run.ended"), event("document.left")


@pytest_asyncio.fixture
async def proxy(running: Cluster) -> AsyncIterator[Proxy]:
    proxy = Proxy(sa.make_url(emptied(running.url)))
    yield proxy
    await proxy.stop()


@pytest_asyncio.fixture
async def sharing(proxy: Proxy) -> AsyncIterator[SqlSharing]:
    sharing = await asyncio.to_thread(SqlSharing.connect, await proxy.start())
    yield sharing
    await sharing.close()


async def recorded(sharing: SqlSharing) -> list[object]:
    assert await sharing.verify() is None
    return [entry.event for entry in await sharing.read()]


@pytest.mark.spec("AUDIT-6")
async def test_a_lost_answer_is_looked_up(sharing: SqlSharing, proxy: Proxy) -> None:
    proxy.commits = "a"
    await sharing.append([FIRST])
    assert await recorded(sharing) == [FIRST]
    once = replace(LINK, max_uses=1)
    before = await sharing.revision()
    proxy.commits = "a"
    assert await sharing.commit([PutLink(once)], [SECOND]) == before + 1
    proxy.commits = "a"
    await sharing.redeem(once.id, use(1), [], [THIRD])
    with pytest.raises(LinkEnded):
        await sharing.redeem(once.id, use(2), [], [THIRD])
    assert len(await sharing.uses(once.id)) == 1
    assert await recorded(sharing) == [FIRST, SECOND, THIRD]


@pytest.mark.spec("AUDIT-6")
async def test_a_commit_that_never_arrived_has_changed_nothing(
    sharing: SqlSharing, proxy: Proxy
) -> None:
    for change in (
        lambda: sharing.append([FIRST]),
        lambda: sharing.commit([PutLink(LINK)], [FIRST]),
    ):
        before = await sharing.revision()
        proxy.commits = "c"
        with pytest.raises(StoreUnavailable, match="nothing was changed"):
            await change()
        assert (await sharing.revision(), await recorded(sharing)) == (before, [])


@pytest.mark.spec("AUDIT-6", "HUBRUN-10")
@pytest.mark.parametrize("fates", ["A", "C", "AA", "AC", "CA", "CC", "ACA", "AAA"])
async def test_what_is_recorded_again_because_nobody_knew_is_there_once(
    sharing: SqlSharing, proxy: Proxy, fates: str
) -> None:
    batch = [FIRST]
    for fate in fates:
        proxy.commits = fate
        with pytest.raises(StoreUnavailable, match="whether it was done shows"):
            await sharing.append(batch)
        proxy.refuses = False
        # More has happened meanwhile, and it is the same kind of thing.
        batch = [*batch, replace(SECOND, at=len(batch))]
    await sharing.append(batch)
    assert await recorded(sharing) == batch
    await sharing.append([FIRST])
    assert await recorded(sharing) == [*batch, FIRST]
