"""The write-ahead file does not stay large when people pause."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from jupyter_tandem.adapters.store import SqliteStore
from jupyter_tandem.adapters.store.sqlite.database import Database
from jupyter_tandem.adapters.store.sqlite.quiet import Quiet
from jupyter_tandem.ports.store import Entry
from jupyter_tandem.types import DocumentId, LineageId

DOCUMENT = DocumentId("document")


@pytest.mark.spec("JOURNAL-32")
async def test_at_rest_the_write_ahead_file_is_folded(tmp_path: Path) -> None:
    store = SqliteStore.open(tmp_path)
    await store.journal.create(DOCUMENT, LineageId("lineage"))
    await store.journal.append([Entry(DOCUMENT, 1, "ana", 0.0, "edit", bytes(1_000_000))])
    while Database(tmp_path).wal_bytes():  # noqa: ASYNC110 - a file tells nobody of its size
        await asyncio.sleep(0.01)
    assert len(await store.journal.history(DOCUMENT)) == 1
    await store.close()


async def test_one_rest_after_many_writes() -> None:
    rested = asyncio.Event()
    rests = 0

    async def rest() -> None:
        nonlocal rests
        rests += 1
        rested.set()

    quiet = Quiet(rest)
    for _ in range(10):
        quiet.wrote()
    await rested.wait()
    assert rests == 1
    rested.clear()
    quiet.wrote()
    await rested.wait()
    quiet.wrote()
    await quiet.close()
    assert rests == 2
