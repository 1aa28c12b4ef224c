"""What stock clients rely on, over real sockets (COMPAT)."""

from __future__ import annotations

import json
import time

import pytest

from jupyter_tandem.adapters.server.websocket_channel import CLOSE_GRACE_S
from jupyter_tandem.protocol import frames as f
from tests.integration.server.client import editing, entering
from tests.integration.server.host import BO, Server

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def path(shared: Server, path: str) -> str:
    """A notebook of two cells that no other test opens."""
    shared.write_notebook(path, "x = 1", "y = 'grüße 🌲'")
    return path


@pytest.mark.spec("HOST-1", "ACCESS-10")
async def test_a_session_is_named_and_nothing_outside_is(shared: Server, path: str) -> None:
    first = await shared.session(path)
    again = await shared.session(path)
    assert (first.status, again.status) == (201, 200)
    assert first.body == again.body
    assert set(first.body) == {"format", "type", "fileId", "sessionId"}
    (shared.home / "outside.ipynb").write_text("{}")
    for wrong in ("nothing.ipynb", "../outside.ipynb", "a/../../outside.ipynb", "\0"):
        answer = await shared.session(wrong)
        assert answer.status == 404, wrong
        assert "outside" not in str(answer.body.get("sessionId", ""))
    assert (await shared.call("PUT", f"session/{path}", {"format": "json"})).status == 400
    assert (await shared.call("PUT", f"session/{path}", [])).status == 400


async def test_two_clients_converge_and_the_file_follows(shared: Server, path: str) -> None:
    async with editing(shared, path) as ana, editing(shared, path, token=BO) as bo:
        assert ana.sources() == bo.sources() == ["x = 1", "y = 'grüße 🌲'"]
        ana.append(0, "\n# ana 🐍")
        bo.append(1, "\n# bo")
        await ana.flush()
        await bo.flush()
        wanted = ["x = 1\n# ana 🐍", "y = 'grüße 🌲'\n# bo"]
        await ana.until(lambda: ana.sources() == wanted)
        await bo.until(lambda: bo.sources() == wanted)
        assert await ana.save(1) == "success"
        written = json.loads((shared.root / path).read_text())
        assert ["".join(c["source"]) for c in written["cells"]] == wanted
        assert ana.state["path"] == path
        assert ana.state["hash"]


async def test_the_server_speaks_first_and_the_newcomer_sees_who_is_there(
    shared: Server, path: str
) -> None:
    async with editing(shared, path) as ana:
        assert isinstance(ana.messages[0], f.SyncStep1)
        state = f.AwarenessState(ana.doc.client_id, 1, '{"user":{"username":"root","name":"Root"}}')
        await ana.say(f.Awareness((state,)))
        async with editing(shared, path, token=BO) as bo:
            await bo.until(lambda: ana.doc.client_id in bo.awareness())
            user = json.loads(bo.awareness()[ana.doc.client_id])["user"]
            assert (user["username"], user["name"]) == ("ana", "Ana")


@pytest.mark.spec("HOST-14", "ACCESS-7")
async def test_global_awareness(shared: Server) -> None:
    lobby = "JupyterLab:globalAwareness"
    async with entering(shared, lobby) as ana, entering(shared, lobby, token=BO) as bo:
        await bo.synced.wait()
        body = '{"user":{"username":"bo"},"current":"a.txt","documents":["a.txt"]}'
        await ana.say(f.Awareness((f.AwarenessState(5, 1, body),)))
        await bo.until(lambda: 5 in bo.awareness())
        told = json.loads(bo.awareness()[5])
        assert told["user"]["username"] == "ana"
        assert told["documents"] == ["a.txt"]
        await ana.connection.close()
        await bo.until(lambda: bo.awareness()[5] == "null")


@pytest.mark.spec("HOST-4", "HOST-18")
async def test_another_lineage_is_told_to_reload(shared: Server, path: str) -> None:
    room, _ = await shared.room(path)
    async with entering(shared, room, "00000000-0000-0000-0000-000000000000") as ana:
        started = time.monotonic()
        code, reason = await ana.closed()
        assert time.monotonic() - started < CLOSE_GRACE_S * 0.9
        assert code == 1003
        assert json.loads(reason)["reason"] == "unknown_session"
        assert json.loads(reason)["reloadable"] is True


@pytest.mark.spec("HOST-5", "HOST-3")
async def test_rooms_by_id(shared: Server, path: str) -> None:
    room, _ = await shared.room(path)
    async with entering(shared, room) as ana:
        await ana.synced.wait()
        assert len(ana.sources()) == 2
    for unknown in ("json:notebook:nobody-knows", "nonsense", "json:notebook:../../etc"):
        async with entering(shared, unknown) as ana:
            assert (await ana.closed())[0] == 4404, unknown


@pytest.mark.spec("HOST-3")
async def test_a_file_that_is_no_notebook_says_so(shared: Server) -> None:
    (shared.root / "broken.ipynb").write_text('{"cells": [')
    answer = await shared.session("broken.ipynb")
    assert answer.status == 422
    assert answer.body["message"]


@pytest.mark.spec("HOST-15")
async def test_one_file_is_not_live_as_two_kinds(shared: Server, path: str) -> None:
    async with editing(shared, path) as ana:
        answer = await shared.session(path, "text", "file")
        assert answer.status == 409
        assert "notebook" in answer.body["message"]
        file_id = (await shared.session(path)).body["fileId"]
        async with entering(shared, f"text:file:{file_id}") as bo:
            code, reason = await bo.closed()
            assert code == 4400
            assert "notebook" in reason
        ana.append(0, "# still alive")
        await ana.flush()
        assert await ana.save(1) == "success"


@pytest.mark.spec("ACCESS-2", "ACCESS-5")
async def test_a_reader_sees_live_changes_nothing_and_may_be_shown_out(
    shared: Server, path: str, stranger: str
) -> None:
    shared.deny(stranger.partition("-")[0], "write")
    async with editing(shared, path) as ana, editing(shared, path, token=stranger) as eve:
        eve.append(0, " # eve was here")
        await eve.flush()
        await eve.say(f.SyncStep2(eve.doc.get_update()))
        assert await eve.save(7) == "failed"
        ana.append(1, " # ana")
        await ana.flush()
        await eve.until(lambda: eve.sources()[1].endswith("# ana"))
        assert await ana.save(1) == "success"
        assert "eve was here" not in (shared.root / path).read_text()
        shared.deny(stranger.partition("-")[0], "read")
        assert (await eve.closed())[0] == 4403
        async with entering(shared, (await shared.room(path))[0], token=stranger) as again:
            assert (await again.closed())[0] == 4404
    session = await shared.call(
        "PUT", f"session/{path}", {"format": "json", "type": "notebook"}, token=stranger
    )
    assert session.status == 403
