"""SQLite and PostgreSQL keep the same promises about shares."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from jupyter_tandem.adapters.sharing.on_demand import SharingOnDemand
from jupyter_tandem.adapters.sharing.store import SqlSharing
from jupyter_tandem.testing.sharing_contract import (
    AuditContract,
    OpenSharing,
    SharingContract,
    SharingFixture,
)
from tests.contract.postgres import cluster


class OnSqlite(SharingFixture):
    @pytest.fixture
    def open_sharing(self, tmp_path: Path) -> OpenSharing:
        return lambda: SqlSharing.open(tmp_path / "data")


class OnDemand(SharingFixture):
    @pytest.fixture
    def open_sharing(self, tmp_path: Path) -> OpenSharing:
        return lambda: SharingOnDemand(tmp_path / "data")


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    with cluster() as url:
        yield url


class OnPostgres(SharingFixture):
    """Every test begins with an empty schema."""

    @pytest.fixture
    def open_sharing(self, postgres: str) -> OpenSharing:
        engine = sa.create_engine(postgres)
        with engine.begin() as connection:
            connection.execute(sa.text("DROP SCHEMA public CASCADE"))
            connection.execute(sa.text("CREATE SCHEMA public"))
        engine.dispose()
        return lambda: SqlSharing.connect(postgres)


class TestPostgresSharing(OnPostgres, SharingContract): ...


class TestPostgresAudit(OnPostgres, AuditContract): ...


class TestSqliteSharing(OnSqlite, SharingContract): ...


class TestSqliteAudit(OnSqlite, AuditContract): ...


class TestSharingOnDemand(OnDemand, SharingContract): ...


class TestAuditOnDemand(OnDemand, AuditContract): ...
