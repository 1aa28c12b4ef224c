"""People of a Hub in one document, each in their own server."""

from __future__ import annotations

import asyncio

import pytest

from tests.integration.hub.colleague import (
    in_document,
    in_room,
    share,
    until_listed,
    until_saved,
)
from tests.integration.hub.real_hub import RealHub

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="package")]


@pytest.mark.spec("HUB-1", "HUB-7", "HUB-10", "HUB-15", "HUB-16")
async def test_owner_colleague_and_group_work_in_one_notebook(hub: RealHub, notebook: str) -> None:
    await share(hub, "alice", notebook, "bob")
    await share(hub, "alice", notebook, "team", kind="group")
    path = f"alice/{notebook}"
    await asyncio.gather(until_listed(hub, "bob", path), until_listed(hub, "dora", path))
    async with (
        in_document(hub, "alice", notebook) as alice,
        in_document(hub, "bob", f"Shared:{path}") as bob,
        in_document(hub, "dora", f"Shared:{path}") as dora,
    ):
        everybody = (alice, bob, dora)
        await alice.type(0, " # a")
        await bob.type(0, " # b")
        await dora.type(1, " # d")
        for one in everybody:
            await one.until(lambda one=one: all(w in "".join(one.sources()) for w in "abd"))
        assert alice.sources() == bob.sources() == dora.sources()
        assert len(alice.sources()) == 2
        wanted = alice.sources()
        await until_saved(hub, "alice", notebook, *wanted)
        await bob.until(lambda: bob.file().get("state") == "in_file")
        assert bob.file()["path"] == f"Shared:{path}"
    assert hub.sources("alice", notebook) == wanted


@pytest.mark.spec("HUB-4", "HUB-7")
async def test_everybody_sees_who_is_there_under_the_hubs_names(
    hub: RealHub, notebook: str
) -> None:
    await share(hub, "alice", notebook, "bob")
    path = f"alice/{notebook}"
    await until_listed(hub, "bob", path)
    async with in_document(hub, "alice", notebook) as alice:
        async with in_document(hub, "bob", f"Shared:{path}") as bob:
            await alice.show(username="admin", display_name="The Boss")
            await bob.show(username="alice", display_name="Alice")
            await alice.until(lambda: "bob" in alice.people())
            await bob.until(lambda: "alice" in bob.people())
            assert alice.people()["bob"] == "bob"
            reply = await hub.at("alice", "GET", f"tandem/api/people?path={notebook}")
            present = {p["subject"]["name"] for p in reply.body["people"]}
            assert present == {"alice", "bob"}
        await alice.until(lambda: "bob" not in alice.people())


@pytest.mark.spec("HUB-1")
async def test_sharing_again_finds_the_same_document(hub: RealHub, notebook: str) -> None:
    first = await share(hub, "alice", notebook, "bob")
    second = await share(hub, "alice", notebook, "carol", "viewer")
    assert first["target"]["file_id"] == second["target"]["file_id"]
    reply = await hub.at("alice", "GET", f"tandem/api/shares?path={notebook}")
    names = {grant["subject"]["name"]: grant["role"] for grant in reply.body["grants"]}
    assert names == {"bob": "editor", "carol": "viewer"}


@pytest.mark.spec("HUB-2", "HUB-5")
async def test_what_is_not_shared_is_not_there_whether_it_exists_or_not(
    hub: RealHub, notebook: str
) -> None:
    grant = await share(hub, "alice", notebook, "bob")
    document = grant["target"]["file_id"]
    await until_listed(hub, "bob", f"alice/{notebook}")
    answers = []
    for room in (f"json:notebook:hub:{document}", "json:notebook:hub:nothing-like-this"):
        async with in_room(hub, "carol", room) as carol:
            answers.append(await carol.closed())
    assert answers[0] == answers[1]
    assert answers[0][0] == 4404
    for path in (f"alice/{notebook}", "alice/nothing.ipynb"):
        reply = await hub.at("carol", "GET", f"tandem/hub/contents/{path}")
        assert reply.status == 404
    asked = [
        await hub.ask("GET", f"{hub.service_url}/api/shares?path={path}", token=hub.tokens["carol"])
        for path in (document, "nothing-like-this")
    ]
    assert asked[0] == asked[1]
    assert asked[0].status == 404


