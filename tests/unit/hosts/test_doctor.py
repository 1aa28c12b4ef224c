"""``jupyter tandem doctor`` finds what is wrong, says it in sentences and touches nothing."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from jupyter_tandem.adapters.store import SqliteStore
from jupyter_tandem.adapters.store.sqlite.database import FILE_NAME
from jupyter_tandem.hosts import doctor
from jupyter_tandem.ports.store import Entry, FileBase, Holder, Snapshot
from jupyter_tandem.types import DocumentId, LineageId

DOCUMENT = DocumentId("document")
HOLDER = Holder("server", "http://127.0.0.1:8888/", 4711, "machine")


async def opened(directory: Path) -> SqliteStore:
    store = SqliteStore.open(directory)
    await store.lease.acquire(HOLDER)
    return store


@pytest.fixture
async def journal(tmp_path: Path) -> Path:
    """A journal with some of everything, closed; two entries a chunk, since a start begins one."""
    directory = tmp_path / "root"
    store = await opened(directory)
    await store.journal.create(DOCUMENT, LineageId("lineage"))
    entries = [Entry(DOCUMENT, n, "ada", 0.0, "edit", b"u%d" % n) for n in range(1, 9)]
    for first in range(0, 8, 2):
        await store.journal.append(entries[first : first + 2])
        await store.close()
        store = await opened(directory)
    await store.journal.put_snapshot(DOCUMENT, Snapshot(3, b"state"))
    await store.bases.settle(DOCUMENT, FileBase("digest", b"content", 3, ""))
    await store.close()
    return directory


def tamper(directory: Path, *statements: str) -> None:
    connection = sqlite3.connect(directory / FILE_NAME)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


@pytest.mark.spec("JOURNAL-27", "JOURNAL-28")
def test_a_sound_journal(journal: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (journal / FILE_NAME).read_bytes()
    assert doctor.run([str(journal)]) == 0
    said = capsys.readouterr().out
    assert "1 documents, 8 entries" in said
    assert "No server holds it." in said
    assert "Nothing is wrong with it." in said
    assert (journal / FILE_NAME).read_bytes() == before


@pytest.mark.spec("JOURNAL-27")
async def test_while_a_server_writes(journal: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = await opened(journal)
    await store.journal.append([Entry(DOCUMENT, 9, "ada", 0.0, "edit", b"u9")])
    assert doctor.run(["--json", str(journal)]) == 0
    (report,) = json.loads(capsys.readouterr().out)
    assert report["sound"] is True
    assert report["entries"] == 9
    assert report["holder"] == {
        "server": "server",
        "url": "http://127.0.0.1:8888/",
        "pid": 4711,
        "host": "machine",
    }
    assert report["holder_lives"] is True
    await store.journal.append([Entry(DOCUMENT, 10, "ada", 0.0, "edit", b"u10")])
    await store.close()


@pytest.mark.spec("JOURNAL-28")
@pytest.mark.parametrize(
    ("statement", "code", "sentence"),
    [
        ("UPDATE chunks SET bytes = x'00' WHERE place & 15 = 5", "entry", "from 5 on that fail"),
        ("UPDATE chunks SET at = at + 1 WHERE place & 15 = 5", "entry", "from 5 on that fail"),
        ("UPDATE chunks SET count = 3 WHERE place & 15 = 5", "entry", "from 5 on that fail"),
        ("UPDATE chunks SET count = 'x' WHERE place & 15 = 5", "entry", "from 5 on that fail"),
        ("UPDATE origins SET key = 7", "entry", "from 1 on that fail"),
        ("UPDATE origins SET author = 'eve'", "entry", "from 1 on that fail"),
        ("UPDATE origins SET cause = 'run'", "entry", "from 1 on that fail"),
        ("DELETE FROM chunks WHERE place & 15 = 5", "gap", "lacks the entries 5 to 6"),
        ("DELETE FROM chunks WHERE place & 15 = 7", "document", "lost the end"),
        ("UPDATE documents SET lineage = ''", "document", "has no lineage"),
        ("UPDATE documents SET lineage = 'another'", "document", "damaged record"),
        ("UPDATE documents SET epoch = epoch + 1", "document", "damaged record"),
        ("UPDATE documents SET begun = begun + 1", "document", "damaged record"),
        ("DELETE FROM documents", "orphan", "belong to no document"),
        ("UPDATE parts SET bytes = x'00'", "snapshot", "a snapshot at 3 that fails"),
        ("DELETE FROM parts", "snapshot", "a snapshot at 3 that fails"),
        ("UPDATE snapshots SET sequence = 4", "snapshot", "a snapshot at 4 that fails"),
        (
            "DELETE FROM chunks WHERE place & 15 > 2; UPDATE heads SET sequence = 3",
            "snapshot",
            "a snapshot at 3, but its journal ends at 2",
        ),
        ("UPDATE bases SET file_hash = 'x'", "base", "remembered file version"),
        ("DELETE FROM bases", "base", "remembered file version"),
        ("UPDATE contents SET bytes = x'00'", "base", "remembered file version"),
        ("PRAGMA user_version = 99", "schema", "newer Tandem"),
    ],
)
def test_what_is_wrong_is_said(
    journal: Path,
    capsys: pytest.CaptureFixture[str],
    statement: str,
    code: str,
    sentence: str,
) -> None:
    tamper(journal, *statement.split(";"))
    assert doctor.run(["--json", str(journal)]) == 1
    (report,) = json.loads(capsys.readouterr().out)
    assert report["sound"] is False
    assert code in {finding["code"] for finding in report["findings"]}
    assert doctor.run([str(journal)]) == 1
    said = capsys.readouterr().out
    assert sentence in said
    assert "What to do: " in said


@pytest.mark.spec("JOURNAL-28")
def test_damaged_pages(journal: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = journal / FILE_NAME
    pages = bytearray(file.read_bytes())
    pages[4096 * 2 : 4096 * 6] = bytes(4096 * 4)
    file.write_bytes(pages)
    assert doctor.run([str(journal)]) == 1
    assert "check the disk" in capsys.readouterr().out


@pytest.mark.spec("JOURNAL-28")
def test_what_others_could_read(journal: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (journal / FILE_NAME).chmod(0o644)
    assert doctor.run([str(journal)]) == 1
    assert f"chmod go= '{journal / FILE_NAME}'" in capsys.readouterr().out


@pytest.mark.spec("JOURNAL-28")
def test_a_directory_without_a_journal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert doctor.run([str(tmp_path)]) == 1
    assert "There is no journal in" in capsys.readouterr().out


def test_without_arguments_all_journals_of_the_user(
    journal: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(journal.parent.parent / "nothing"))
    assert doctor.run([]) == 0
    assert "There is no journal yet" in capsys.readouterr().out
    data = journal.parent / "data"
    (data / "tandem").mkdir(parents=True)
    journal.rename(data / "tandem" / "root")
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(data))
    assert doctor.run([]) == 0
    assert str(data / "tandem" / "root") in capsys.readouterr().out
