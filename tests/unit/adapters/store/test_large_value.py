"""JOURNAL-39: large entries go into the database and come out of it in pieces."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from jupyter_tandem.adapters.store import SqliteStore
from jupyter_tandem.adapters.store.sqlite.database import FILE_NAME
from jupyter_tandem.adapters.store.sqlite.inspection import inspect
from jupyter_tandem.adapters.store.sqlite.large_value import LARGE_BYTES
from jupyter_tandem.errors import StoreCorrupt, StoreUnavailable
from jupyter_tandem.ports.store import Entry, Holder
from jupyter_tandem.types import DocumentId, LineageId

DOCUMENT = DocumentId("document")
RANDOM = random.Random(29)


def entry(sequence: int, size: int) -> Entry:
    return Entry(DOCUMENT, sequence, "ana", 1_790_000_000.0, "edit", RANDOM.randbytes(size))


async def opened(directory: Path) -> SqliteStore:
    store = SqliteStore.open(directory)
    assert await store.lease.acquire(Holder("server", "", 1, "machine")) is None
    return store


async def written(directory: Path, *entries: Entry) -> None:
    store = await opened(directory)
    await store.journal.create(DOCUMENT, LineageId("lineage"))
    for one in entries:
        await store.journal.append([one])
    await store.close()


async def tail(directory: Path) -> list[Entry]:
    store = await opened(directory)
    try:
        found = await store.journal.replay(DOCUMENT)
        assert found is not None
        return list(found.tail)
    finally:
        await store.close()


@pytest.mark.spec("JOURNAL-39")
@pytest.mark.parametrize("size", [LARGE_BYTES - 20, LARGE_BYTES, 3 * LARGE_BYTES + 7])
async def test_what_was_written_is_read(tmp_path: Path, size: int) -> None:
    entries = [entry(1, size), entry(2, 30), entry(3, size), entry(4, size), entry(5, 30)]
    await written(tmp_path, *entries)
    assert await tail(tmp_path) == entries
    assert not inspect(tmp_path).findings


@pytest.mark.spec("JOURNAL-39")
async def test_several_at_once_are_all_there_or_none(tmp_path: Path) -> None:
    entries = [entry(n, 2 * LARGE_BYTES) for n in (1, 2)]
    await written(tmp_path)

    def fail(point: str) -> None:
        if point == "written" and armed:
            armed.clear()
            raise sqlite3.OperationalError("the disk is full")

    armed: list[str] = []
    store = SqliteStore.open(tmp_path, failpoint=fail)
    assert await store.lease.acquire(Holder("server", "", 1, "machine")) is None
    armed.append("once")
    with pytest.raises(StoreUnavailable):
        await store.journal.append(entries)
    head = await store.journal.head(DOCUMENT)
    assert head is not None
    assert head.sequence == 0
    await store.journal.append(entries)
    await store.close()
    assert await tail(tmp_path) == entries


@pytest.mark.spec("JOURNAL-39")
async def test_damage_in_any_piece_is_found(tmp_path: Path) -> None:
    await written(tmp_path, entry(1, 3 * LARGE_BYTES))
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as connection:
        place, size = connection.execute("SELECT place, length(bytes) FROM chunks").fetchone()
        with connection.blobopen("chunks", "bytes", place) as blob:
            blob[size // 2] ^= 1
        connection.commit()
    with pytest.raises(StoreCorrupt):
        await tail(tmp_path)
    assert inspect(tmp_path).findings
