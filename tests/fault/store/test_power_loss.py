"""The power goes: what was synced is there, what was being written may be there in any part.

A power loss is made from copies of the files. Between two acknowledged writes SQLite first appends
to the write-ahead file and syncs it; only then, and only sometimes, it copies pages into the
database, and syncs that before it uses the write-ahead file from its beginning again. So a loss
leaves either the old database with some sectors of the new write-ahead file, or the new
write-ahead file with some sectors of the new database.
"""

from __future__ import annotations

import os
import random
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from jupyter_tandem.adapters.store import SqliteStore
from jupyter_tandem.adapters.store.sqlite.database import FILE_NAME
from jupyter_tandem.ports.store import Entry
from jupyter_tandem.types import DocumentId, LineageId
from tests.fault.store.unsynced import Unsynced

pytestmark = pytest.mark.fault

SEED = int(os.environ.get("TANDEM_SEED", "1"))
DOCUMENT = DocumentId("document")
SECTOR = 512
WAL_HEADER = 32
FRAME = 24 + 4096


class Eager(sqlite3.Connection):
    """Copies pages into the database after every few commits rather than every thousand pages."""

    def execute(self, sql: str, *arguments: object) -> sqlite3.Cursor:
        if sql.startswith("PRAGMA journal_size_limit"):
            super().execute("PRAGMA wal_autocheckpoint = 9")
        return super().execute(sql, *arguments)


@dataclass(frozen=True)
class Files:
    """The bytes of a database and of its write-ahead file."""

    database: bytes
    wal: bytes

    @staticmethod
    def of(directory: Path) -> Files:
        return Files(
            (directory / FILE_NAME).read_bytes(), (directory / f"{FILE_NAME}-wal").read_bytes()
        )

    def write(self, directory: Path) -> Path:
        directory.mkdir(parents=True)
        (directory / FILE_NAME).write_bytes(self.database)
        (directory / f"{FILE_NAME}-wal").write_bytes(self.wal)
        return directory


def entry(sequence: int) -> Entry:
    chance = random.Random(sequence)
    size = 9_000 if sequence % 10 == 0 else chance.randint(1, 400)
    return Entry(DOCUMENT, sequence, "ada", float(sequence), "edit", chance.randbytes(size))


async def written(directory: Path, count: int, factory: type[sqlite3.Connection]) -> list[Files]:
    """The files after each of ``count`` acknowledged appends, and before the first."""
    store = SqliteStore.open(directory, factory=factory)
    await store.journal.create(DOCUMENT, LineageId("lineage"))
    states = [Files.of(directory)]
    for sequence in range(1, count + 1):
        await store.journal.append([entry(sequence)])
        states.append(Files.of(directory))
    await store.close()
    return states


async def recovered(directory: Path) -> int:
    """How many entries are there after the loss: a prefix, every byte of it right."""
    store = SqliteStore.open(directory, factory=Unsynced)
    replay = await store.journal.replay(DOCUMENT)
    assert replay is not None
    entries = list(replay.tail)
    assert entries == [entry(sequence) for sequence in range(1, len(entries) + 1)]
    # What was recovered is a journal that goes on.
    await store.journal.append([entry(len(entries) + 1)])
    await store.close()
    return len(entries)


def cuts(wal: bytes) -> Iterable[int]:
    """Ends of header, frame headers, pages and sectors, each with the bytes before and after."""
    edges = {0, WAL_HEADER, *range(WAL_HEADER, len(wal) + 1, FRAME)}
    edges |= {edge + 24 for edge in edges} | {edge + 24 + 2048 for edge in edges}
    edges |= set(range(0, 6 * FRAME, SECTOR))
    near = {edge + step for edge in edges for step in (-1, 0, 1)}
    return sorted(cut for cut in near if 0 <= cut <= len(wal))


@pytest.mark.spec("JOURNAL-3", "JOURNAL-4")
@pytest.mark.parametrize("rest", ["gone", "zero", "noise"])
async def test_a_torn_end_is_cut_off(tmp_path: Path, rest: str) -> None:
    states = await written(tmp_path / "whole", 25, sqlite3.Connection)
    whole = states[-1]
    chance = random.Random(SEED)
    for cut in cuts(whole.wal):
        left = len(whole.wal) - cut
        tail = {"gone": b"", "zero": bytes(left), "noise": chance.randbytes(left)}[rest]
        torn = Files(whole.database, whole.wal[:cut] + tail)
        acknowledged = sum(len(state.wal) <= cut for state in states[1:])
        directory = torn.write(tmp_path / f"{cut}")
        if len(states[0].wal) <= cut:
            assert await recovered(directory) == acknowledged


@pytest.mark.spec("JOURNAL-3", "JOURNAL-4")
async def test_any_sectors_of_a_write_may_be_missing(tmp_path: Path) -> None:
    states = await written(tmp_path / "whole", 60, Eager)
    assert len({state.database for state in states}) > 5, "pages were copied several times"
    chance = random.Random(SEED)
    for acknowledged, (old, new) in enumerate(pairwise(states)):
        for attempt in range(2):
            wal = mixed(old.wal, new.wal, chance)
            directory = Files(old.database, wal).write(tmp_path / f"wal-{acknowledged}-{attempt}")
            assert await recovered(directory) in (acknowledged, acknowledged + 1)
            database = mixed(old.database, new.database, chance)
            directory = Files(database, new.wal).write(tmp_path / f"db-{acknowledged}-{attempt}")
            assert await recovered(directory) == acknowledged + 1


def mixed(old: bytes, new: bytes, chance: random.Random) -> bytes:
    """``new`` with some sectors still as they were in ``old``."""
    result = bytearray(new)
    for start in range(0, len(new), SECTOR):
        if chance.random() < 0.5:
            kept = old[start : start + SECTOR]
            result[start : start + SECTOR] = kept + bytes(
                len(new[start : start + SECTOR]) - len(kept)
            )
    return bytes(result)
