"""HUB-33: what a Hub's service holds in files goes into PostgreSQL, whole or not at all."""

from __future__ import annotations

import asyncio
import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from jupyter_tandem.adapters.hub.registry import SqlRegistry
from jupyter_tandem.adapters.hub.requests import SqlRequests
from jupyter_tandem.adapters.sharing.store import SqlSharing
from jupyter_tandem.adapters.store.postgres import PostgresStore
from jupyter_tandem.adapters.store.sqlite import SqliteStore
from jupyter_tandem.adapters.store.sqlite.inspection import inspect
from jupyter_tandem.adapters.store.transfer import TABLES
from jupyter_tandem.core.document import Document
from jupyter_tandem.core.sharing import chain
from jupyter_tandem.errors import StoreError
from jupyter_tandem.hosts import hub_removal
from jupyter_tandem.hosts.hub_composition import HubServer
from jupyter_tandem.hosts.hub_options import parse
from jupyter_tandem.hosts.hub_removal import REGISTRY_TABLES, SHARING_TABLES, NotMarked, move
from jupyter_tandem.hosts.hub_store import MOVED
from jupyter_tandem.ports.federation import HubDocument
from jupyter_tandem.ports.hub_requests import AccessRequest
from jupyter_tandem.ports.sharing import PutGrant, PutGuest, PutLink
from jupyter_tandem.ports.store import FileBase, Holder, Snapshot, Store
from jupyter_tandem.protocol.run import Run, RunState
from jupyter_tandem.sharing import GrantId, LinkId, Target, TargetKind
from jupyter_tandem.testing.sharing_contract import GRANT, GUEST, LINK, event, use
from jupyter_tandem.testing.store_contract import edit
from jupyter_tandem.types import DocumentId, DocumentKind, FileId, LineageId
from tests.contract.postgres import cluster, emptied

NOTEBOOK = DocumentKind("json", "notebook")
TEXT = DocumentKind("text", "file")
LIVE = DocumentId("json:notebook:d1")
FOLDED = DocumentId("json:notebook:d2")
GROWING = DocumentId("text:file:d3")
EMPTY = DocumentId("text:file:grüße 🦉")
ENTRIES = {LIVE: 1, FOLDED: 900, GROWING: 700, EMPTY: 0}
RUN = Run(1, "key-1", "cell-1", "ana", "Zoë 🎉", "9f86", 1_790_000_000.125)
ENVIRONMENT = {"JUPYTERHUB_API_TOKEN": "t" * 32, "JUPYTERHUB_API_URL": "http://127.0.0.1:9"}


def quiet(_what: str, _done: int, _total: int) -> None:
    """Nobody watches."""


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    with cluster() as url:
        yield url


