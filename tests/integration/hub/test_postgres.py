"""Everything of the service in PostgreSQL, which goes away while people type."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.contract.postgres import Cluster, own_cluster
from tests.integration.hub.colleague import (
    Colleague,
    in_document,
    share,
    until_listed,
    until_saved,
)
from tests.integration.hub.real_hub import RealHub
from tests.integration.hub.stranger import Stranger, restart_service
from tests.integration.hub.test_links import make_link

pytestmark = [
    pytest.mark.slow,
    pytest.mark.fault,
    pytest.mark.asyncio(loop_scope="module"),
]

ONE = "one.ipynb"
_NOT_WRITTEN = "The journal cannot be written"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[tuple[RealHub, Cluster]]:
    """A Hub whose service has nothing but a database, and two people."""
    with own_cluster() as database:
        url = database.url.replace("+psycopg", "")
        hub = RealHub(tmp_path_factory.mktemp("hub"), database_url=url)
        try:
            await hub.start()
            await asyncio.gather(*(hub.add(name) for name in ("alice", "bob")))
            yield hub, database
        finally:
            await hub.stop()


@pytest.mark.spec("HUB-32", "JOURNAL-33")
async def test_nothing_is_lost_or_doubled_when_the_database_is_started_anew_while_people_type(
    running: tuple[RealHub, Cluster],
) -> None:
    hub, database = running
    path = await _shared(hub, ONE)
    async with (
        in_document(hub, "alice", ONE) as alice,
        in_document(hub, "bob", path) as bob,
    ):
        gone = asyncio.Event()
        typing = [
            asyncio.ensure_future(_type_on(one, number, gone))
            for number, one in enumerate((alice, bob))
        ]
        await bob.until(lambda: "[0.3]" in "".join(bob.sources()))
        await asyncio.to_thread(database.stop)
        gone.set()
        try:
            written = await asyncio.gather(*typing)
            for one in (alice, bob):
                # Durable at one's own server, whatever is the matter with the service.
                await one.until(lambda one=one: one.acknowledged() >= one.sent)
            await _until_logged(hub, _NOT_WRITTEN)
            ready = await hub.ask("GET", f"{hub.service_url}/healthz", token="")
            assert ready.status == 200
        finally:
            await asyncio.to_thread(database.start)
        await _until_together((alice, bob), written)
        sources = alice.sources()
        await until_saved(hub, "alice", ONE, *sources)


@pytest.mark.spec("HUB-32", "HUB-35", "JOURNAL-21")
@pytest.mark.parametrize("what", ["the service", "service and database", "the database last"])
async def test_a_service_that_was_killed_finds_everything_in_the_database(
    running: tuple[RealHub, Cluster], what: str
) -> None:
    hub, database = running
    name = what.replace(" ", "-") + ".ipynb"
    path = await _shared(hub, name)
    async with (
        in_document(hub, "alice", name) as alice,
        in_document(hub, "bob", path) as bob,
    ):
        gone = asyncio.Event()
        typing = [
            asyncio.ensure_future(_type_on(one, number, gone))
            for number, one in enumerate((alice, bob))
        ]
        await bob.until(lambda: "[0.3]" in "".join(bob.sources()))
        await hub.service.end(signal.SIGKILL)
        if what == "service and database":
            # No lock shows now that the one before is gone: its process does.
            await asyncio.to_thread(database.stop)
            await asyncio.to_thread(database.start)
        elif what == "the database last":
            await asyncio.to_thread(database.stop)
        gone.set()
        written = await asyncio.gather(*typing)
        await hub.service.start()
        if what == "the database last":
            await _until_logged(hub, "Waiting for the database")
            await asyncio.to_thread(database.start)
        await hub.until_up(f"{hub.service_url}/readyz")
        await _until_together((alice, bob), written)
    assert not (hub.home / "service").exists()


async def _shared(hub: RealHub, name: str) -> str:
    """A new notebook of alice's, shared with bob; where he finds it."""
    hub.write_notebook("alice", name, "x = 1", "y = 2")
    await share(hub, "alice", name, "bob")
    await until_listed(hub, "bob", f"alice/{name}")
    return f"Shared:alice/{name}"


async def _type_on(one: Colleague, number: int, gone: asyncio.Event) -> list[str]:
    """Type marks, the last of them when something is gone; all of them."""
    marks = [f"[{number}.{step}]" for step in range(12)]
    for step, mark in enumerate(marks):
        if step == 8:
            await gone.wait()
        await one.type(number, mark)
    return marks


async def _until_together(people: tuple[Colleague, ...], written: list[list[str]]) -> None:
    """Return when everybody has every mark; each is there once, and all have the same."""
    marks = [mark for one in written for mark in one]
    for one in people:
        await one.until(lambda one=one: all(mark in "".join(one.sources()) for mark in marks))
    assert len({"\n".join(one.sources()) for one in people}) == 1
    text = "".join(people[0].sources())
    assert [text.count(mark) for mark in marks] == [1] * len(marks)
    assert len(people[0].sources()) == 2


async def _until_logged(hub: RealHub, words: str) -> None:
    for _ in range(600):
        if words in hub.service.tail():
            return
        await asyncio.sleep(0.1)
    raise AssertionError(hub.service.tail())


@pytest.mark.spec("HUBGUEST-1", "HUB-32")
async def test_somebody_without_an_account_looks_on_and_is_known_after_a_restart(
    running: tuple[RealHub, Cluster],
) -> None:
    hub, _ = running
    await restart_service(hub, "view")
    hub.write_notebook("alice", "seen.ipynb", "x = 1")
    link = await make_link(hub, "seen.ipynb", role="viewer", guests=True)
    zoe = Stranger(hub)
    path = await zoe.come_in(link["secret"])
    await restart_service(hub, "view")
    async with in_document(hub, "alice", "seen.ipynb") as alice, zoe.in_document(path) as there:
        await alice.type(0, " # alice")
        await there.until(lambda: there.sources() == ["x = 1 # alice"])
        await hub.at("alice", "DELETE", f"tandem/api/links/{link['id']}?grants=revoke")
        assert (await there.closed())[0] == 4403
