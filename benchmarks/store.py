"""What the journal costs on this machine's disk, in SQLite and in PostgreSQL."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from benchmarks.peer import Typist
from jupyter_tandem.adapters.store.postgres import PostgresStore
from jupyter_tandem.adapters.store.sqlite import SqliteStore
from jupyter_tandem.ports.store import Entry, Journal
from jupyter_tandem.types import DocumentId, LineageId
from tests.contract.postgres import installed, own_cluster

DOCUMENT = DocumentId("json:notebook:benchmark")
TYPED = Typist(1_000_000_000)

_SIZE = """
SELECT sum(pg_total_relation_size(oid)) FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
"""


def _entry(sequence: int) -> Entry:
    """What somebody sends who types 400 characters a second."""
    at_s = 1_790_000_000 + sequence / 400
    return Entry(DOCUMENT, sequence, "ana", at_s, "edit", TYPED.edit(sequence - 1))


async def append() -> dict[str, float]:
    """Durable entries a second, one an append and fifty an append, and bytes on disk per entry."""
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteStore.open(Path(folder, "store"))
        figures = await _rates(store.journal)
        await store.close()
        size = _size_bytes(Path(folder, "store"))
    return {**figures, "bytes_per_entry": size / 10_500}


async def append_postgres() -> dict[str, float]:
    """The same in PostgreSQL, with ``fsync`` on, reached by a socket; bytes of its tables and indexes."""
    with _postgres() as url:
        if url is None:
            return {}
        store = PostgresStore.connect(url)
        empty = _tables_bytes(url)
        figures = await _rates(store.journal)
        await store.close()
        size = _tables_bytes(url) - empty
    return {**figures, "bytes_per_entry": size / 10_500}


async def _rates(journal: Journal) -> dict[str, float]:
    await journal.create(DOCUMENT, LineageId("L"))
    return {
        "alone_per_s": await _appends(journal, first=1, batch=1, batches=500),
        "of_fifty_per_s": await _appends(journal, first=501, batch=50, batches=200),
    }


def _size_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


async def _appends(journal: Journal, *, first: int, batch: int, batches: int) -> float:
    sequence = first
    started = time.perf_counter()
    for _ in range(batches):
        await journal.append([_entry(sequence + place) for place in range(batch)])
        sequence += batch
    return batch * batches / (time.perf_counter() - started)


async def replay() -> dict[str, float]:
    """Milliseconds to read and check 10,000 entries."""
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteStore.open(Path(folder, "store"))
        elapsed_s = await _replayed(store.journal)
        await store.close()
    return {"replay_ms": elapsed_s * 1e3}


async def replay_postgres() -> dict[str, float]:
    """The same from PostgreSQL."""
    with _postgres() as url:
        if url is None:
            return {}
        store = PostgresStore.connect(url)
        elapsed_s = await _replayed(store.journal)
        await store.close()
    return {"replay_ms": elapsed_s * 1e3}


async def _replayed(journal: Journal) -> float:
    await journal.create(DOCUMENT, LineageId("L"))
    await journal.append([_entry(number + 1) for number in range(10_000)])
    started = time.perf_counter()
    found = await journal.replay(DOCUMENT)
    elapsed_s = time.perf_counter() - started
    if found is None or len(found.tail) != 10_000:
        raise AssertionError("not everything came back")
    return elapsed_s


@contextmanager
def _postgres() -> Iterator[sa.URL | None]:
    """A server of this case's own; ``None``, and a line that says so, where PostgreSQL is not installed."""
    if not installed():
        print("not measured: there is no PostgreSQL server on this machine", file=sys.stderr)
        yield None
        return
    with own_cluster(durable=True) as running:
        yield sa.make_url(running.url)


def _tables_bytes(url: sa.URL) -> int:
    """All tables of the database, with what belongs to them."""
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        found = connection.execute(sa.text(_SIZE)).scalar()
    engine.dispose()
    return int(found or 0)
