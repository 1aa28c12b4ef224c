"""The directory and the file: made for one person, refused when they are not ours to read."""

from __future__ import annotations

import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from jupyter_tandem.adapters.store import SqliteStore
from jupyter_tandem.adapters.store.sqlite.database import FILE_NAME
from jupyter_tandem.errors import StoreCorrupt, StoreError, StoreUnavailable
from jupyter_tandem.ports.store import Entry, Holder
from jupyter_tandem.protocol.run import Run
from jupyter_tandem.types import DocumentId, LineageId

DOCUMENT = DocumentId("document")


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def live_in(directory: Path) -> SqliteStore:
    store = SqliteStore.open(directory)
    await store.lease.acquire(Holder("server", "", 1, "machine"))
    await store.journal.create(DOCUMENT, LineageId("lineage"))
    await store.journal.head(DOCUMENT)
    return store


@pytest.mark.spec("JOURNAL-25")
async def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    directory = tmp_path / "data" / "tandem" / "root"
    store = await live_in(directory)
    assert mode_of(directory) == 0o700
    files = list(directory.iterdir())
    assert {file.name.partition("-")[0] for file in files} == {FILE_NAME, "lease", "unsynced"}
    assert len(files) == 6, "database, write-ahead file, its index, lock, what waits on two pages"
    assert {mode_of(file) for file in files} == {0o600}
    await store.close()
    assert [file.name for file in directory.iterdir()] == [FILE_NAME]


@pytest.mark.spec("JOURNAL-25")
async def test_loose_modes_are_tightened(tmp_path: Path) -> None:
    await (await live_in(tmp_path / "store")).close()
    (tmp_path / "store").chmod(0o755)
    (tmp_path / "store" / FILE_NAME).chmod(0o644)
    await (await live_in(tmp_path / "store")).close()
    assert mode_of(tmp_path / "store") == 0o700
    assert mode_of(tmp_path / "store" / FILE_NAME) == 0o600


@pytest.mark.spec("JOURNAL-26")
async def test_a_newer_journal_is_left_alone(tmp_path: Path) -> None:
    await (await live_in(tmp_path)).close()
    with sqlite3.connect(tmp_path / FILE_NAME) as newer:
        newer.execute("PRAGMA user_version = 99")
    newer.close()
    before = (tmp_path / FILE_NAME).read_bytes()
    with pytest.raises(StoreError, match=r"newer Tandem .*Upgrade jupyter-tandem"):
        SqliteStore.open(tmp_path)
    assert (tmp_path / FILE_NAME).read_bytes() == before


@pytest.mark.spec("JOURNAL-26")
def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / FILE_NAME) as foreign:
        foreign.execute("CREATE TABLE theirs (x)")
        foreign.execute("PRAGMA user_version = 1")
    foreign.close()
    with pytest.raises(StoreError, match="not a Tandem journal"):
        SqliteStore.open(tmp_path)


@pytest.mark.spec("JOURNAL-26")
def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"these are not the pages you are looking for" * 100)
    with pytest.raises(StoreCorrupt):
        SqliteStore.open(tmp_path)


def test_a_directory_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreUnavailable, match="cannot be used"):
        SqliteStore.open(tmp_path / "file" / "store")


async def test_many_may_open_a_new_journal_at_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        stores = list(threads.map(lambda _: SqliteStore.open(tmp_path), range(8)))
    for store in stores:
        assert await store.journal.head(DOCUMENT) is None
        await store.close()


async def test_a_closed_store_says_so(tmp_path: Path) -> None:
    store = await live_in(tmp_path)
    await store.close()
    await store.close()
    with pytest.raises(StoreUnavailable, match="closed"):
        await store.journal.head(DOCUMENT)


@pytest.mark.spec("JOURNAL-8")
async def test_a_server_clock_that_stepped_back_changes_nothing(tmp_path: Path) -> None:
    entries = []
    for sequence, now_s in enumerate([2e9, 1e9, 1e9, 0.0, 1.5e9], 1):
        store = SqliteStore.open(tmp_path, wall=lambda now_s=now_s: now_s)
        if not entries:
            await store.journal.create(DOCUMENT, LineageId("lineage"))
        entries.append(Entry(DOCUMENT, sequence, "ada", now_s, "edit", b"%d" % sequence))
        await store.journal.append(entries[-1:])
        replay = await store.journal.replay(DOCUMENT)
        assert replay is not None
        assert list(replay.tail) == entries
        await store.close()


@pytest.mark.spec("RUN-16")
async def test_a_damaged_record_of_a_run_is_noticed(tmp_path: Path) -> None:
    store = await live_in(tmp_path)
    await store.runs.write(DOCUMENT, [Run(1, "", "cell", "ana", "Ana", "", 0.0)])
    await store.close()
    with sqlite3.connect(tmp_path / FILE_NAME) as damaged:
        damaged.execute("UPDATE runs SET body = replace(body, 'ana', 'eve')")
    damaged.close()
    store = SqliteStore.open(tmp_path)
    with pytest.raises(StoreCorrupt, match="run 1"):
        await store.runs.load(DOCUMENT)
    await store.close()
