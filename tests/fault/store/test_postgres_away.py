"""The journal in PostgreSQL while its database, its connections or their answers go away."""

from __future__ import annotations

import asyncio
import os
import random
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import cast

import psycopg
import pytest
import pytest_asyncio
import sqlalchemy as sa

from jupyter_tandem.adapters.hub.registry import SqlRegistry
from jupyter_tandem.adapters.sharing.store import SqlSharing
from jupyter_tandem.adapters.store.postgres import PostgresStore
from jupyter_tandem.adapters.store.postgres.database import WRITE_LOCK, Connection, Database
from jupyter_tandem.adapters.store.postgres.lease import RETURN_S
from jupyter_tandem.adapters.store.postgres.thread import LEASE_CLASS
from jupyter_tandem.engine.rooms import Rooms
from jupyter_tandem.engine.tenancy import Tenancy
from jupyter_tandem.errors import LeaseLost, SequenceConflict, StoreCorrupt, StoreUnavailable
from jupyter_tandem.hosts.hub_composition import HubServer
from jupyter_tandem.hosts.hub_options import parse
from jupyter_tandem.ports.store import Holder, Snapshot
from jupyter_tandem.testing.store_contract import edit
from jupyter_tandem.types import DocumentId, LineageId
from tests.contract.postgres import Cluster
from tests.fault.store import journal_writer as writer
from tests.fault.store.test_kill import SEED, Witness, run_until_dead
from tests.unit.engine.door_bench import eventually

pytestmark = pytest.mark.fault

NOTEBOOK = edit(1).document_id
SCRIPT = DocumentId("script")
ME = Holder("me", "", 1, "here")
RIVAL = Holder("rival", "", 2, "there")


class LostAnswer:
    """A failpoint that breaks the connection once: before a commit (``written``) or after it (``committed``)."""

    def __init__(self) -> None:
        self.armed = ""

    def __call__(self, point: str) -> None:
        if point == self.armed:
            self.armed = ""
            raise psycopg.OperationalError("the connection is lost")


@pytest.fixture
def admin(url: sa.URL) -> Iterator[Connection]:
    """Somebody who looks at the database and does it harm."""
    connection = Database(url).connect()
    connection.autocommit = True
    yield connection
    connection.close()


@pytest.fixture
def lost_answer() -> LostAnswer:
    return LostAnswer()


@pytest_asyncio.fixture
async def store(url: sa.URL, lost_answer: LostAnswer) -> AsyncIterator[PostgresStore]:
    """A store that holds the lease, with a journal of two entries."""
    store = PostgresStore.connect(url, failpoint=lost_answer)
    assert await store.lease.acquire(ME) is None
    await store.journal.create(NOTEBOOK, LineageId("lineage"))
    await store.journal.append([edit(1), edit(2)])
    yield store
    await store.close()


@pytest.mark.spec("JOURNAL-5", "JOURNAL-33", "HUB-32")
async def test_the_database_stops_and_starts(store: PostgresStore, running: Cluster) -> None:
    running.stop()
    try:
        for _ in range(2):
            with pytest.raises(StoreUnavailable):
                await store.journal.append([edit(3)])
            with pytest.raises(StoreUnavailable):
                await store.journal.replay(NOTEBOOK)
            with pytest.raises(StoreUnavailable):
                await store.lease.renew()
    finally:
        running.start()
    assert [entry.sequence for entry in await store.journal.history(NOTEBOOK)] == [1, 2]
    await store.journal.append([edit(3)])
    assert list(await store.journal.history(NOTEBOOK)) == [edit(1), edit(2), edit(3)]


@pytest.mark.spec("JOURNAL-33")
@pytest.mark.parametrize("more", [1, 150], ids=["in the same chunk", "in chunks of their own"])
async def test_a_commit_whose_answer_was_lost_is_not_there_twice(
    store: PostgresStore, lost_answer: LostAnswer, more: int
) -> None:
    entries = [edit(3 + number, random.Random(number).randbytes(90)) for number in range(more)]
    lost_answer.armed = "committed"
    with pytest.raises(StoreUnavailable):
        await store.journal.append(entries)
    # Failed means not written, also where what comes next is another edit.
    await store.journal.append([edit(3, b"another")])
    assert list(await store.journal.history(NOTEBOOK)) == [edit(1), edit(2), edit(3, b"another")]
    await store.journal.append([entry._replace(sequence=entry.sequence + 1) for entry in entries])
    replay = await store.journal.replay(NOTEBOOK)
    assert replay is not None
    assert (replay.head.sequence, len(replay.tail)) == (3 + more, 3 + more)


