"""Somebody who is let into another's server asks for what others share with its person (HUB-5)."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

import pytest

from jupyter_tandem.adapters.server.guest.table import guest_routes
from jupyter_tandem.adapters.server.sharing.table import api_routes
from jupyter_tandem.adapters.server.table import routes
from jupyter_tandem.ports.staff import Staff
from tests.integration.hub.colleague import in_document, in_room, share, until_listed
from tests.integration.hub.real_hub import RealHub, Reply
from tests.integration.hub.test_walk import METHODS, NOTHING, filled, told

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="package")]

SECRET = "xyzzy"
BASE = "api/collaboration"
NOBODY = Staff(NOTHING, NOTHING, NOTHING, NOTHING, NOTHING)


async def shared_with_bob(hub: RealHub, name: str) -> str:
    """Share a notebook of alice's with bob, and let eve visit bob; the room id at bob's server."""
    hub.write_notebook("alice", name, f"the_secret = '{SECRET}'")
    await share(hub, "alice", name, "bob")
    await until_listed(hub, "bob", f"alice/{name}")
    assert (await hub.api("POST", "users/eve")).status in {201, 409}
    await hub.add("eve", serve=False)
    await hub.let_visit("eve", "bob")
    known = await hub.at("bob", "GET", f"tandem/hub/contents/alice/{name}?content=0")
    return str(known.body["tandem"]["document"])


async def fork_by(hub: RealHub, name: str, room: str) -> Reply:
    return await hub.at("bob", "PUT", f"{BASE}/fork/{room}", {"synchronize": True}, by=name)


@pytest.mark.spec("HUB-5")
async def test_no_copy_of_what_others_share_is_made_shown_or_merged_for_a_visitor(
    hub: RealHub, notebook: str
) -> None:
    room = await shared_with_bob(hub, notebook)
    async with in_document(hub, "bob", f"Shared:alice/{notebook}") as bob:
        own = await fork_by(hub, "bob", room)
        assert own.status == 201, own
        fork = own.body["fork_roomid"]
        assert list((await hub.at("bob", "GET", f"{BASE}/fork/{room}")).body) == [fork]
        assert (await fork_by(hub, "eve", room)).status == 404
        assert (await hub.at("bob", "GET", f"{BASE}/fork/{room}", by="eve")).status == 404
        for merge in ("true", "false"):
            ended = await hub.at("bob", "DELETE", f"{BASE}/fork/{fork}?merge={merge}", by="eve")
            absent = await hub.at("bob", "DELETE", f"{BASE}/fork/none?merge={merge}", by="eve")
            assert ended == absent
            assert ended.status == 404
        answers = []
        for asked in (fork, "none", room):
            async with in_room(hub, "bob", asked, by="eve") as eve:
                answers.append(await eve.closed())
        assert len(set(answers)) == 1
        assert answers[0][0] == 4404
        assert (await hub.at("bob", "DELETE", f"{BASE}/fork/{fork}?merge=true")).status == 200
        assert SECRET in bob.sources()[0]


@pytest.mark.spec("HUB-5", "HUB-22")
async def test_no_cell_of_what_others_share_is_run_for_a_visitor(
    hub: RealHub, notebook: str
) -> None:
    room = await shared_with_bob(hub, notebook)
    kernel = (await hub.at("bob", "POST", "api/kernels", {"name": "python3"})).body["id"]
    async with in_document(hub, "bob", f"Shared:alice/{notebook}") as bob:
        body = {"document_id": room, "cell_id": str(bob.cells[0]["id"])}
        asked = await hub.at("bob", "POST", f"api/kernels/{kernel}/execute", body, by="eve")
        none = {**body, "document_id": room + "x"}
        absent = await hub.at("bob", "POST", f"api/kernels/{kernel}/execute", none, by="eve")
        assert asked == absent
        assert asked.status == 404
        assert (
            await hub.at("bob", "POST", f"api/kernels/{kernel}/execute", body)
        ).status in {202, 503}  # fmt: skip
    await hub.at("bob", "DELETE", f"api/kernels/{kernel}")


@pytest.mark.spec("HUB-5")
async def test_a_visitor_cannot_tell_what_others_share_from_what_is_not_there(
    hub: RealHub, notebook: str
) -> None:
    """Every address of ours at which something can be named, with what is there and with what is not."""
    room = await shared_with_bob(hub, notebook)
    fork = (await fork_by(hub, "bob", room)).body["fork_roomid"]
    document = room.rpartition(":")[2]
    path = f"Shared:alice/{notebook}"
    there = {
        room: room[:-1],
        path: f"Shared:alice/un{notebook}",
        fork: fork[::-1],
        document: document[::-1],
    }
    different, let_in, tried = [], [], 0
    for pattern in _patterns():
        for present, absent in there.items():
            for method in METHODS:
                replies = [await _ask(hub, method, pattern, what) for what in (present, absent)]
                tried += 1
                texts = [told(r).replace(present, "?").replace(absent, "?") for r in replies]
                if replies[0].status != replies[1].status or texts[0] != texts[1]:
                    different.append(
                        (method, pattern, replies[0].status, replies[1].status, *texts)
                    )
                # Of what names no document everybody is told that it has no forks.
                named = "(" in pattern and "/tandem/g/" not in pattern and texts[0] != "{}"
                if (named and replies[0].status < 300) or SECRET in texts[0]:
                    let_in.append((method, pattern, replies[0]))
    assert tried > 400
    assert not different
    assert not let_in
    assert (await hub.at("bob", "DELETE", f"{BASE}/fork/{fork}")).status == 200


def _patterns() -> list[str]:
    ours = [*routes(NOBODY, 0), *api_routes(NOTHING)]
    ours += guest_routes(NOTHING, NOTHING, NOTHING, NOTHING, 0, None)
    hubs = ("contents/(.+)", "contents/(.+)/checkpoints", "files/(.+)", "copies", "open")
    patterns = [route[0] for route in ours] + [f"/tandem/hub/{what}" for what in hubs]
    # The page that opens links has another proof in it each time.
    return [p for p in patterns if not p.startswith("/tandem/l/")]


async def _ask(hub: RealHub, method: str, pattern: str, what: str) -> Reply:
    query = urlencode(
        {"path": what, "document": what, "forkRoom": what, "action": "restore", "merge": "true",
         "format": "json", "type": "notebook"}
    )  # fmt: skip
    address = filled(pattern, quote(what)).lstrip("/")
    return await hub.at("bob", method, f"{address}?{query}", _body(pattern, what), by="eve")


def _body(pattern: str, what: str) -> dict[str, Any] | None:
    """What the address takes, as far as it names something."""
    subject = {"kind": "user", "name": "eve"}
    if pattern.endswith("/removals"):
        return {"path": what, "subject": subject}
    if pattern.endswith("/grants"):
        return {"path": what, "subject": subject, "role": "viewer"}
    if pattern.endswith("/links"):
        return {"path": what, "role": "viewer"}
    if pattern.endswith("/copies"):
        return {"from": what, "to": ""}
    return {"format": "json", "type": "notebook", "document_id": what, "cell_id": "a", "to": what}
