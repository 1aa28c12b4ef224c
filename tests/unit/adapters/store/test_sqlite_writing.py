"""What the writing thread does to others: nothing to the event loop, little to other writes."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from pathlib import Path

import pytest

from jupyter_tandem.adapters.store import SqliteStore
from jupyter_tandem.adapters.store.sqlite.database import FILE_NAME
from jupyter_tandem.errors import StoreUnavailable
from jupyter_tandem.ports.store import Entry, FileBase, Holder, Snapshot
from jupyter_tandem.types import DocumentId, LineageId

DOCUMENT = DocumentId("document")
OTHER = DocumentId("other")
SECRET = b"correct horse battery staple"


def entry(sequence: int, update: bytes = b"update", document_id: DocumentId = DOCUMENT) -> Entry:
    return Entry(document_id, sequence, "ada", 0.0, "edit", update)


def bytes_in(directory: Path) -> bytes:
    return b"".join(file.read_bytes() for file in directory.iterdir())


class Gate:
    """A failpoint that stops the writing thread when it is armed."""

    def __init__(self) -> None:
        self.armed: str | None = None
        self.reached = threading.Event()
        self.open = threading.Event()

    def __call__(self, point: str) -> None:
        if point == self.armed:
            self.armed = None
            self.reached.set()
            assert self.open.wait(30)


@pytest.mark.spec("JOURNAL-9", "JOURNAL-7")
async def test_a_slow_disk_stops_neither_the_loop_nor_reading(tmp_path: Path) -> None:
    gate = Gate()
    store = SqliteStore.open(tmp_path, failpoint=gate)
    await store.journal.create(DOCUMENT, LineageId("lineage"))
    gate.armed = "written"
    append = asyncio.ensure_future(store.journal.append([entry(1)]))
    await asyncio.to_thread(gate.reached.wait, 30)
    head = await store.journal.head(DOCUMENT)
    assert head is not None
    assert head.sequence == 0, "what is not committed is not seen"
    assert not append.done()
    gate.open.set()
    await append
    await store.close()


@pytest.mark.spec("JOURNAL-39")
async def test_who_writes_much_does_not_wait_until_it_is_folded(tmp_path: Path) -> None:
    store = SqliteStore.open(tmp_path)
    await store.journal.create(DOCUMENT, LineageId("lineage"))
    database = tmp_path / FILE_NAME
    before = database.stat().st_size
    await store.journal.append([entry(1, bytes(8_000_000))])
    assert database.stat().st_size == before
    await store.journal.append([entry(2)])
    assert database.stat().st_size > 8_000_000, "left to the next one"
    await store.close()


class Break:
    """A failpoint at which the disk fails once."""

    def __init__(self) -> None:
        self.armed = ""

    def __call__(self, point: str) -> None:
        if point == self.armed:
            self.armed = ""
            raise sqlite3.OperationalError("disk I/O error")


@pytest.mark.spec("JOURNAL-5", "JOURNAL-6")
@pytest.mark.parametrize("point", ["written", "committed"])
async def test_the_disk_fails_again_while_the_journal_is_made_whole(
    tmp_path: Path, point: str
) -> None:
    disk = Break()
    store = SqliteStore.open(tmp_path, failpoint=disk)
    await store.journal.create(DOCUMENT, LineageId("lineage"))
    await store.journal.append([entry(1), entry(2)])
    for armed in ("committed", point):
        disk.armed = armed
        with pytest.raises(StoreUnavailable):
            await store.journal.append([entry(3)])
    await store.journal.append([entry(3)])
    assert list(await store.journal.history(DOCUMENT)) == [entry(1), entry(2), entry(3)]
    await store.close()


@pytest.mark.spec("JOURNAL-15")
async def test_appends_take_turns_with_a_large_snapshot(tmp_path: Path) -> None:
    store = SqliteStore.open(tmp_path)
    await store.journal.create(DOCUMENT, LineageId("lineage"))
    await store.journal.append([entry(1)])
    snapshot = asyncio.ensure_future(
        store.journal.put_snapshot(DOCUMENT, Snapshot(1, bytes(20_000_000)))
    )
    appended = 1
    while not snapshot.done():
        appended += 1
        await store.journal.append([entry(appended)])
    assert appended >= 10, "one turn for each part"
    replay = await store.journal.replay(DOCUMENT)
    assert replay is not None
    assert len(replay.tail) == appended - 1
    await store.close()


@pytest.mark.spec("JOURNAL-15")
async def test_a_prune_elsewhere_spares_a_snapshot_under_way(tmp_path: Path) -> None:
    store = SqliteStore.open(tmp_path)
    for document_id in (DOCUMENT, OTHER):
        await store.journal.create(document_id, LineageId("lineage"))
        await store.journal.append([entry(1, document_id=document_id)])
    await store.journal.put_snapshot(OTHER, Snapshot(1, b"state"))
    state = bytes(range(256)) * 20_000
    snapshot = asyncio.ensure_future(store.journal.put_snapshot(DOCUMENT, Snapshot(1, state)))
    while not snapshot.done():
        await store.journal.prune(OTHER, through=1)
    replay = await store.journal.replay(DOCUMENT)
    assert replay is not None
    assert replay.snapshot == Snapshot(1, state)
    await store.close()


@pytest.mark.spec("JOURNAL-15")
async def test_the_next_holder_removes_an_unfinished_snapshot(tmp_path: Path) -> None:
    store = SqliteStore.open(tmp_path)
    await store.journal.create(DOCUMENT, LineageId("lineage"))
    await store.journal.append([entry(1)])
    snapshot = asyncio.ensure_future(
        store.journal.put_snapshot(DOCUMENT, Snapshot(1, SECRET * 200_000))
    )
    for _ in range(3):
        await store.bases.settle(DOCUMENT, FileBase("digest", b"", 1, ""))
    snapshot.cancel()
    await store.close()
    size = (tmp_path / FILE_NAME).stat().st_size
    again = SqliteStore.open(tmp_path)
    await again.lease.acquire(Holder("server", "", 1, "machine"))
    replay = await again.journal.replay(DOCUMENT)
    assert replay is not None
    assert replay.snapshot is None
    await again.close()
    assert (tmp_path / FILE_NAME).stat().st_size < size - 500_000
    assert SECRET not in (tmp_path / FILE_NAME).read_bytes()


@pytest.mark.spec("JOURNAL-17")
async def test_pruned_pages_are_overwritten_and_given_back(tmp_path: Path) -> None:
    store = SqliteStore.open(tmp_path)
    await store.journal.create(DOCUMENT, LineageId("lineage"))
    await store.journal.append([entry(n, SECRET * 10) for n in range(1, 10_001)])
    await store.journal.put_snapshot(DOCUMENT, Snapshot(10_000, SECRET * 100_000))
    await store.journal.append([entry(10_001)])
    await store.journal.put_snapshot(DOCUMENT, Snapshot(10_001, b"without it"))
    await store.journal.prune(DOCUMENT, through=10_001)
    assert SECRET not in bytes_in(tmp_path), "while the server runs"
    await store.close()
    left = bytes_in(tmp_path)
    assert len(left) < 500_000
    assert SECRET not in left


@pytest.mark.spec("JOURNAL-17")
async def test_the_first_prune_overwrites_as_well(tmp_path: Path) -> None:
    store = SqliteStore.open(tmp_path)
    await store.journal.create(DOCUMENT, LineageId("lineage"))
    await store.journal.append([entry(1, SECRET)])
    await store.journal.put_snapshot(DOCUMENT, Snapshot(1, b"without it"))
    await store.journal.prune(DOCUMENT, through=1)
    assert SECRET not in bytes_in(tmp_path)
    await store.close()


@pytest.mark.spec("JOURNAL-17", "JOURNAL-18")
async def test_a_journal_begun_anew_leaves_no_bytes_of_the_old_one(tmp_path: Path) -> None:
    store = SqliteStore.open(tmp_path)
    await store.journal.create(DOCUMENT, LineageId("lineage"))
    await store.journal.append([entry(n, SECRET * 10) for n in range(1, 5_001)])
    await store.journal.put_snapshot(DOCUMENT, Snapshot(5_000, SECRET * 50_000))
    await store.bases.settle(DOCUMENT, FileBase("digest", SECRET * 1_000, 1, ""))
    await store.bases.intend(DOCUMENT, FileBase("other", SECRET * 2_000, 1, ""))
    await store.journal.create(DOCUMENT, LineageId("another"))
    await store.close()
    assert SECRET not in bytes_in(tmp_path)


@pytest.mark.spec("JOURNAL-3", "JOURNAL-17")
async def test_sqlite_is_told_to_sync_and_to_overwrite(tmp_path: Path) -> None:
    """A test in one piece cannot see what reached the platter; it can see what SQLite was told."""
    store = SqliteStore.open(tmp_path)

    def pragmas(connection: sqlite3.Connection) -> dict[str, object]:
        names = ("journal_mode", "synchronous", "fullfsync", "secure_delete", "auto_vacuum")
        return {name: connection.execute(f"PRAGMA {name}").fetchone()[0] for name in names}

    full, incremental = 2, 2
    assert await store._writer.write(pragmas) == {
        "journal_mode": "wal",
        "synchronous": full,
        "fullfsync": 1,
        "secure_delete": 1,
        "auto_vacuum": incremental,
    }
    await store.close()
