"""Journals that an earlier Tandem wrote: everything in them stays, and damage stays visible."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from jupyter_tandem.adapters.store import SqliteStore
from jupyter_tandem.adapters.store.sqlite.database import FILE_NAME
from jupyter_tandem.adapters.store.sqlite.inspection import inspect
from jupyter_tandem.adapters.store.sqlite.schema import APPLICATION_ID
from jupyter_tandem.errors import StoreCorrupt, StoreError
from jupyter_tandem.ports.store import Entry, Head, Holder, Snapshot
from jupyter_tandem.protocol.run import Run
from jupyter_tandem.types import DocumentId, LineageId

ONE, TWO, THREE = DocumentId("one"), DocumentId("two"), DocumentId("three")
DUMP = Path(__file__).parents[3] / "vectors" / "journal_schema_2.sql"
TYPED = "hallö 🎈!"


def make_earlier(directory: Path, *, version: int = 2, also: str = "") -> None:
    """A journal as schema 1 or 2 had it."""
    directory.chmod(0o700)
    file = directory / FILE_NAME
    file.touch(0o600)
    with sqlite3.connect(file) as earlier:
        earlier.execute("PRAGMA journal_mode = WAL")
        earlier.executescript(DUMP.read_text(encoding="utf-8"))
        if version == 1:
            earlier.execute("DROP TABLE runs")
        earlier.executescript(also)
        earlier.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        earlier.execute(f"PRAGMA user_version = {version}")
    earlier.close()


@pytest.mark.spec("JOURNAL-31")
@pytest.mark.parametrize("version", [1, 2])
async def test_nothing_is_lost(tmp_path: Path, version: int) -> None:
    make_earlier(tmp_path, version=version)
    for _ in range(2):
        store = SqliteStore.open(tmp_path)
        one = await store.journal.replay(ONE)
        two = await store.journal.replay(TWO)
        assert one is not None
        assert two is not None
        assert one.head == Head(ONE, LineageId("lineage of one"), 10)
        assert [entry.sequence for entry in one.tail] == list(range(1, 11))
        assert [entry.author for entry in one.tail] == ["", *["ana"] * 5, *["bo"] * 3, "ana"]
        assert [entry.at - 1_790_000_000 for entry in one.tail[:3]] == [0.5, 1.5, 1.75]
        assert one.tail[-1] == Entry(
            ONE, 10, "ana", 1_789_999_999.0, "edit", b"\x00\x01\x09\x01\x03\x01"
        )
        assert b"".join(entry.update[-2:-1] for entry in one.tail[1:4]) == b"hal"
        assert one.tail[7].update == b"\x01\x01\x09\x07\x84\x09\x06\x04" + "🎈".encode() + b"\x00"
        assert two.snapshot == Snapshot(4, b"state of four")
        assert [entry.update for entry in two.tail] == [b"update 5", b"update 6"]
        assert [e.sequence for e in await store.journal.history(TWO)] == [4, 5, 6]
        assert await store.journal.head(THREE) is not None
        assert (await store.bases.bases(ONE)).common is not None
        assert len(await store.runs.load(ONE)) == (version == 2)
        await store.close()
    assert inspect(tmp_path).findings == []
    store = SqliteStore.open(tmp_path)
    await store.journal.append([Entry(ONE, 11, "ana", 1_790_000_009.0, "edit", b"next")])
    await store.runs.write(ONE, [Run(2, "", "cell", "ana", "Ana", "", 0.0)])
    await store.close()
    assert inspect(tmp_path).entries == 14


@pytest.mark.spec("JOURNAL-10", "JOURNAL-31")
@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE entries SET bytes = x'00' WHERE place & 255 = 5",
        "UPDATE entries SET at = at + 1 WHERE place & 255 = 5",
        "UPDATE entries SET bytes = 'a text' WHERE place & 255 = 5",
        "UPDATE entries SET origin = 9 WHERE place & 255 = 5",
        "UPDATE origins SET author = 'eve' WHERE author = 'ana'",
        "DELETE FROM entries WHERE place & 255 = 5",
    ],
)
async def test_damage_stays_damage(tmp_path: Path, damage: str) -> None:
    make_earlier(tmp_path, also=damage)
    store = SqliteStore.open(tmp_path)
    with pytest.raises(StoreCorrupt):
        await store.journal.replay(ONE)
    await store.close()
    assert {finding.code for finding in inspect(tmp_path).findings} <= {"entry", "gap"}
    assert inspect(tmp_path).findings


@pytest.mark.spec("JOURNAL-31")
@pytest.mark.skipif(os.name != "posix", reason="locks of other processes are looked at with flock")
def test_a_server_at_work_is_not_disturbed(tmp_path: Path) -> None:
    make_earlier(
        tmp_path, also="UPDATE lease SET lock = 'lease-1.lock', server = 'theirs', token = 1"
    )
    lock = tmp_path / "lease-1.lock"
    lock.touch(0o600)
    code = "import fcntl, sys; f = open(sys.argv[1]); fcntl.flock(f, fcntl.LOCK_EX); print(1, flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        before = (tmp_path / FILE_NAME).read_bytes()
        with pytest.raises(StoreError, match="earlier Tandem"):
            SqliteStore.open(tmp_path)
        assert [finding.code for finding in inspect(tmp_path).findings] == ["schema"]
        holder.communicate(b"\n")
    assert (tmp_path / FILE_NAME).read_bytes() == before
    SqliteStore.open(tmp_path)
    assert not [finding for finding in inspect(tmp_path).findings if finding.code == "schema"]


async def test_the_new_one_can_be_held(tmp_path: Path) -> None:
    make_earlier(tmp_path)
    store = SqliteStore.open(tmp_path)
    assert await store.lease.acquire(Holder("server", "", 1, "machine")) is None
    await store.close()