@pytest.fixture
def url(postgres: str) -> str:
    return emptied(postgres)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with something of every kind in it."""
    folder = tmp_path_factory.mktemp("made") / "store"
    asyncio.run(_fill(folder))
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """The same, to be spoilt."""
    return Path(shutil.copytree(made, tmp_path / "store"))


async def _fill(folder: Path) -> None:
    store = SqliteStore.open(folder)
    await _fill_journal(store)
    await store.close()
    sharing = SqlSharing.open(folder)
    ended = replace(LINK, id=LinkId("ended"), digest="f" * 64, ended_at=1_600.0, created_at=7.0)
    later = replace(GRANT, granted_at=GRANT.granted_at + 1)
    given = replace(later, id=GrantId("by-link"), link_id=LINK.id, role=LINK.role)
    lying = Target(TargetKind.FOLDER, FileId("d9"))
    in_folder = replace(GRANT, id=GrantId("folder"), target=lying, granted_at=1.5)
    changes = [PutLink(LINK), PutLink(ended), PutGrant(GRANT), PutGrant(in_folder), PutGuest(GUEST)]
    await sharing.commit(changes, [event(), event("link.made")])
    for number in range(3):
        put = [PutGrant(given)] if number == 0 else []
        await sharing.redeem(LINK.id, use(number), put, [event("link.used")])
    for _ in range(6):
        await sharing.append([event("run.started")] * 200)
    await sharing.close()
    registry = SqlRegistry.open(folder)
    for number, kind in enumerate((NOTEBOOK, NOTEBOOK, TEXT), 1):
        name, at = f"ü{number}.x", 1_790_000_000.125 + number
        held = HubDocument(f"d{number}", "alice", "", FileId(f"f{number}"), kind, name, at)
        await registry.put(replace(held, within={"d9": f"in/{number}"}))
    requests = SqlRequests(registry)
    await requests.put(AccessRequest("d1", "bob", "Bob 🦉", 1_790_000_009.5))
    await registry.close()


async def _fill_journal(store: Store) -> None:
    chance = random.Random(7)
    journal = store.journal
    # A real notebook, begun anew: another lineage, and rows of the one before that wait to be swept.
    await journal.create(LIVE, LineageId("before"))
    await journal.append([edit(1, b"gone", document_id=LIVE)])
    document = Document(NOTEBOOK, 7)
    cells = [{"cell_type": "code", "source": "x = 1", "metadata": {}, "outputs": []}]
    document.update_to({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    await journal.create(LIVE, LineageId("now"))
    await journal.append([edit(1, document.encode(), document_id=LIVE, cause="seed")])
    document.close()
    # Folded into a snapshot of several parts, its beginning pruned, what came since in chunks.
    await journal.create(FOLDED, LineageId("folded"))
    for first in range(1, 901, 100):
        await journal.append(
            [
                edit(n, chance.randbytes(n % 90 + 1), document_id=FOLDED, author=f"author {n % 7}")
                for n in range(first, first + 100)
            ]
        )
    await journal.put_snapshot(FOLDED, Snapshot(300, b"old"))
    await journal.put_snapshot(FOLDED, Snapshot(654, chance.randbytes(3_500_000)))
    await journal.prune(FOLDED, through=654)
    # Typed character by character, with one output of some megabytes among it.
    await journal.create(GROWING, LineageId("growing"))
    for sequence in range(1, 701):
        update = chance.randbytes(2_500_000 if sequence == 350 else 12)
        await journal.append([edit(sequence, update, document_id=GROWING, cause="run")])
    await journal.create(EMPTY, LineageId("empty"))
    await store.bases.settle(GROWING, FileBase("digest", b"common", 600, "hash"))
    await store.bases.intend(GROWING, FileBase("later", b"intended", 700, ""))
    ended = replace(RUN, id=2, key="key-2", state=RunState.FINISHED, ended_at=1_790_000_001.5)
    await store.runs.write(LIVE, [RUN, ended])


async def _contents(store: Store) -> list[object]:
    """All that the ports tell of a store."""
    found: list[object] = [
        sorted(await store.bases.unsettled()),
        sorted(await store.runs.unfinished()),
    ]
    for document in ENTRIES:
        found += [await store.journal.replay(document), await store.bases.bases(document)]
        found += [
            list(await store.journal.history(document)),
            list(await store.runs.load(document)),
        ]
    return found


@pytest.mark.spec("HUB-33")
async def test_everything_is_there_afterwards_and_the_service_goes_on_with_it(
    folder: Path, url: str
) -> None:
    told: list[tuple[str, int, int]] = []
    store = SqliteStore.open(folder)
    before = await _contents(store)
    await store.close()
    sharing = SqlSharing.open(folder)
    holdings, log = sharing.load_now(), await sharing.read(limit=10_000)
    uses = await sharing.uses(LINK.id)
    await sharing.close()
    registry = SqlRegistry.open(folder)
    documents, asked = registry.load_now(), await SqlRequests(registry).all()
    await registry.close()

    moved = await move(folder, url, lambda *what: told.append(what))
    assert (moved.documents, moved.audit, moved.before) == (4, len(log), False)
    assert moved.entries == 1 + 246 + 700
    assert not inspect(folder).findings
    assert next((what, done) for what, done, total in told if done == total) == ("documents", 4)

    store = PostgresStore.connect(sa.make_url(url))
    assert await _contents(store) == before
    # What comes next gets numbers that nothing has.
    assert await store.lease.acquire(Holder("me", "", 1, "here")) is None
    await store.journal.append([edit(901, b"next", document_id=FOLDED, author="somebody new")])
    await store.journal.put_snapshot(GROWING, Snapshot(700, b"state"))
    await store.journal.create(DocumentId("another"), LineageId("another"))
    assert len(await store.journal.history(FOLDED)) == 247
    await store.close()
    sharing = SqlSharing.connect(url)
    assert (sharing.load_now(), await sharing.read(limit=10_000)) == (holdings, log)
    assert await sharing.uses(LINK.id) == uses
    assert await sharing.verify() is None
    more = replace(LINK, id=LinkId("more"), digest="a" * 64)
    await sharing.commit([PutLink(more)], [event()])
    await sharing.redeem(more.id, replace(use(9), link_id=more.id), [], [event()])
    assert await sharing.verify() is None
    await sharing.close()
    registry = SqlRegistry.connect(url)
    assert (registry.load_now(), await SqlRequests(registry).all()) == (documents, asked)
    await registry.close()

    argv = ["--port", "0", "--store-dir", str(folder), "--database-url", url]
    server = HubServer(parse(argv, ENVIRONMENT))
    await server.start()
    assert len(server.catalogue) == 3
    assert await server.stop()
    with pytest.raises(StoreError, match="goes on there"):
        HubServer(parse(argv[:-2], ENVIRONMENT))


@pytest.mark.spec("HUB-33")
async def test_what_postgresql_cannot_hold_stops_nobody(folder: Path, url: str) -> None:
    """As a version recorded it that looked at no text; the chain is over what it said."""
    sharing = SqlSharing.open(folder)
    odd = replace(event("cell.run"), actor="user:x\0" + "y" * 400, details={"name": "\0", "n": 1})
    with pytest.MonkeyPatch.context() as before:
        before.setattr(chain, "_bounded", lambda event: event)
        await sharing.append([odd, event("cell.run")])
    await sharing.commit([PutGrant(replace(GRANT, display_name="Zo\0"))], [event()])
    log = await sharing.read(limit=10_000)
    await sharing.close()
    registry = SqlRegistry.open(folder)
    await SqlRequests(registry).put(AccessRequest("d1", "eve", "Eve\0", 1_790_000_009.5))
    await registry.close()

    for before_that in (False, True):
        assert (await move(folder, url, quiet)).before is before_that
        (folder / MOVED).unlink()
    sharing = SqlSharing.connect(url)
    assert await sharing.read(limit=10_000) == log
    assert odd in [entry.event for entry in log]
    assert await sharing.verify() is None
    assert "Zo\ufffd" in [grant.display_name for grant in sharing.load_now().grants]
    await sharing.close()


@pytest.mark.spec("HUB-33")
async def test_no_table_is_forgotten(folder: Path, url: str) -> None:
    await move(folder, url, quiet)
    engine = sa.create_engine(url)
    held = set(sa.inspect(engine).get_table_names())
    engine.dispose()
    copied = {*TABLES, *(table.name for table in (*SHARING_TABLES, *REGISTRY_TABLES))}
    assert held - copied == {
        *("journal_lease", "journal_alembic_version", "hub_alembic_version", "alembic_version")
    }
    with sqlite3.connect(folder / "journal.sqlite3") as journal:
        (count,) = journal.execute("SELECT count(*) FROM documents").fetchone()
    assert count == len(ENTRIES)


@pytest.mark.spec("HUB-33")
@pytest.mark.parametrize("when", [1, 3, 5, 9, 14, 20])
async def test_what_breaks_off_leaves_the_database_as_it_was(
    folder: Path, url: str, when: int
) -> None:
    said: list[str] = []

    def break_off(what: str, _done: int, _total: int) -> None:
        said.append(what)
        if len(said) == when:
            raise StoreError("the power is gone")

    with pytest.raises(StoreError, match="the power is gone"):
        await move(folder, url, break_off)
    engine = sa.create_engine(url)
    assert sa.inspect(engine).get_table_names() == []
    engine.dispose()
    assert not (folder / MOVED).exists()
    assert (await move(folder, url, quiet)).before is False


@pytest.mark.spec("HUB-33")
async def test_an_attempt_that_ended_before_it_was_noted_is_taken_for_what_it_is(
    folder: Path, url: str
) -> None:
    first = await move(folder, url, quiet)
    (folder / MOVED).unlink()
    assert await move(folder, url, quiet) == replace(first, before=True)
    assert (folder / MOVED).exists()
    # Something else was done in either since: then it is not the same any more.
    registry = SqlRegistry.connect(url)
    await SqlRequests(registry).drop("d1", "bob")
    await registry.close()
    with pytest.raises(StoreError, match=r"something else in the database.*journal_documents"):
        await move(folder, url, quiet)


@pytest.mark.spec("HUB-33")
async def test_nothing_is_copied_while_a_service_runs_on_either_side(
    folder: Path, url: str
) -> None:
    argv = ["--port", "0", "--store-dir", str(folder)]
    server = HubServer(parse(argv, ENVIRONMENT))
    await server.start()
    with pytest.raises(StoreError, match="A service has the store"):
        await move(folder, url, quiet)
    assert await server.stop()
    elsewhere = ["--port", "0", "--store-dir", str(folder / "none"), "--database-url", url]
    server = HubServer(parse(elsewhere, ENVIRONMENT))
    await server.start()
    with pytest.raises(StoreError, match="A service uses the database"):
        await move(folder, url, quiet)
    assert await server.stop()
    # An empty database in which a service has made its tables will do.
    assert (await move(folder, url, quiet)).documents == 4


@pytest.mark.spec("HUB-33")
async def test_a_store_with_something_wrong_is_not_copied(folder: Path, url: str) -> None:
    for name, harm, said in (
        ("sharing", "UPDATE audit SET details = '{}' WHERE sequence = 2", "audit log"),
        ("journal", "UPDATE chunks SET at = at + 1", "fail their checksum"),
    ):
        with sqlite3.connect(folder / f"{name}.sqlite3") as database:
            triggers = database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            for (trigger,) in triggers.fetchall():
                database.execute(f"DROP TRIGGER {trigger}")
            database.execute(harm)
        with pytest.raises(StoreError, match=said):
            await move(folder, url, quiet)
    with pytest.raises(StoreError, match="no store of a Hub"):
        await move(folder.parent, url, quiet)
    engine = sa.create_engine(url)
    assert sa.inspect(engine).get_table_names() == []
    engine.dispose()


@pytest.mark.spec("HUB-33")
def test_the_command_says_how_far_it_is_and_how_it_went(folder: Path, url: str) -> None:
    command = [sys.executable, "-m", "jupyter_tandem.hosts.hub_migrate", str(folder)]
    told = url.replace("+psycopg", "").replace("tandem@", "tandem:s3cret@")
    for said in ("All of it is there, and the same: 4 documents", "All of it was there already"):
        done = subprocess.run([*command, told], capture_output=True, text=True, check=True)
        assert "documents: 4 of 4" in done.stdout or "already" in said
        assert said in done.stdout
        assert "s3cret" not in done.stdout + done.stderr
    missing = subprocess.run(
        [*command[:-1], str(folder / "none"), told], capture_output=True, text=True, check=False
    )
    assert (missing.returncode, "Nothing was copied" in missing.stderr) == (1, True)


@pytest.mark.spec("HUB-33")
async def test_a_service_that_waited_for_the_files_does_not_go_on_with_them(
    folder: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop, servers = asyncio.get_running_loop(), list[HubServer]()

    async def start() -> None:
        servers.append(HubServer(parse(["--port", "0", "--store-dir", str(folder)], ENVIRONMENT)))
        await servers[0].start()

    check = hub_removal._check_sound

    def restarted(directory: Path) -> None:
        """As somebody does who finds that the service does not run."""
        asyncio.run_coroutine_threadsafe(start(), loop).result()
        check(directory)

    monkeypatch.setattr(hub_removal, "_check_sound", restarted)
    await move(folder, url, quiet)
    (server,) = servers
    # It has asked for the lease again by then, three times.
    await asyncio.sleep(3.5)
    assert server._trouble()
    with pytest.raises(StoreError):
        await server._store.journal.append([edit(901, b"lost", document_id=FOLDED)])
    await server.stop()
    with sqlite3.connect(folder / "journal.sqlite3") as journal:
        found = journal.execute("SELECT server FROM lease").fetchall()
    assert found == [("",)]


@pytest.mark.spec("HUB-33")
async def test_files_that_cannot_be_marked(folder: Path, url: str) -> None:
    (folder / MOVED).mkdir()
    with pytest.raises(NotMarked, match="All of it was copied, but"):
        await move(folder, url, quiet)
    (folder / MOVED).rmdir()
    assert (await move(folder, url, quiet)).before is True