@pytest.mark.spec("JOURNAL-33")
@pytest.mark.parametrize("point", ["written", "committed"])
async def test_the_connection_breaks_again_while_the_journal_is_made_whole(
    store: PostgresStore, lost_answer: LostAnswer, point: str
) -> None:
    for armed in ("committed", point):
        lost_answer.armed = armed
        with pytest.raises(StoreUnavailable):
            await store.journal.append([edit(3)])
    await store.journal.append([edit(3)])
    assert list(await store.journal.history(NOTEBOOK)) == [edit(1), edit(2), edit(3)]


@pytest.mark.spec("JOURNAL-33")
async def test_a_journal_begun_though_it_was_reported_as_failed(
    store: PostgresStore, lost_answer: LostAnswer
) -> None:
    lost_answer.armed = "committed"
    with pytest.raises(StoreUnavailable):
        await store.journal.create(SCRIPT, LineageId("lineage"))
    await store.journal.create(SCRIPT, LineageId("another"))
    await store.journal.append([edit(1, document_id=SCRIPT)])
    replay = await store.journal.replay(SCRIPT)
    assert replay is not None
    assert replay.head.lineage == "another"


@pytest.mark.spec("JOURNAL-34")
async def test_a_standby_that_lacks_acknowledged_edits_is_noticed(
    store: PostgresStore, admin: Connection
) -> None:
    """As after a failover without synchronous replication."""
    await store.journal.append([edit(3, b"x" * 4_000)])
    admin.execute("DELETE FROM journal_chunks WHERE first = 3")
    admin.execute("UPDATE journal_documents SET sequence = 2")
    _cut_connections(admin)
    with pytest.raises(StoreUnavailable):
        await store.journal.append([edit(4)])
    # Also where the first to hear of it does not know what it means.
    with pytest.raises(SequenceConflict):
        await store.runs.write(NOTEBOOK, [], [1])
    for _ in range(2):
        with pytest.raises(SequenceConflict):
            await store.journal.append([edit(4)])
        with pytest.raises(SequenceConflict):
            await store.lease.renew()
    # Who asks for the lease, and reads the journal anew, goes on from what there is.
    assert await store.lease.acquire(ME) is None
    assert list(await store.journal.history(NOTEBOOK)) == [edit(1), edit(2)]
    await store.journal.append([edit(3)])


class Empty:
    """Rooms of nobody."""

    async def recover(self) -> None:
        """There are no files."""

    async def close(self) -> None:
        """Nobody is there."""


@pytest.mark.spec("JOURNAL-34")
async def test_rooms_are_made_anew_though_nobody_writes_when_edits_are_missing(
    url: sa.URL, admin: Connection
) -> None:
    store, made = PostgresStore.connect(url), 0

    def make_rooms(_lost: Callable[[str], None]) -> Rooms:
        nonlocal made
        made += 1
        return cast("Rooms", Empty())

    tenancy = Tenancy(
        lease=store.lease,
        holder=ME,
        make_rooms=make_rooms,
        make_reading_rooms=lambda _holder: pytest.fail("nobody else has the lease"),
        renew_s=0.1,
    )
    await tenancy.start()
    await store.journal.create(NOTEBOOK, LineageId("lineage"))
    await store.journal.append([edit(1), edit(2)])
    admin.execute("UPDATE journal_documents SET sequence = 1")
    _cut_connections(admin)
    await eventually(lambda: made == 2)
    assert tenancy.writes
    await tenancy.stop()
    await store.close()


@pytest.mark.spec("JOURNAL-33")
async def test_a_damaged_record_is_refused_by_itself(
    store: PostgresStore, admin: Connection
) -> None:
    await store.journal.create(SCRIPT, LineageId("lineage"))
    await store.journal.append([edit(1, document_id=SCRIPT)])
    admin.execute("UPDATE journal_documents SET lineage = 'other' WHERE id = 'script'")
    _cut_connections(admin)
    with pytest.raises(StoreUnavailable):
        await store.journal.append([edit(3)])
    await store.journal.append([edit(3)])
    await store.lease.renew()
    for _ in range(2):
        with pytest.raises(StoreCorrupt):
            await store.journal.append([edit(2, document_id=SCRIPT)])
    await store.journal.append([edit(4)])


@pytest.mark.spec("JOURNAL-21")
async def test_a_holder_whose_connection_ended_is_gone_on_any_machine(
    store: PostgresStore, url: sa.URL, admin: Connection
) -> None:
    rival = PostgresStore.connect(url)
    assert await rival.lease.acquire(RIVAL) == ME
    _cut_connections(admin)
    assert await rival.lease.acquire(RIVAL) is None
    # It was there all the same: it finds out before it writes anything.
    with pytest.raises(StoreUnavailable):
        await store.journal.append([edit(3)])
    with pytest.raises(LeaseLost):
        await store.journal.append([edit(3)])
    await rival.close()


