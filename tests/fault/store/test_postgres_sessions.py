"""What every connection to PostgreSQL is set to, and lines to it that say nothing any more."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from jupyter_tandem.adapters.hub.registry import SqlRegistry
from jupyter_tandem.adapters.sharing.store import SqlSharing
from jupyter_tandem.adapters.store.postgres import PostgresStore
from jupyter_tandem.adapters.store.postgres.database import WRITE_LOCK, Connection, Database
from jupyter_tandem.errors import LeaseLost
from jupyter_tandem.ports.store import Holder
from jupyter_tandem.testing.store_contract import edit
from jupyter_tandem.types import LineageId
from tests.contract.postgres import Cluster, emptied, own_cluster

pytestmark = pytest.mark.fault

NOTEBOOK = edit(1).document_id
ME = Holder("me", "", 1, "here")
RIVAL = Holder("rival", "", 2, "there")


@pytest.fixture(scope="module")
def running() -> Iterator[Cluster]:
    with own_cluster() as running:
        yield running


@pytest.fixture
def url(running: Cluster) -> sa.URL:
    return sa.make_url(emptied(running.url))


@pytest.fixture
def admin(url: sa.URL) -> Iterator[Connection]:
    """Somebody who looks at the database and sets what new connections begin with."""
    connection = Database(url).connect()
    connection.autocommit = True
    yield connection
    connection.execute("ALTER ROLE tandem RESET ALL")
    connection.close()


def _settings(connection: sa.Connection) -> tuple[object, ...]:
    names = (
        "synchronous_commit",
        "default_transaction_isolation",
        "lock_timeout",
        "idle_in_transaction_session_timeout",
    )
    asked = ", ".join(f"current_setting('{name}')" for name in names)
    return tuple(connection.execute(sa.text(f"SELECT {asked}")).one())


@pytest.mark.spec("JOURNAL-37", "HUB-32")
async def test_shares_and_documents_are_written_as_safely_as_the_journal(
    url: sa.URL, admin: Connection
) -> None:
    admin.execute("ALTER ROLE tandem SET synchronous_commit = 'off'")
    admin.execute("ALTER ROLE tandem SET default_transaction_isolation = 'repeatable read'")
    told = url.render_as_string()
    sharing, registry = SqlSharing.connect(told), SqlRegistry.connect(told)
    found = [await sharing._run(_settings), await registry.run(_settings)]
    await sharing.close()
    await registry.close()
    assert found == [("on", "read committed", "10s", "30s")] * 2


@pytest.mark.spec("JOURNAL-23")
@pytest.mark.parametrize("level", ["repeatable read", "serializable"])
async def test_who_waited_for_the_lease_s_next_holder_writes_nothing(
    url: sa.URL, admin: Connection, level: str
) -> None:
    admin.execute(f"ALTER ROLE tandem SET default_transaction_isolation = '{level}'".encode())
    now_s = [0.0]
    store, rival = (
        PostgresStore.connect(url, ttl_s=5, monotonic=lambda: now_s[0]) for _ in range(2)
    )
    await store.lease.acquire(ME)
    await store.journal.create(NOTEBOOK, LineageId("lineage"))
    await store.journal.append([edit(1)])
    assert await rival.lease.acquire(RIVAL) == ME
    now_s[0] = 6.0
    admin.execute("SELECT pg_advisory_lock(%s)", (WRITE_LOCK,))
    taking = asyncio.ensure_future(rival.lease.acquire(RIVAL))
    await _until_waiting(admin, 1)
    writing = asyncio.ensure_future(store.journal.append([edit(2)]))
    await _until_waiting(admin, 2)
    admin.execute("SELECT pg_advisory_unlock(%s)", (WRITE_LOCK,))
    assert await taking is None
    with pytest.raises(LeaseLost):
        await writing
    assert list(await rival.journal.history(NOTEBOOK)) == [edit(1)]
    await store.close()
    await rival.close()


async def _until_waiting(admin: Connection, count: int) -> None:
    for _ in range(500):
        found = admin.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone()
        if found is not None and found[0] >= count:
            return
        await asyncio.sleep(0.02)
    raise AssertionError("nobody waits")
