"""HUB-1, HUB-8: what the service and servers remember outlives them."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from jupyter_tandem.adapters.hub.known_store import FILE_NAME, JsonKnownStore
from jupyter_tandem.adapters.hub.registry import FILE_NAME as REGISTRY
from jupyter_tandem.adapters.hub.registry import SqlRegistry
from jupyter_tandem.adapters.sharing.database import sqlite_engine
from jupyter_tandem.errors import StoreError, StoreUnavailable
from jupyter_tandem.ports.federation import HubDocument, Offered, Remembered
from jupyter_tandem.types import ROLE_ACTIONS, DocumentKind, FileId, Role

NOTEBOOK = DocumentKind("json", "notebook")
FIRST = HubDocument("d1", "alice", "", FileId("f1"), NOTEBOOK, "n.ipynb", 1_790_000_000.25)
SECOND = HubDocument("d2", "alice", "gpu", FileId("f1"), NOTEBOOK, "ü.ipynb", 1_790_000_001.0)
OFFERED = Offered("d1", "alice", "n.ipynb", NOTEBOOK, ROLE_ACTIONS[Role.EDITOR])


@pytest.mark.spec("HUB-1")
async def test_documents_outlive_the_service(tmp_path: Path) -> None:
    registry = SqlRegistry.open(tmp_path)
    for document in (SECOND, FIRST):
        await registry.put(document)
    await registry.put(replace(FIRST, name="renamed.ipynb"))
    await registry.close()
    again = SqlRegistry.open(tmp_path)
    assert list(again.load_now()) == [replace(FIRST, name="renamed.ipynb"), SECOND]
    await again.close()
    assert stat.S_IMODE((tmp_path / REGISTRY).stat().st_mode) == 0o600


@pytest.mark.spec("HUB-1")
async def test_one_file_is_one_document(tmp_path: Path) -> None:
    registry = SqlRegistry.open(tmp_path)
    await registry.put(FIRST)
    with pytest.raises(StoreUnavailable, match="nothing was changed"):
        await registry.put(replace(FIRST, id="another"))
    assert list(registry.load_now()) == [FIRST]
    await registry.close()
    with pytest.raises(StoreUnavailable, match="stopping"):
        await registry.put(SECOND)


@pytest.mark.spec("HUB-1")
async def test_a_list_of_a_newer_tandem_is_left_alone(tmp_path: Path) -> None:
    await SqlRegistry.open(tmp_path).close()
    engine = sqlite_engine(tmp_path, REGISTRY)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE hub_alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(StoreError, match="newer"):
        SqlRegistry.open(tmp_path)


_OF_THE_FIRST_SERVICE = """
CREATE TABLE hub_documents (
    id VARCHAR(64) NOT NULL PRIMARY KEY, owner VARCHAR(255) NOT NULL, server VARCHAR(255) NOT NULL,
    file_id VARCHAR(255) NOT NULL, format VARCHAR(16) NOT NULL, type VARCHAR(255) NOT NULL,
    name TEXT NOT NULL, made_at BIGINT NOT NULL,
    CONSTRAINT uq_hub_documents UNIQUE (owner, server, file_id, format, type)
)
"""


@pytest.mark.spec("HUB-1")
async def test_a_list_of_the_first_service_is_brought_up_to_date(tmp_path: Path) -> None:
    engine = sqlite_engine(tmp_path, REGISTRY)
    row = "'d1', 'alice', '', 'f1', 'json', 'notebook', 'n.ipynb', 1790000000250"
    with engine.begin() as connection:
        connection.execute(sa.text(_OF_THE_FIRST_SERVICE))
        connection.execute(sa.text(f"INSERT INTO hub_documents VALUES ({row})"))
    engine.dispose()
    for _ in range(2):
        registry = SqlRegistry.open(tmp_path)
        assert registry.load_now()[0] == FIRST
        await registry.put(replace(SECOND, within={"d3": "a/ü.ipynb"}))
        assert registry.load_now()[1].within == {"d3": "a/ü.ipynb"}
        await registry.put(FIRST)
        await registry.close()


@pytest.mark.spec("HUB-8")
def test_what_others_share_is_remembered(tmp_path: Path) -> None:
    store = JsonKnownStore(tmp_path / "not-there-yet")
    assert store.load() == []
    store.save([Remembered(OFFERED, waiting=True)])
    assert list(JsonKnownStore(tmp_path / "not-there-yet").load()) == [Remembered(OFFERED, True)]
    assert stat.S_IMODE((tmp_path / "not-there-yet" / FILE_NAME).stat().st_mode) == 0o600
    store.save([])
    assert store.load() == []


@pytest.mark.spec("HUB-8")
@pytest.mark.parametrize("text", ["", "{", "[1]", '[{"id": "x"}]', '{"a": 1}'])
def test_what_cannot_be_read_is_told_again_by_the_hub(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE_NAME).write_text(text)
    assert JsonKnownStore(tmp_path).load() == []