@pytest.mark.spec("HUB-11")
async def test_lowering_and_withdrawing_act_within_a_second(hub: RealHub, notebook: str) -> None:
    grant = await share(hub, "alice", notebook, "bob")
    path = f"alice/{notebook}"
    await until_listed(hub, "bob", path)
    loop = asyncio.get_running_loop()
    async with (
        in_document(hub, "alice", notebook) as alice,
        in_document(hub, "bob", f"Shared:{path}") as bob,
    ):
        assert bob.role() == "editor"
        began = loop.time()
        reply = await hub.at(
            "alice", "PATCH", f"tandem/api/grants/{grant['id']}", {"role": "viewer"}
        )
        assert reply.status == 200, reply
        await bob.until(lambda: bob.role() == "viewer")
        assert loop.time() - began < 1
        await bob.type(0, " # no")
        await alice.type(0, " # yes")
        await bob.until(lambda: "yes" in bob.sources()[0])
        assert "no" not in alice.sources()[0]
        began = loop.time()
        assert (await hub.at("alice", "DELETE", f"tandem/api/grants/{grant['id']}")).status == 204
        code, reason = await bob.closed()
        assert loop.time() - began < 1
        assert code == 4403
        assert "not shared with you any more" in reason
    await until_listed(hub, "bob", path, there=False)


@pytest.mark.spec("HUB-5")
async def test_a_visitor_has_nothing_of_the_servers_person(hub: RealHub, notebook: str) -> None:
    """An administrator who may enter bob's server: alice's document is not shared with them."""
    await share(hub, "alice", notebook, "bob")
    await until_listed(hub, "bob", f"alice/{notebook}")
    made = await hub.api("POST", "users/eve")
    assert made.status in {201, 409}
    await hub.add("eve", serve=False)
    await hub.let_visit("eve", "bob")
    drive = await hub.at("bob", "GET", "tandem/hub/contents", by="eve")
    assert drive.status == 404
    known = await hub.at("bob", "GET", f"tandem/hub/contents/alice/{notebook}?content=0")
    room = known.body["tandem"]["document"]
    async with in_room(hub, "bob", room, by="eve") as eve:
        assert (await eve.closed())[0] == 4404
    hub.write_notebook("bob", "own.ipynb", "z = 1")
    body = {"path": "own.ipynb", "subject": {"kind": "user", "name": "eve"}, "role": "viewer"}
    shared = await hub.at("bob", "POST", "tandem/api/grants", body, by="eve")
    assert shared.status == 403


@pytest.mark.spec("HUB-15")
async def test_a_renamed_file_is_found_under_its_new_name(hub: RealHub, notebook: str) -> None:
    await share(hub, "alice", notebook, "bob")
    await until_listed(hub, "bob", f"alice/{notebook}")
    async with in_document(hub, "bob", f"Shared:alice/{notebook}") as bob:
        fresh = f"renamed-{notebook}"
        reply = await hub.at("alice", "PATCH", f"api/contents/{notebook}", {"path": fresh})
        assert reply.status == 200, reply
        await until_listed(hub, "bob", f"alice/{fresh}")
        await until_listed(hub, "bob", f"alice/{notebook}", there=False)
        await bob.type(0, " # still here")
        await bob.until(lambda: bob.acknowledged() >= bob.sent)
        await until_saved(hub, "alice", fresh, "x = 1 # still here", "y = 2")
        await bob.until(lambda: bob.file().get("state") == "in_file")


@pytest.mark.spec("HUB-16", "HUB-20")
async def test_both_lists_and_a_managers_dialog_know_what_is_at_the_hub(
    hub: RealHub, notebook: str
) -> None:
    await share(hub, "alice", notebook, "bob", "manager")
    path = f"Shared:alice/{notebook}"
    await until_listed(hub, "bob", f"alice/{notebook}")
    mine = (await hub.at("alice", "GET", "tandem/api/shared")).body["by_me"]
    (line,) = [line for line in mine if line["path"] == notebook]
    assert [grant["subject"]["name"] for grant in line["grants"]] == ["bob"]
    theirs = (await hub.at("bob", "GET", "tandem/api/shared")).body["with_me"]
    (line,) = [line for line in theirs if line["path"] == path]
    assert (line["name"], line["mine"]["role"]) == (notebook, "manager")
    await share(hub, "bob", path, "carol", "viewer")
    view = (await hub.at("bob", "GET", f"tandem/api/shares?path={path}")).body
    assert {g["subject"]["name"]: g["role"] for g in view["grants"]} == {
        "bob": "manager",
        "carol": "viewer",
    }
    await until_listed(hub, "carol", f"alice/{notebook}")
    looked = await hub.at("carol", "GET", f"tandem/api/shares?path={path}")
    assert looked.status == 403


@pytest.mark.spec("HUB-21")
async def test_what_does_not_go_across_the_hub_is_refused_with_a_sentence(
    hub: RealHub, notebook: str
) -> None:
    wish = {"path": notebook, "role": "viewer", "guests": True}
    reply = await hub.at("alice", "POST", "tandem/api/links", wish)
    assert reply.status == 400, reply
    assert "people with an account" in reply.body["message"]
    lists = (await hub.at("alice", "GET", "tandem/api/shared")).body
    assert notebook not in [line["path"] for line in lists["by_me"]]
