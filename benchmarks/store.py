"""What the journal costs on this machine's disk."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from benchmarks.peer import Typist
from jupyter_tandem.adapters.store.sqlite import SqliteStore
from jupyter_tandem.ports.store import Entry
from jupyter_tandem.types import DocumentId, LineageId

DOCUMENT = DocumentId("json:notebook:benchmark")
TYPED = Typist(1_000_000_000)


def _entry(sequence: int) -> Entry:
    """What somebody sends who types 400 characters a second."""
    at_s = 1_790_000_000 + sequence / 400
    return Entry(DOCUMENT, sequence, "ana", at_s, "edit", TYPED.edit(sequence - 1))


async def append() -> dict[str, float]:
    """Durable entries a second, one an append and fifty an append, and bytes on disk per entry."""
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteStore.open(Path(folder, "store"))
        await store.journal.create(DOCUMENT, LineageId("L"))
        alone = await _appends(store, first=1, batch=1, batches=500)
        fifty = await _appends(store, first=501, batch=50, batches=200)
        await store.close()
        size = _size_bytes(Path(folder, "store"))
    return {"alone_per_s": alone, "of_fifty_per_s": fifty, "bytes_per_entry": size / 10_500}


def _size_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


async def _appends(store: SqliteStore, *, first: int, batch: int, batches: int) -> float:
    sequence = first
    started = time.perf_counter()
    for _ in range(batches):
        await store.journal.append([_entry(sequence + place) for place in range(batch)])
        sequence += batch
    return batch * batches / (time.perf_counter() - started)


async def replay() -> dict[str, float]:
    """Milliseconds to read and check 10,000 entries."""
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteStore.open(Path(folder, "store"))
        await store.journal.create(DOCUMENT, LineageId("L"))
        await store.journal.append([_entry(number + 1) for number in range(10_000)])
        started = time.perf_counter()
        found = await store.journal.replay(DOCUMENT)
        elapsed = time.perf_counter() - started
        await store.close()
    if found is None or len(found.tail) != 10_000:
        raise AssertionError("not everything came back")
    return {"replay_ms": elapsed * 1e3}
