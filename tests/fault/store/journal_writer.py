"""A server that only writes its journal: started by the tests, killed by them, told what it did.

    python journal_writer.py DIRECTORY-OR-URL SEED [FAILPOINT COUNT]

Prints a line before and after every write: ``sent`` and ``acked`` with what was written, and in between ``logged``
where the store says so.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
from pathlib import Path

import sqlalchemy as sa

from jupyter_tandem.adapters.store import SqliteStore
from jupyter_tandem.adapters.store.postgres import PostgresStore
from jupyter_tandem.ports.store import Entry, FileBase, Holder, Snapshot, Store
from jupyter_tandem.types import DocumentId, LineageId

DOCUMENTS = [DocumentId(f"document-{number}") for number in range(4)]
LINEAGE = LineageId("lineage")


def update(document_id: str, sequence: int) -> bytes:
    """The one update that belongs at that place."""
    return random.Random(f"{document_id}/{sequence}").randbytes(5 + sequence % 300)


def state(document_id: str, sequence: int) -> bytes:
    """The one snapshot that belongs at that place; now and then one that is written in parts."""
    size = 2_500_000 if sequence % 7 == 0 else 2_000
    return (f"{document_id}@{sequence};".encode() * (size // 10))[:size]


def base(document_id: str, sequence: int) -> FileBase:
    """The one file version that belongs at that place."""
    return FileBase(f"{document_id}@{sequence}", update(document_id, sequence) * 20, sequence, "")


def entry(document_id: DocumentId, sequence: int) -> Entry:
    return Entry(
        document_id, sequence, "ada", float(sequence), "edit", update(document_id, sequence)
    )


def say(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


class KillAt:
    """A failpoint that ends the process the ``count``-th time its name comes by."""

    def __init__(self, name: str, count: int) -> None:
        self._name = name
        self._left = count

    def __call__(self, point: str) -> None:
        if point == self._name:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


class Writer:
    def __init__(self, store: Store, seed: str) -> None:
        self._store = store
        self._random = random.Random(seed)
        self._last: dict[DocumentId, int] = {}

    async def start(self) -> None:
        holder = await self._store.lease.acquire(
            Holder("writer", "", os.getpid(), os.uname().nodename)
        )
        if holder is not None:
            raise SystemExit(f"taken by {holder}")
        for document_id in DOCUMENTS:
            head = await self._store.journal.head(document_id)
            if head is None:
                head = await self._store.journal.create(document_id, LINEAGE)
            self._last[document_id] = head.sequence
        say("ready")

    async def step(self) -> None:
        document_id = self._random.choice(DOCUMENTS)
        last = self._last[document_id]
        await self._random.choices(
            [self.append, self.snapshot, self.prune, self.settle], weights=[20, 1, 1, 3]
        )[0](document_id, last)

    async def append(self, _document_id: DocumentId, _last: int) -> None:
        entries = []
        for document_id in self._random.sample(DOCUMENTS, self._random.randint(1, 4)):
            for _ in range(self._random.randint(1, 5)):
                self._last[document_id] += 1
                entries.append(entry(document_id, self._last[document_id]))
        for sent in entries:
            say("sent", "entry", sent.document_id, sent.sequence)
        if self._store.journal.log_unsynced(entries):
            for logged in entries:
                say("logged", "entry", logged.document_id, logged.sequence)
        await self._store.journal.append(entries)
        for acked in entries:
            say("acked", "entry", acked.document_id, acked.sequence)

    async def snapshot(self, document_id: DocumentId, last: int) -> None:
        await self._store.journal.put_snapshot(
            document_id, Snapshot(last, state(document_id, last))
        )
        say("acked", "snapshot", document_id, last)

    async def prune(self, document_id: DocumentId, _last: int) -> None:
        replay = await self._store.journal.replay(document_id)
        if replay is not None and replay.snapshot is not None:
            await self._store.journal.prune(document_id, through=replay.snapshot.sequence)

    async def settle(self, document_id: DocumentId, last: int) -> None:
        say("sent", "base", document_id, last)
        await self._store.bases.intend(document_id, base(document_id, last))
        await self._store.bases.settle(document_id, base(document_id, last))
        say("acked", "base", document_id, last)


def opened(place: str, failpoint: KillAt) -> Store:
    if place.startswith("postgresql"):
        return PostgresStore.connect(sa.make_url(place), failpoint=failpoint)
    return SqliteStore.open(Path(place), failpoint=failpoint)


async def main(place: str, seed: str, failpoint: str = "", count: str = "0") -> None:
    store = opened(place, KillAt(failpoint, int(count)))
    writer = Writer(store, seed)
    await writer.start()
    while True:
        await writer.step()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
