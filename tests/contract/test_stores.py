"""Both stores keep the same promises."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from jupyter_tandem.adapters.store import MemoryDisk, MemoryStore, SqliteStore
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


class InMemory(StoreFixture):
    @pytest.fixture
    def open_store(self) -> OpenStore:
        disk = MemoryDisk()
        return lambda monotonic=time.monotonic: MemoryStore(disk, ttl_s=TTL_S, monotonic=monotonic)


class OnSqlite(StoreFixture):
    @pytest.fixture
    def open_store(self, tmp_path: Path) -> OpenStore:
        return lambda monotonic=time.monotonic: SqliteStore.open(
            tmp_path / "store", ttl_s=TTL_S, monotonic=monotonic
        )


class TestMemoryJournal(InMemory, JournalContract): ...


class TestMemorySnapshot(InMemory, SnapshotContract): ...


class TestMemoryFileBase(InMemory, FileBaseContract): ...


class TestMemoryLease(InMemory, LeaseContract): ...


class TestMemoryRuns(InMemory, RunContract): ...


class TestSqliteJournal(OnSqlite, JournalContract): ...


class TestSqliteSnapshot(OnSqlite, SnapshotContract): ...


class TestSqliteFileBase(OnSqlite, FileBaseContract): ...


class TestSqliteLease(OnSqlite, LeaseContract): ...


class TestSqliteRuns(OnSqlite, RunContract): ...
