"""SQLite and PostgreSQL keep the same promises about shares."""

from __future__ import annotations

from pathlib import Path

import pytest

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


class TestSqliteSharing(OnSqlite, SharingContract): ...


class TestSqliteAudit(OnSqlite, AuditContract): ...
