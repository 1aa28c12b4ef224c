"""What the Hub's service remembers beside its journal: the same on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tornado.httpclient import AsyncHTTPClient

from jupyter_tandem.adapters.hub.registry import SqlRegistry
from jupyter_tandem.adapters.hub.requests import SqlRequests
from jupyter_tandem.adapters.store.sqlite import SqliteStore
from jupyter_tandem.errors import StoreError, StoreUnavailable
from jupyter_tandem.hosts import hub_composition
from jupyter_tandem.hosts.hub_composition import HubServer
from jupyter_tandem.hosts.hub_options import parse
from jupyter_tandem.ports.federation import HubDocument
from jupyter_tandem.ports.hub_requests import AccessRequest
from jupyter_tandem.types import DocumentKind, FileId
from tests.contract.postgres import cluster, emptied

NOTEBOOK = DocumentKind("json", "notebook")
FIRST = HubDocument("d1", "alice", "", FileId("f1"), NOTEBOOK, "n.ipynb", 1_790_000_000.25)
SECOND = HubDocument("d2", "alice", "gpu", FileId("f1"), NOTEBOOK, "ü.ipynb", 1_790_000_001.0)
ASKED = AccessRequest("d1", "bob", "Bob", 1_790_000_002.125)

Open = Callable[[], SqlRegistry]


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    with cluster() as url:
        yield url


@pytest.fixture
def empty(postgres: str) -> str:
    """The cluster's database, with nothing in it."""
    return emptied(postgres)


@pytest.fixture(params=["sqlite", "postgresql"])
def open_registry(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    if request.param == "sqlite":
        return lambda: SqlRegistry.open(tmp_path)
    url = request.getfixturevalue("empty")
    return lambda: SqlRegistry.connect(url)


@pytest.mark.spec("HUB-1")
async def test_documents_outlive_the_service(open_registry: Open) -> None:
    registry = open_registry()
    for document in (SECOND, FIRST):
        await registry.put(document)
    await registry.put(replace(FIRST, name="renamed.ipynb"))
    with pytest.raises(StoreUnavailable, match="nothing was changed"):
        await registry.put(replace(FIRST, id="another"))
    await registry.close()
    again = open_registry()
    assert list(again.load_now()) == [replace(FIRST, name="renamed.ipynb"), SECOND]
    await again.close()


@pytest.mark.spec("REQUEST-3")
async def test_requests_are_kept_once_for_each_person_and_document(open_registry: Open) -> None:
    registry = open_registry()
    requests = SqlRequests(registry)
    later = replace(ASKED, display_name="Bob B.", at=ASKED.at + 1)
    other = replace(ASKED, username="carol", display_name="Carol")
    for request in (ASKED, other, later):
        await requests.put(request)
    await registry.close()
    registry = open_registry()
    requests = SqlRequests(registry)
    assert list(await requests.all()) == [other, later]
    assert await requests.drop("d1", "carol")
    assert not await requests.drop("d1", "carol")
    assert list(await requests.all()) == [later]
    await registry.close()


@pytest.mark.spec("HUB-32", "PAGES-5")
async def test_the_service_runs_on_postgresql_and_says_how_large_it_is(
    empty: str, tmp_path: Path
) -> None:
    environment = {"JUPYTERHUB_API_TOKEN": "t" * 32, "JUPYTERHUB_API_URL": "http://127.0.0.1:9"}
    told = empty.replace("+psycopg", "")  # as administrators write it
    folder = tmp_path / "service"
    argv = ["--port", "0", "--store-dir", str(folder), "--database-url", told]
    client = AsyncHTTPClient(force_instance=True)
    for _ in range(2):
        server = HubServer(parse(argv, environment))
        url = await server.start()
        ready = await client.fetch(f"{url}readyz", raise_error=False)
        assert (ready.code, b"ready" in ready.body) == (200, True)
        assert await server.stop()
    client.close()
    registry = SqlRegistry.connect(empty)
    assert (await registry.size() or 0) > 1_000_000
    await registry.close()
    assert not folder.exists()


@pytest.mark.spec("HUB-32")
async def test_a_second_process_takes_over_with_everything_when_the_first_has_gone(
    empty: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_composition, "HOLD_S", 0.1)
    environment = {"JUPYTERHUB_API_TOKEN": "t" * 32, "JUPYTERHUB_API_URL": "http://127.0.0.1:9"}
    argv = ["--port", "0", "--store-dir", str(tmp_path), "--database-url", empty]
    first, second = (HubServer(parse(argv, environment)) for _ in range(2))
    client = AsyncHTTPClient(force_instance=True)
    await first.start()
    url = await second.start()
    ready = f"{url}readyz"
    assert (await client.fetch(ready, raise_error=False)).code == 503
    refused = await client.fetch(f"{url}api/federation", raise_error=False)
    assert (refused.code, b"has the store" in refused.body) == (503, True)
    monkeypatch.setattr(hub_composition, "HOLD_S", 600.0)
    how: dict[str, Any] = {"raise_error": False, "request_timeout": 600.0}
    held = asyncio.ensure_future(client.fetch(f"{url}api/federation", **how))
    await first.catalogue.put(FIRST)
    assert await first.stop()
    # A server that came while this one waited goes on to show its token; this one has none.
    assert b"denied" in (await held).body
    for _ in range(600):
        if (await client.fetch(ready, raise_error=False)).code == 200:
            break
        await asyncio.sleep(0.1)
    assert second.catalogue.get(FIRST.id) == FIRST
    assert await second.stop()
    client.close()


@pytest.mark.spec("HUB-32")
async def test_what_was_shared_in_files_is_not_left_behind_unnoticed(
    empty: str, tmp_path: Path
) -> None:
    environment = {"JUPYTERHUB_API_TOKEN": "t" * 32, "JUPYTERHUB_API_URL": "http://127.0.0.1:9"}
    await SqliteStore.open(tmp_path).close()
    options = parse(["--store-dir", str(tmp_path), "--database-url", empty], environment)
    with pytest.raises(StoreError, match="move that folder away"):
        HubServer(options)
