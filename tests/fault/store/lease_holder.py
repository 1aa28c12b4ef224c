"""A server that takes the lease and does what it is told on standard input.

    python lease_holder.py DIRECTORY TTL_S

``renew`` and ``append`` answer ``ok`` or the name of the error.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from jupyter_tandem.adapters.store import SqliteStore
from jupyter_tandem.errors import StoreError
from jupyter_tandem.ports.store import Entry, Holder
from jupyter_tandem.types import DocumentId, LineageId

DOCUMENT = DocumentId("document")
MACHINE = "machine"


def entry(sequence: int) -> Entry:
    return Entry(DOCUMENT, sequence, "ada", 0.0, "edit", b"update")


async def obey(store: SqliteStore, order: str) -> str:
    try:
        await (store.lease.renew() if order == "renew" else append(store))
    except StoreError as error:
        return type(error).__name__
    return "ok"


async def append(store: SqliteStore) -> None:
    head = await store.journal.head(DOCUMENT)
    if head is None:
        head = await store.journal.create(DOCUMENT, LineageId("lineage"))
    await store.journal.append([entry(head.sequence + 1)])


async def main(directory: str, ttl_s: str) -> None:
    store = SqliteStore.open(Path(directory), ttl_s=float(ttl_s))
    holder = await store.lease.acquire(Holder("process", "", os.getpid(), MACHINE))
    say("held" if holder is None else f"taken by {holder.server}")
    while order := (await asyncio.to_thread(sys.stdin.readline)).strip():
        say(await obey(store, order))
    await store.close()


def say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
