"""SQLite and PostgreSQL keep the same promises about shares."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import sqlalchemy as sa

from jupyter_tandem.adapters.sharing import SqlSharing
from jupyter_tandem.testing.sharing_contract import (
    AuditContract,
    OpenSharing,
    SharingContract,
    SharingFixture,
)


class OnSqlite(SharingFixture):
    @pytest.fixture
    def open_sharing(self, tmp_path: Path) -> OpenSharing:
        return lambda: SqlSharing.open(tmp_path / "data")


class OnPostgres(SharingFixture):
    """Give the URL of an empty database in ``TANDEM_TEST_POSTGRES``; what is in it will be dropped."""

    @pytest.fixture
    def open_sharing(self) -> OpenSharing:
        url = os.environ.get("TANDEM_TEST_POSTGRES", "")
        if not url:
            pytest.skip("TANDEM_TEST_POSTGRES names no database")
        engine = sa.create_engine(url)
        with engine.begin() as connection:
            connection.execute(sa.text("DROP SCHEMA public CASCADE"))
            connection.execute(sa.text("CREATE SCHEMA public"))
        engine.dispose()
        return lambda: SqlSharing.connect(url)


class TestPostgresSharing(OnPostgres, SharingContract): ...


class TestPostgresAudit(OnPostgres, AuditContract): ...


class TestSqliteSharing(OnSqlite, SharingContract): ...


class TestSqliteAudit(OnSqlite, AuditContract): ...
