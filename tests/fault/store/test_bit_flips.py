"""One bit of the file is wrong: it is reported, or it does not matter; it is never content."""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from jupyter_tandem.adapters.store import SqliteStore
from jupyter_tandem.adapters.store.sqlite.database import FILE_NAME
from jupyter_tandem.adapters.store.sqlite.inspection import inspect
from jupyter_tandem.errors import StoreError
from jupyter_tandem.ports.store import Entry, FileBase, FileBases, Replay, Snapshot
from jupyter_tandem.types import DocumentId, LineageId

pytestmark = pytest.mark.fault

SEED = int(os.environ.get("TANDEM_SEED", "1"))
FLIPS = int(os.environ.get("TANDEM_FLIPS", "600"))
DOCUMENTS = [DocumentId(f"document-{number}") for number in range(3)]

Content = list[tuple[Replay | None, Sequence[Entry], FileBases]]


async def write(store: SqliteStore) -> None:
    for document_id in DOCUMENTS:
        await store.journal.create(document_id, LineageId(f"lineage of {document_id}"))
        for sequence in range(1, 30):
            update = random.Random(sequence).randbytes(sequence * 13 % 90)
            entry = Entry(document_id, sequence, "ada", float(sequence), "edit", update)
            await store.journal.append([entry])
        base = FileBase("digest", b"content" * 100, 3, "hash")
        await store.bases.settle(document_id, base)
        await store.bases.intend(document_id, FileBase("other", b"other" * 100, 4, ""))
    await store.journal.put_snapshot(DOCUMENTS[1], Snapshot(20, b"state" * 900))
    await store.journal.put_snapshot(DOCUMENTS[2], Snapshot(29, b"state" * 900))
    await store.journal.prune(DOCUMENTS[2], through=29)


async def read(store: SqliteStore) -> Content:
    return [
        (
            await store.journal.replay(document_id),
            await store.journal.history(document_id),
            await store.bases.bases(document_id),
        )
        for document_id in DOCUMENTS
    ]


async def read_file(directory: Path) -> Content:
    store = SqliteStore.open(directory)
    try:
        return await read(store)
    finally:
        await store.close()


def same(content: Content, expected: Content, *, doctor_knows: bool) -> bool:
    """Equal; or a snapshot cannot be found, but every entry from the first one can."""
    for (replay, history, bases), (its_replay, its_history, its_bases) in zip(
        content, expected, strict=True
    ):
        assert replay is not None
        rebuilt = doctor_knows and replay.snapshot is None and replay.tail == its_history
        if history != its_history or bases != its_bases:
            return False
        if replay != its_replay and not rebuilt:
            return False
    return True


@pytest.mark.spec("JOURNAL-10", "JOURNAL-11", "JOURNAL-28")
async def test_flipped_bits(tmp_path: Path) -> None:
    store = SqliteStore.open(tmp_path / "whole")
    await write(store)
    expected = await read(store)
    await store.close()
    whole = (tmp_path / "whole" / FILE_NAME).read_bytes()
    chance = random.Random(SEED)
    reported = 0
    for flip in range(FLIPS):
        directory = tmp_path / str(flip)
        directory.mkdir(mode=0o700)
        file = directory / FILE_NAME
        file.touch(0o600)
        bit = chance.randrange(len(whole) * 8)
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << bit % 8
        file.write_bytes(damaged)
        found = inspect(directory).findings
        try:
            content = await read_file(directory)
        except StoreError:
            reported += 1
            assert found, f"bit {bit}: the doctor found nothing"
        else:
            assert same(content, expected, doctor_knows=bool(found)), f"bit {bit}"
    assert reported > FLIPS / 10