@pytest.mark.spec("JOURNAL-35")
async def test_a_database_that_was_started_anew_takes_the_lease_from_nobody(
    store: PostgresStore, url: sa.URL, running: Cluster
) -> None:
    now_s = [0.0]
    rival = PostgresStore.connect(url, ttl_s=5, monotonic=lambda: now_s[0])
    running.stop()
    running.start()
    assert await rival.lease.acquire(RIVAL) == ME
    with pytest.raises(StoreUnavailable):
        await store.lease.renew()
    await store.lease.renew()
    now_s[0] = 4.9
    assert await rival.lease.acquire(RIVAL) == ME
    now_s[0] = 9.8
    assert await rival.lease.acquire(RIVAL) == ME
    now_s[0] = 9.9
    assert await rival.lease.acquire(RIVAL) is None
    await rival.close()


@pytest.mark.spec("JOURNAL-35")
async def test_who_does_not_come_back_to_a_database_that_was_started_anew_loses_the_lease(
    store: PostgresStore, url: sa.URL, running: Cluster
) -> None:
    now_s = [0.0]
    rival = PostgresStore.connect(url, monotonic=lambda: now_s[0])
    running.stop()
    running.start()
    assert await rival.lease.acquire(RIVAL) == ME
    now_s[0] = RETURN_S - 0.1
    assert await rival.lease.acquire(RIVAL) == ME
    now_s[0] = RETURN_S
    assert await rival.lease.acquire(RIVAL) is None
    # It may have been there all the same: its next write is refused.
    with pytest.raises((LeaseLost, StoreUnavailable)):
        await store.journal.append([edit(3)])
    with pytest.raises(LeaseLost):
        await store.journal.append([edit(3)])
    await rival.close()


@pytest.mark.spec("JOURNAL-21", "JOURNAL-35")
async def test_on_the_same_machine_a_process_that_ended_is_not_waited_for(
    store: PostgresStore, url: sa.URL, running: Cluster
) -> None:
    ended = await asyncio.create_subprocess_exec(sys.executable, "-c", "")
    await ended.wait()
    before = {
        "ended": Holder("ended", "", ended.pid, "machine"),
        # In a container that is started again processes have the numbers of those before.
        "the same number": Holder("same", "", os.getpid(), "machine"),
    }
    lives = Holder("lives", "", os.getppid(), "machine")
    for holder in (*before.values(), lives):
        await store.lease.release()
        assert await store.lease.acquire(holder) is None
        running.stop()
        running.start()
        rival = PostgresStore.connect(url, monotonic=lambda: 0.0)
        mine = Holder("mine", "", os.getpid(), "machine")
        found = await rival.lease.acquire(mine)
        assert found == (lives if holder is lives else None)
        await rival.close()
        with pytest.raises((LeaseLost, StoreUnavailable)):
            await store.journal.append([edit(3)])


@pytest.mark.spec("JOURNAL-36")
async def test_edits_do_not_wait_for_a_large_snapshot(
    store: PostgresStore, admin: Connection
) -> None:
    state = random.Random(1).randbytes(3_000_000)
    with admin.transaction():
        admin.execute("LOCK TABLE journal_parts IN ACCESS EXCLUSIVE MODE")
        writing = asyncio.ensure_future(store.journal.put_snapshot(NOTEBOOK, Snapshot(2, state)))
        await store.journal.append([edit(3)])
        assert not writing.done()
    await writing
    replay = await store.journal.replay(NOTEBOOK)
    assert replay is not None
    assert replay.snapshot == Snapshot(2, state)
    assert list(replay.tail) == [edit(3)]


@pytest.mark.spec("JOURNAL-18")
async def test_a_snapshot_of_a_journal_that_was_begun_anew_meanwhile(
    store: PostgresStore, admin: Connection
) -> None:
    with admin.transaction():
        admin.execute("LOCK TABLE journal_parts IN ACCESS EXCLUSIVE MODE")
        writing = asyncio.ensure_future(store.journal.put_snapshot(NOTEBOOK, Snapshot(2, b"state")))
        await _until(admin, "SELECT 1 FROM pg_locks WHERE NOT granted")
        await store.journal.create(NOTEBOOK, LineageId("another"))
    with pytest.raises(SequenceConflict):
        await writing
    assert admin.execute("SELECT count(*) FROM journal_parts").fetchone() == (0,)


