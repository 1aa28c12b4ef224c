"""The sharing database: who may read it, how it gets its tables, what it refuses."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from jupyter_tandem.adapters.sharing.database import NEWEST, migrate, sqlite_engine
from jupyter_tandem.adapters.sharing.file_name import FILE_NAME
from jupyter_tandem.adapters.sharing.migrations.upgrade import configuration
from jupyter_tandem.adapters.sharing.store import SqlSharing
from jupyter_tandem.adapters.sharing.tables import METADATA
from jupyter_tandem.adapters.store import SqliteStore
from jupyter_tandem.errors import StoreError, StoreUnavailable
from jupyter_tandem.hosts import doctor
from jupyter_tandem.testing.sharing_contract import event


@pytest.fixture
async def sharing(tmp_path: Path):
    opened = SqlSharing.open(tmp_path)
    yield opened
    await opened.close()


@pytest.mark.spec("SHARE-24")
@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
async def test_only_its_owner_may_read_it(tmp_path: Path):
    opened = SqlSharing.open(tmp_path / "data")
    await opened.append([event()])
    modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in (tmp_path / "data").iterdir()}
    assert FILE_NAME in modes
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
    await opened.close()


def test_the_migrations_lead_to_the_tables_the_code_uses(tmp_path: Path):
    engine = sqlite_engine(tmp_path)
    migrate(engine)
    migrate(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
    engine.dispose()


def test_the_newest_step_is_the_one_that_alembic_finds():
    assert ScriptDirectory.from_config(configuration()).get_current_head() == NEWEST


def test_a_start_with_tables_that_are_up_to_date_needs_no_alembic(tmp_path: Path):
    program = f"""
import sys
from pathlib import Path
from jupyter_tandem.adapters.sharing.database import migrate, sqlite_engine
migrate(sqlite_engine(Path({str(tmp_path)!r})))
print("alembic" in sys.modules)
"""
    said = [
        subprocess.run([sys.executable, "-c", program], check=True, capture_output=True).stdout
        for _ in range(2)
    ]
    assert [line.strip() for line in said] == [b"True", b"False"]


def test_a_database_of_a_newer_version_is_left_alone(tmp_path: Path):
    engine = sqlite_engine(tmp_path)
    migrate(engine)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="newer"):
        migrate(engine)
    engine.dispose()


@pytest.mark.spec("AUDIT-3")
@pytest.mark.parametrize(
    "statement", ["UPDATE audit SET actor = 'user:eve'", "DELETE FROM audit WHERE sequence = 1"]
)
async def test_the_database_refuses_to_change_the_log(
    sharing: SqlSharing, tmp_path: Path, statement: str
):
    await sharing.append([event()])
    connection = sqlite3.connect(tmp_path / FILE_NAME)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(statement)
    connection.close()
    assert len(await sharing.read()) == 1


@pytest.mark.spec("AUDIT-4")
async def test_who_goes_round_the_triggers_is_found_out(sharing: SqlSharing, tmp_path: Path):
    await sharing.append([event("a"), event("b"), event("c")])
    with sqlite3.connect(tmp_path / FILE_NAME) as connection:
        connection.execute("DROP TRIGGER audit_no_update")
        connection.execute("UPDATE audit SET actor = 'user:eve' WHERE sequence = 2")
    connection.close()
    assert await sharing.verify() == "Entry 2 was changed after it was written."


async def test_a_database_that_is_none_is_told_without_its_values(tmp_path: Path):
    (tmp_path / FILE_NAME).write_bytes(b"no database, but long enough to look like one" * 100)
    with pytest.raises(StoreUnavailable, match="nothing was changed"):
        SqlSharing.open(tmp_path)


async def test_a_directory_that_cannot_be_made_is_told(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnavailable, match="cannot be used"):
        SqlSharing.open(tmp_path / "file" / "data")


@pytest.mark.spec("AUDIT-9")
async def test_the_doctor_reads_the_log_and_changes_nothing(tmp_path: Path, capsys):
    store = SqliteStore.open(tmp_path)
    await store.close()
    opened = SqlSharing.open(tmp_path)
    await opened.append([event("a"), event("b")])
    await opened.close()
    before = (tmp_path / FILE_NAME).read_bytes()
    assert doctor.run([str(tmp_path)]) == 0
    assert (tmp_path / FILE_NAME).read_bytes() == before
    connection = sqlite3.connect(tmp_path / FILE_NAME)
    connection.execute("DROP TRIGGER audit_no_delete")
    connection.execute("DELETE FROM audit WHERE sequence = 1")
    connection.commit()
    connection.close()
    (tmp_path / FILE_NAME).chmod(0o644)
    assert doctor.run([str(tmp_path)]) == 1
    told = capsys.readouterr().out
    assert "Entry 1 is missing" in told
    assert "chmod 600" in told
    (tmp_path / FILE_NAME).write_bytes(b"rubbish" * 1000)
    assert doctor.run([str(tmp_path)]) == 1
    assert "cannot be read" in capsys.readouterr().out
