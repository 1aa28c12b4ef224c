"""HUB-1, HUB-8: what the service and servers remember outlives them."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from jupyter_tandem.adapters.hub.known_store import FILE_NAME, JsonKnownStore
from jupyter_tandem.adapters.hub.registry import FILE_NAME as REGISTRY
from jupyter_tandem.adapters.hub.registry import VERSION, SqlRegistry
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
        connection.execute(sa.text(f"UPDATE hub_state SET version = {VERSION + 1}"))
    engine.dispose()
    with pytest.raises(StoreError, match="newer"):
        SqlRegistry.open(tmp_path)


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