@pytest.mark.spec("JOURNAL-10", "JOURNAL-11")
@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE journal_chunks SET bytes = set_byte(bytes, 5, get_byte(bytes, 5) # 1)",
        "UPDATE journal_chunks SET at = at + 1",
        "UPDATE journal_chunks SET first = first + 1",
        "UPDATE journal_documents SET lineage = 'other'",
        "UPDATE journal_documents SET sequence = sequence + 1",
        "UPDATE journal_origins SET author = 'mallory'",
        "DELETE FROM journal_chunks",
    ],
)
async def test_damage_is_reported_and_never_returned(
    store: PostgresStore, admin: Connection, harm: str
) -> None:
    admin.execute(harm.encode())
    with pytest.raises(StoreCorrupt):
        await store.journal.replay(NOTEBOOK)
    with pytest.raises(StoreCorrupt):
        await store.journal.history(NOTEBOOK)


@pytest.mark.spec("JOURNAL-37")
@pytest.mark.parametrize(("asked", "had"), [("off", "on"), ("remote_apply", "remote_apply")])
async def test_what_is_acknowledged_is_durable_whatever_the_database_is_set_to(
    url: sa.URL, admin: Connection, asked: str, had: str
) -> None:
    admin.execute(f"ALTER ROLE tandem SET synchronous_commit = '{asked}'".encode())
    try:
        with Database(url).connect() as connection:
            assert connection.execute("SHOW synchronous_commit").fetchone() == (had,)
    finally:
        admin.execute("ALTER ROLE tandem RESET synchronous_commit")


@pytest.mark.spec("JOURNAL-38")
async def test_closing_does_not_wait_for_a_database_that_does_not_answer(
    store: PostgresStore, admin: Connection
) -> None:
    admin.execute("SELECT pg_advisory_lock(%s)", (WRITE_LOCK,))
    waiting = asyncio.ensure_future(store.journal.append([edit(3)]))
    await _until(admin, "SELECT 1 FROM pg_locks WHERE NOT granted")
    await store.close()
    with pytest.raises(StoreUnavailable):
        await waiting
    # Nobody had taken the lock away.
    assert admin.execute("SELECT pg_advisory_unlock(%s)", (WRITE_LOCK,)).fetchone() == (True,)


@pytest.mark.spec("HUB-18", "JOURNAL-38")
async def test_the_service_stops_while_its_database_is_away(
    url: sa.URL, running: Cluster, tmp_path: Path
) -> None:
    environment = {"JUPYTERHUB_API_TOKEN": "t" * 32, "JUPYTERHUB_API_URL": "http://127.0.0.1:9"}
    told = url.render_as_string(hide_password=False)
    argv = ["--port", "0", "--store-dir", str(tmp_path), "--database-url", told]
    server = HubServer(parse(argv, environment))
    await server.start()
    running.stop()
    try:
        assert await server.stop()
    finally:
        running.start()


@pytest.mark.spec("HUB-32")
async def test_a_database_that_takes_connections_and_says_nothing_is_given_up_on() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = sa.make_url(f"postgresql+psycopg://tandem@127.0.0.1:{silent.getsockname()[1]}/tandem")
        told = url.render_as_string()
        attempts = [
            asyncio.to_thread(connect, where)
            for connect, where in (
                (PostgresStore.connect, url),
                (SqlSharing.connect, told),
                (SqlRegistry.connect, told),
                (SqlRegistry.connect, f"{told}?connect_timeout=2"),
            )
        ]
        found = await asyncio.gather(*attempts, return_exceptions=True)
    assert [type(error) for error in found] == [StoreUnavailable] * 4


@pytest.mark.spec("JOURNAL-3", "JOURNAL-4", "JOURNAL-15", "JOURNAL-16", "JOURNAL-21")
async def test_a_service_that_is_killed(url: sa.URL, admin: Connection) -> None:
    witness = Witness()
    place = url.render_as_string(hide_password=False)
    for failpoint in ("begun", "written", "committed"):
        for count in (11, 47):
            said = run_until_dead(place, f"{SEED}/{failpoint}/{count}", failpoint, count)
            witness.hear(said)
            await _until(
                admin,
                "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM pg_locks "
                f"WHERE locktype = 'advisory' AND classid = {LEASE_CLASS})",
            )
            store = PostgresStore.connect(url)
            await witness.look_into(store)
            await store.close()
    assert min(witness.acked["entry", document_id] for document_id in writer.DOCUMENTS) > 0


def _cut_connections(admin: Connection) -> None:
    """End every connection but the administrator's."""
    admin.execute(
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity "
        "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
    )


async def _until(admin: Connection, query: str) -> None:
    for _ in range(3_000):
        if admin.execute(query.encode()).fetchone() is not None:
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"never came true: {query}")
