"""Servers and the service go away and come back, while people work."""

from __future__ import annotations

import asyncio
import re
import shutil
import signal

import pytest

from tests.integration.hub.colleague import (
    Colleague,
    in_document,
    share,
    until_listed,
    until_saved,
)
from tests.integration.hub.real_hub import RealHub
from tests.unit.engine.door_bench import eventually

pytestmark = [
    pytest.mark.slow,
    pytest.mark.fault,
    pytest.mark.asyncio(loop_scope="package"),
]


@pytest.mark.spec("HUB-9", "HUB-10")
async def test_colleagues_go_on_without_the_owners_server_and_its_file_follows(
    hub: RealHub, notebook: str
) -> None:
    await share(hub, "alice", notebook, "bob")
    path = f"alice/{notebook}"
    await until_listed(hub, "bob", path)
    async with in_document(hub, "bob", f"Shared:{path}") as bob:
        await hub.stop_server("alice")
        await bob.until(lambda: "alice's server is stopped" in bob.file().get("reason", ""))
        assert bob.file()["state"] == "pending"
        await bob.type(0, " # while away")
        await bob.until(lambda: bob.acknowledged() >= 2)
        changed = hub.folder("alice") / notebook
        changed.write_text(changed.read_text().replace("y = 2", "y = 2 # by another program"))
        await hub.start_server("alice")
        async with in_document(hub, "alice", notebook) as alice:
            await alice.until(lambda: "while away" in alice.sources()[0])
            await bob.until(lambda: "another program" in bob.sources()[1])
            wanted = ["x = 1 # while away", "y = 2 # by another program"]
            for one in (alice, bob):
                await one.until(lambda one=one: one.sources() == wanted)
            await until_saved(hub, "alice", notebook, *wanted)
            for one in (alice, bob):
                await one.until(lambda one=one: one.file().get("state") == "in_file")


@pytest.mark.spec("HUB-1", "HUB-9")
async def test_a_server_that_has_lost_its_journal_goes_on_with_the_services(
    hub: RealHub, notebook: str
) -> None:
    await share(hub, "alice", notebook, "bob")
    path = f"alice/{notebook}"
    await until_listed(hub, "bob", path)
    async with in_document(hub, "bob", f"Shared:{path}") as bob:
        await bob.type(0, " # before")
        await bob.until(lambda: bob.file().get("state") == "in_file")
        await hub.stop_server("alice")
        shutil.rmtree(hub.folder("alice") / ".local/share/jupyter/tandem")
        await bob.type(0, " # while away")
        changed = hub.folder("alice") / notebook
        changed.write_text(changed.read_text().replace("y = 2", "y = 2 # on disk"))
        await hub.start_server("alice")
        # Whoever opens it before that is told by another lineage to open it again.
        await bob.until(lambda: "on disk" in "".join(bob.sources()))
        async with in_document(hub, "alice", notebook) as alice:
            await alice.until(lambda: "while away" in "".join(alice.sources()))
            await bob.until(lambda: bob.sources() == alice.sources())
            assert len(alice.sources()) == 2
            assert alice.sources()[0].count("# before") == 1


@pytest.mark.spec("HUB-8", "HUB-10")
async def test_nothing_is_lost_when_the_service_is_killed_while_five_people_type(
    hub: RealHub, notebook: str
) -> None:
    for name in ("bob", "carol"):
        await share(hub, "alice", notebook, name)
    await share(hub, "alice", notebook, "team", kind="group")
    path = f"alice/{notebook}"
    others = ("bob", "carol", "dora")
    await asyncio.gather(*(until_listed(hub, name, path) for name in others))
    async with (
        in_document(hub, "alice", notebook) as alice,
        in_document(hub, "alice", notebook) as alice_again,
        in_document(hub, "bob", f"Shared:{path}") as bob,
        in_document(hub, "carol", f"Shared:{path}") as carol,
        in_document(hub, "dora", f"Shared:{path}") as dora,
    ):
        people = (alice, alice_again, bob, carol, dora)
        killed = asyncio.Event()
        typing = [
            asyncio.ensure_future(_type_on(one, number, killed))
            for number, one in enumerate(people)
        ]
        await bob.until(lambda: "[0.3]" in "".join(bob.sources()))
        await hub.service.end(signal.SIGKILL)
        await bob.until(lambda: "cannot be reached" in bob.file().get("reason", ""))
        killed.set()
        written = await asyncio.gather(*typing)
        for one in people:
            await one.until(lambda one=one: one.acknowledged() >= one.sent)
        await hub.service.start()
        await hub.until_up(f"{hub.service_url}/readyz")
        back = asyncio.get_running_loop().time()
        for one in people:
            await one.until(
                lambda one=one: all(mark in "".join(one.sources()) for w in written for mark in w)
            )
        assert asyncio.get_running_loop().time() - back < 10
        texts = ["".join(one.sources()) for one in people]
        assert len(set(texts)) == 1
        assert all(texts[0].count(mark) == 1 for marks in written for mark in marks)
        assert len(alice.sources()) == 2
        await until_saved(hub, "alice", notebook, *bob.sources())
        await bob.until(lambda: bob.file().get("state") == "in_file")


async def _type_on(one: Colleague, number: int, killed: asyncio.Event) -> list[str]:
    """Type marks, some before and some after the service was killed; all of them."""
    marks = []
    for step in range(12):
        if step == 8:
            await killed.wait()
        mark = f"[{number}.{step}]"
        await one.type(number % 2, mark)
        marks.append(mark)
        await asyncio.sleep(0.03)
    return marks


