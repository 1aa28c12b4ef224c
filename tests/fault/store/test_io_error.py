"""The k-th call to the database fails, for every k: before it took place, and after."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from jupyter_tandem.adapters.store import SqliteStore
from jupyter_tandem.adapters.store.sqlite.database import FILE_NAME
from jupyter_tandem.adapters.store.sqlite.inspection import inspect
from jupyter_tandem.errors import StoreCorrupt, StoreUnavailable
from jupyter_tandem.ports.store import Entry, FileBase, FileBases, Head, Holder, Replay, Snapshot
from jupyter_tandem.types import DocumentId, LineageId
from tests.fault.store.unsynced import Unsynced

pytestmark = pytest.mark.fault

DOCUMENT = DocumentId("document")
OTHER = DocumentId("other")
LINEAGE = LineageId("lineage")
HOLDER = Holder("server", "", 1, "machine")
BASE = FileBase("digest", b"content", 2, "hash")


class BrokenDisk:
    """Makes connections of which the ``nth`` call fails, once over all of them."""

    def __init__(self, nth: int, *, afterwards: bool) -> None:
        self.left = nth
        self.last = ""
        disk = self

        class Connection(Unsynced):
            def execute(self, sql: str, *arguments: object) -> sqlite3.Cursor:
                # Freeing a hundred pages one by one is one case, not a hundred. A rollback that
                # fails is none: the connection is given up anyway.
                again, disk.last = sql == disk.last, sql
                return disk.pass_through(
                    lambda: super(Connection, self).execute(sql, *arguments),
                    counts=sql != "ROLLBACK" and not again,
                )

            def executemany(self, sql: str, *arguments: object) -> sqlite3.Cursor:
                return disk.pass_through(
                    lambda: super(Connection, self).executemany(sql, *arguments)
                )

        self.factory = Connection
        self._afterwards = afterwards

    def pass_through(
        self, call: Callable[[], sqlite3.Cursor], *, counts: bool = True
    ) -> sqlite3.Cursor:
        self.left -= counts
        fails = counts and self.left == 0
        if fails and not self._afterwards:
            raise sqlite3.OperationalError("disk I/O error")
        result = call()
        if fails:
            raise sqlite3.OperationalError("disk I/O error")
        return result


def entry(sequence: int, document_id: DocumentId = DOCUMENT) -> Entry:
    return Entry(document_id, sequence, f"author {sequence}", 0.0, "edit", b"u%d" % sequence)


async def repeated(write: Callable[[], Awaitable[object]]) -> None:
    """Do as the engine does: the same again until it succeeds."""
    for _ in range(3):
        try:
            await write()
        except StoreUnavailable:
            continue
        return
    raise AssertionError("one failure of the disk stopped the store for good")


async def live(store: SqliteStore) -> None:
    journal = store.journal
    await repeated(lambda: store.lease.acquire(HOLDER))
    await repeated(lambda: journal.create(DOCUMENT, LINEAGE))
    await repeated(lambda: journal.create(OTHER, LINEAGE))
    await repeated(lambda: journal.append([entry(1), entry(1, OTHER), entry(2)]))
    await repeated(store.lease.renew)
    await repeated(lambda: journal.put_snapshot(DOCUMENT, Snapshot(1, bytes(1_100_000))))
    await repeated(lambda: store.bases.intend(DOCUMENT, BASE))
    await repeated(lambda: store.bases.settle(DOCUMENT, BASE))
    await repeated(lambda: journal.append([entry(3), entry(2, OTHER)]))
    await repeated(lambda: journal.put_snapshot(DOCUMENT, Snapshot(2, b"two")))
    await repeated(lambda: journal.prune(DOCUMENT, through=1))
    await repeated(lambda: journal.create(OTHER, LineageId("anew")))
    await repeated(lambda: journal.append([entry(1, OTHER)]))
    await repeated(lambda: journal.replay(DOCUMENT))


async def check(store: SqliteStore) -> None:
    assert await store.journal.replay(DOCUMENT) == Replay(
        Head(DOCUMENT, LINEAGE, 3), Snapshot(2, b"two"), [entry(3)]
    )
    assert list(await store.journal.history(DOCUMENT)) == [entry(2), entry(3)]
    assert await store.journal.replay(OTHER) == Replay(
        Head(OTHER, LineageId("anew"), 1), None, [entry(1, OTHER)]
    )
    assert await store.bases.bases(DOCUMENT) == FileBases(BASE, None)


@pytest.mark.spec("JOURNAL-5", "JOURNAL-6", "JOURNAL-7")
@pytest.mark.parametrize("afterwards", [False, True], ids=["before", "after"])
async def test_every_call_fails_once(tmp_path: Path, afterwards: bool) -> None:
    nth, struck = 0, True
    while struck:
        nth += 1
        directory = tmp_path / str(nth)
        disk = BrokenDisk(0, afterwards=afterwards)
        store = SqliteStore.open(directory, factory=disk.factory)
        disk.left = nth
        await live(store)
        struck, disk.left = disk.left <= 0, 0
        await check(store)
        await store.close()
        again = SqliteStore.open(directory)
        await check(again)
        await again.close()
        assert inspect(directory).findings == []
    assert nth > 100


@pytest.mark.spec("JOURNAL-6")
async def test_lost_edits_are_noticed_before_anything_is_accepted(tmp_path: Path) -> None:
    disk = BrokenDisk(0, afterwards=False)
    store = SqliteStore.open(tmp_path, factory=disk.factory)
    await store.journal.create(DOCUMENT, LINEAGE)
    await store.journal.append([entry(1), entry(2)])
    with sqlite3.connect(tmp_path / FILE_NAME) as behind_its_back:
        behind_its_back.execute("UPDATE chunks SET count = 1")
        behind_its_back.execute("UPDATE heads SET sequence = 1")
    behind_its_back.close()
    disk.left = 1
    with pytest.raises(StoreUnavailable):
        await store.journal.append([entry(3)])
    for _ in range(2):
        with pytest.raises(StoreCorrupt, match="Acknowledged edits"):
            await store.journal.append([entry(3)])
    await store.close()
