"""PostgreSQL keeps the promises of every store."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from jupyter_tandem.adapters.store.postgres import PostgresStore
from jupyter_tandem.adapters.store.postgres.database import Database
from jupyter_tandem.testing.store_contract import (
    TTL_S,
    FileBaseContract,
    JournalContract,
    LeaseContract,
    OpenStore,
    RunContract,
    SnapshotContract,
    StoreFixture,
)
from tests.contract.postgres import cluster

_EMPTY = """
TRUNCATE journal_documents, journal_origins, journal_runs, journal_snapshots RESTART IDENTITY CASCADE;
UPDATE journal_lease SET token = 0, heartbeat = 0, lock = 0;
"""


@pytest.fixture(scope="module")
def postgres() -> Iterator[sa.URL]:
    """A database with tables; making them for every test would take half a minute."""
    with cluster() as text:
        url = sa.make_url(text)
        Database(url).establish()
        yield url


class OnPostgres(StoreFixture):
    @pytest.fixture
    def open_store(self, postgres: sa.URL) -> OpenStore:
        with Database(postgres).connect() as connection:
            connection.execute(_EMPTY)
        return lambda monotonic=time.monotonic: PostgresStore.connect(
            postgres, ttl_s=TTL_S, monotonic=monotonic
        )


class TestPostgresJournal(OnPostgres, JournalContract): ...


class TestPostgresSnapshot(OnPostgres, SnapshotContract): ...


class TestPostgresFileBase(OnPostgres, FileBaseContract): ...


class TestPostgresLease(OnPostgres, LeaseContract): ...


class TestPostgresRuns(OnPostgres, RunContract): ...
