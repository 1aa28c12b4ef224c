"""A server whose disk fills up and is cleared again: files may grow to a limit, which is then lifted.

    python full_disk.py DIRECTORY

Ends with status 0 when everything went as it must; an assertion says otherwise.
"""

from __future__ import annotations

import asyncio
import resource
import sys
from pathlib import Path

from jupyter_tandem.adapters.store import SqliteStore
from jupyter_tandem.errors import StoreUnavailable
from jupyter_tandem.ports.store import Entry, FileBase, Snapshot
from jupyter_tandem.types import DocumentId, LineageId

DOCUMENT = DocumentId("document")
LIMIT_BYTES = 600_000


def entry(sequence: int) -> Entry:
    return Entry(DOCUMENT, sequence, "ada", 0.0, "edit", f"{sequence};".encode() * 400)


def let_files_grow_to(size: int) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))


async def fill(store: SqliteStore) -> int:
    """Append until the disk is full for good; how many entries were acknowledged.

    Opening the database anew can make room once more, by folding the write-ahead file into it.
    """
    sequence = failures = 0
    while failures < 3:
        if await appended(store, sequence + 1):
            sequence += 1
            failures = 0
        else:
            failures += 1
    return sequence


async def appended(store: SqliteStore, sequence: int) -> bool:
    try:
        await store.journal.append([entry(sequence)])
    except StoreUnavailable:
        return False
    return True


async def refused(store: SqliteStore, acknowledged: int) -> None:
    """Every kind of write fails, and what is there can be read all the same."""
    for write in (
        lambda: store.journal.append([entry(acknowledged + 1)]),
        lambda: store.journal.put_snapshot(DOCUMENT, Snapshot(acknowledged, bytes(5_000_000))),
        lambda: store.bases.settle(DOCUMENT, FileBase("digest", bytes(800_000), 1, "")),
    ):
        try:
            await write()
        except StoreUnavailable:
            pass
        else:
            raise AssertionError("a write to a full disk was acknowledged")
        await whole(store, acknowledged)


async def whole(store: SqliteStore, end: int) -> None:
    replay = await store.journal.replay(DOCUMENT)
    assert replay is not None
    assert list(replay.tail) == [entry(sequence) for sequence in range(1, end + 1)]


async def main(directory: str) -> None:
    store = SqliteStore.open(Path(directory))
    await store.journal.create(DOCUMENT, LineageId("lineage"))
    let_files_grow_to(LIMIT_BYTES)
    acknowledged = await fill(store)
    assert acknowledged > 30
    await refused(store, acknowledged)
    let_files_grow_to(resource.RLIM_INFINITY)
    await store.journal.append([entry(acknowledged + 1)])
    await whole(store, acknowledged + 1)
    await store.journal.put_snapshot(DOCUMENT, Snapshot(acknowledged, bytes(5_000_000)))
    await store.close()
    again = SqliteStore.open(Path(directory))
    replay = await again.journal.replay(DOCUMENT)
    assert replay is not None
    assert replay.head.sequence == acknowledged + 1
    await again.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
