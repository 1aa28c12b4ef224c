"""What every connection to PostgreSQL is set to, and lines to it that say nothing any more."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
import sqlalchemy as sa

from jupyter_tandem.adapters import postgres_patience
from jupyter_tandem.adapters.hub.registry import SqlRegistry
from jupyter_tandem.adapters.postgres_patience import NoAnswer
from jupyter_tandem.adapters.sharing.store import SqlSharing
from jupyter_tandem.adapters.store.postgres import PostgresStore
from jupyter_tandem.adapters.store.postgres.database import WRITE_LOCK, Connection, Database
from jupyter_tandem.errors import LeaseLost, StoreUnavailable
from jupyter_tandem.ports.store import Holder
from jupyter_tandem.testing.sharing_contract import event
from jupyter_tandem.testing.store_contract import edit
from jupyter_tandem.types import LineageId
from tests.contract.postgres import Cluster
from tests.fault.store.postgres_proxy import Proxy

pytestmark = pytest.mark.fault

NOTEBOOK = edit(1).document_id
ME = Holder("me", "", 1, "here")
RIVAL = Holder("rival", "", 2, "there")


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


@pytest_asyncio.fixture
async def proxy(url: sa.URL) -> AsyncIterator[Proxy]:
    proxy = Proxy(url)
    yield proxy
    await proxy.stop()


@pytest.mark.spec("JOURNAL-33", "JOURNAL-53")
async def test_a_line_that_says_nothing_any_more_counts_as_broken(
    url: sa.URL, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_patience, "ANSWER_S", 0.5)
    told = await proxy.start()
    store = await asyncio.to_thread(PostgresStore.connect, sa.make_url(told))
    sharing = await asyncio.to_thread(SqlSharing.connect, told)
    registry = await asyncio.to_thread(SqlRegistry.connect, told)
    await store.lease.acquire(ME)
    await store.journal.create(NOTEBOOK, LineageId("lineage"))
    await store.journal.append([edit(1)])
    proxy.fall_silent()
    asked = [
        store.journal.append([edit(2)]),
        store.lease.renew(),
        registry.size(),
        sharing.append([event()]),
    ]
    found = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(error) for error in found[:1]] == [StoreUnavailable]
    # They are done over a new connection, or are when they are asked once more.
    await store.journal.append([edit(2)])
    await store.lease.renew()
    assert list(await store.journal.history(NOTEBOOK)) == [edit(1), edit(2)]
    assert await registry.size()
    await sharing.append([event()])
    await asyncio.gather(store.close(), sharing.close(), registry.close())


@pytest.mark.spec("JOURNAL-53")
async def test_who_is_answered_little_by_little_waits(
    url: sa.URL, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_patience, "ANSWER_S", 0.5)

    def slowly(connection: Connection) -> int:
        rows = "SELECT repeat('x', 100000), pg_sleep(0.15) FROM generate_series(1, 8)"
        return len(connection.execute(rows).fetchall())

    with Database(url).connect() as connection:
        assert await asyncio.to_thread(slowly, connection) == 8
    with Database(url).connect() as connection, pytest.raises(NoAnswer):
        await asyncio.to_thread(connection.execute, "SELECT pg_sleep(5)")


@pytest.mark.spec("HUB-18", "JOURNAL-38")
def test_the_service_ends_though_its_database_hangs(
    url: sa.URL, running: Cluster, tmp_path: Path
) -> None:
    environment = {
        **os.environ,
        "JUPYTERHUB_API_TOKEN": "t" * 32,
        "JUPYTERHUB_API_URL": "http://127.0.0.1:9",
    }
    told = url.render_as_string(hide_password=False)
    argv = ["--port", "0", "--store-dir", str(tmp_path), "--database-url", told]
    command = [sys.executable, "-m", "jupyter_tandem.hosts.hub", *argv]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as service:
        try:
            assert service.stdout is not None
            assert "Tandem for JupyterHub" in service.stdout.readline()
            with running.stopped():
                # Shares are looked at every second, and the lease is renewed.
                time.sleep(6)
                begun = time.monotonic()
                service.terminate()
                service.wait(30)
                took_s = time.monotonic() - begun
        finally:
            service.kill()
    assert took_s < 5.5


async def _until_waiting(admin: Connection, count: int) -> None:
    for _ in range(500):
        found = admin.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone()
        if found is not None and found[0] >= count:
            return
        await asyncio.sleep(0.02)
    raise AssertionError("nobody waits")
