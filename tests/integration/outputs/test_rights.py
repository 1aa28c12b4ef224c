"""Who is given a big output, who is not, and what copies hold."""

from __future__ import annotations

import json

import pytest

from tests.integration.outputs.big import (
    fetch,
    in_file,
    looking,
    outputs,
    picture,
    stood_in,
    with_outputs,
    write,
)
from tests.integration.server.client import entering
from tests.integration.server.host import BO, EVE, Server
from tests.integration.sharing.guest import Guest
from tests.integration.sharing.owner import Owner

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.spec("BIG-6")
async def test_it_is_given_to_whoever_may_read_the_document_now(shared: Server, path: str) -> None:
    big = picture(50_000)
    write(shared, path, with_outputs([big]))
    async with looking(shared, path) as ana:
        room, held = (await shared.room(path))[0], stood_in(ana, 0)
    assert await fetch(shared, room, held, BO) == big
    assert await fetch(shared, room, held, None) == 403
    shared.deny("eve", "read")
    assert await fetch(shared, room, held, EVE) == 403
    shared.allow("eve", "read")
    assert await fetch(shared, room, held, EVE) == big


@pytest.mark.spec("BIG-6")
async def test_of_other_documents_and_names_nothing_is_given(shared: Server, path: str) -> None:
    big = picture(50_000)
    write(shared, path, with_outputs([big]))
    write(shared, f"other-{path}", with_outputs([]))
    async with looking(shared, path) as ana:
        room, held = (await shared.room(path))[0], stood_in(ana, 0)
    other, _ = await shared.room(f"other-{path}")
    for where in (
        f"{other}/{held.sha256}",
        f"{room}/{'0' * 64}",
        f"{room}/{held.sha256[:-1]}",
        f"{room}/{held.sha256.upper()}",
        f"nothing/{held.sha256}",
        f"{room}%2F..%2F{room}/{held.sha256}",
    ):
        answer = await shared.call("GET", f"output/{where}")
        assert answer.status == 404, where
    assert (await shared.call("POST", f"output/{room}/{held.sha256}", {})).status in (403, 405)


@pytest.mark.spec("BIG-6")
async def test_a_guest_sees_what_is_shared_until_it_is_not(shared: Server, path: str) -> None:
    big = picture(50_000)
    write(shared, path, with_outputs([big]))
    write(shared, f"secret-{path}", with_outputs([picture(50_000, 1)]))
    async with looking(shared, path) as ana, looking(shared, f"secret-{path}") as hidden:
        held, secret = stood_in(ana, 0), stood_in(hidden, 0)
    owner, guest = Owner(shared), Guest(shared)
    _, code = await owner.link(path, guests=True)
    assert (await guest.redeem(code, "Zoë")).status == 200
    room, _ = await guest.room(path)
    below = "/tandem/g/api/collaboration/output"
    answer = await guest.call("GET", f"{below}/{room}/{held.sha256}")
    assert (answer.status, answer.body) == (200, big)
    assert answer.headers["Cache-Control"] == "no-store"
    away = (await shared.room(f"secret-{path}"))[0]
    for where in (f"{away}/{secret.sha256}", f"{room}/{secret.sha256}"):
        assert (await guest.call("GET", f"{below}/{where}")).status == 404
    outside = f"/api/collaboration/output/{room}/{held.sha256}"
    assert (await guest.call("GET", outside, everywhere=True)).status == 403
    (grant,) = (await owner.view(path))["grants"]
    assert (await owner.call("DELETE", f"grants/{grant['id']}")).status == 204
    ended = await guest.call("GET", f"{below}/{room}/{held.sha256}")
    assert ended.status in (403, 404)


@pytest.mark.spec("BIG-10")
async def test_a_copy_that_a_front_end_saves_has_its_outputs(shared: Server, path: str) -> None:
    big = picture(50_000)
    notebook = with_outputs([big])
    write(shared, path, notebook)
    async with looking(shared, path) as ana:
        notebook["cells"][0]["outputs"] = json.loads(json.dumps(outputs(ana, 0)))
        body = {"type": "notebook", "format": "json", "content": notebook}
        answer = await shared.call("PUT", f"/api/contents/copy-{path}", body)
        assert answer.status == 201
    assert in_file(shared, f"copy-{path}") == [[big]]


@pytest.mark.spec("BIG-13")
async def test_a_fork_keeps_its_outputs_when_it_is_merged(shared: Server, path: str) -> None:
    first, second = picture(50_000), picture(50_000, 1)
    write(shared, path, with_outputs([first], [second]))
    async with looking(shared, path) as ana:
        room, _ = await shared.room(path)
        body = {"title": "mine", "description": "", "synchronize": False}
        made = await shared.call("PUT", f"fork/{room}", body)
        fork, session = made.body["fork_roomid"], made.body["sessionId"]
        query = "tandem=1&outputs=fetch"
        async with entering(shared, fork, session, query=query) as mine:
            await mine.until(mine.synced.is_set)
            held = stood_in(mine, 0)
            assert held.document == room
            assert await fetch(shared, held.document, held) == first
            mine.append(0, "\n# fork")
            await mine.flush()
            await mine.arrived()
        assert (await shared.call("DELETE", f"fork/{fork}?merge=true")).status == 200
        await ana.until(lambda: ana.sources()[0].endswith("# fork"))
        assert await ana.save(1) == "success"
        assert in_file(shared, path) == [[first], [second]]