@pytest.mark.spec("HUB-8")
async def test_a_server_that_starts_while_the_service_is_away_has_what_was_shared(
    hub: RealHub, notebook: str
) -> None:
    await share(hub, "alice", notebook, "carol")
    path = f"alice/{notebook}"
    await until_listed(hub, "carol", path)
    async with in_document(hub, "carol", f"Shared:{path}"):
        pass
    await hub.service.end(signal.SIGKILL)
    await hub.stop_server("carol")
    await hub.start_server("carol", connected=False)
    async with in_document(hub, "carol", f"Shared:{path}") as carol:
        await carol.type(0, " # offline")
        await carol.until(lambda: carol.acknowledged() >= 2)
    await hub.service.start()
    async with in_document(hub, "alice", notebook) as alice:
        await alice.until(lambda: "offline" in alice.sources()[0])


async def sources_kept(hub: RealHub, name: str, kept: str) -> list[str]:
    """The cells of what was kept as a file, when it is there as a whole."""
    file = hub.folder(name) / kept
    await eventually(lambda: file.exists() and file.read_text().endswith("}\n"))
    return hub.sources(name, kept)


@pytest.mark.spec("HUB-13")
async def test_edits_that_may_not_be_handed_over_any_more_are_kept_as_a_file(
    hub: RealHub, notebook: str
) -> None:
    grant = await share(hub, "alice", notebook, "bob")
    path = f"alice/{notebook}"
    await until_listed(hub, "bob", path)
    async with in_document(hub, "bob", f"Shared:{path}") as bob:
        await hub.service.end(signal.SIGSTOP, wait=False)
        await bob.type(0, " # too late")
        await bob.until(lambda: bob.acknowledged() >= 2)
        await hub.service.end(signal.SIGKILL)
        hub.lower(grant["id"])
        await hub.service.start()
        code, reason = await bob.closed()
        assert code in {1001, 1003}, reason
    kept = hub.folder("bob") / notebook.replace(".ipynb", " (my edits).ipynb")
    assert (await sources_kept(hub, "bob", kept.name))[0].endswith("# too late")
    async with in_document(hub, "bob", f"Shared:{path}") as bob:
        assert bob.role() == "viewer"
        assert bob.sources() == ["x = 1", "y = 2"]
    await hub.until_connected("alice")
    reply = await hub.at("alice", "DELETE", f"tandem/api/grants/{grant['id']}")
    assert reply.status == 204, reply
    await until_listed(hub, "bob", path, there=False)
    assert len(list(hub.folder("bob").glob(f"{kept.stem}*"))) == 1


@pytest.mark.spec("HUB-13", "HUB-11")
async def test_edits_of_somebody_who_may_not_even_look_any_more_are_kept_as_well(
    hub: RealHub, notebook: str
) -> None:
    grant = await share(hub, "alice", notebook, "carol")
    path = f"alice/{notebook}"
    await until_listed(hub, "carol", path)
    async with in_document(hub, "carol", f"Shared:{path}") as carol:
        await hub.service.end(signal.SIGKILL)
        await carol.type(0, " # unheard")
        await carol.until(lambda: carol.acknowledged() >= carol.sent)
        hub.take_back(grant["id"])
        await hub.service.start()
        assert (await carol.closed())[0] == 4403
    await until_listed(hub, "carol", path, there=False)
    kept = notebook.replace(".ipynb", " (my edits).ipynb")
    assert (await sources_kept(hub, "carol", kept))[0].endswith("# unheard")


@pytest.mark.spec("HUB-25", "HUB-8")
async def test_both_sides_resume_with_what_the_other_lacks(hub: RealHub, notebook: str) -> None:
    text = "".join(f"line_{number} = {number}\n" for number in range(20_000))
    hub.write_notebook("alice", notebook, text, "y = 2")
    await share(hub, "alice", notebook, "bob")
    path = f"alice/{notebook}"
    await until_listed(hub, "bob", path)
    async with (
        in_document(hub, "alice", notebook) as alice,
        in_document(hub, "bob", f"Shared:{path}") as bob,
    ):
        await bob.until(lambda: len(bob.sources()) == 2)
        await hub.service.end(signal.SIGKILL)
        await bob.type(1, " # bob")
        await alice.type(1, " # alice")
        for one in (alice, bob):
            await one.until(lambda one=one: one.acknowledged() >= one.sent)
        await hub.service.start()
        for one in (alice, bob):
            await one.until(lambda one=one: all(w in one.sources()[1] for w in ("bob", "alice")))
        page = (await hub.ask("GET", f"{hub.service_url}/metrics", token="")).body.decode()
    passed = re.findall(r'^tandem_hub_bytes_total\{direction="\w+"\} (\S+)$', page, re.MULTILINE)
    assert len(passed) == 2
    assert sum(map(float, passed)) < len(text) / 2


@pytest.mark.spec("HUB-18", "HUB-8")
async def test_a_service_that_is_told_to_stop_leaves_nothing_undone(
    hub: RealHub, notebook: str
) -> None:
    await share(hub, "alice", notebook, "bob")
    path = f"alice/{notebook}"
    await until_listed(hub, "bob", path)
    loop = asyncio.get_running_loop()
    async with (
        in_document(hub, "alice", notebook) as alice,
        in_document(hub, "bob", f"Shared:{path}") as bob,
    ):
        await bob.type(0, " # last words")
        await alice.until(lambda: "last words" in alice.sources()[0])
        began = loop.time()
        assert await hub.service.end(signal.SIGTERM) == 0
        assert loop.time() - began < 5
        await bob.type(0, " # and more")
        await hub.service.start()
        await alice.until(lambda: "and more" in alice.sources()[0])
        assert alice.sources()[0].count("last words") == 1
