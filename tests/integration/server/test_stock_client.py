"""What stock clients rely on, over real sockets (COMPAT)."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pycrdt import Doc

from jupyter_tandem.protocol import frames as f
from tests.integration.server.client import editing, entering
from tests.integration.server.host import BO, EVE, Server, serving


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    async with serving(tmp_path, TandemApp={"access_check_s": 0.2}) as running:
        running.write_notebook("n.ipynb", "x = 1", "y = 'grüße 🌲'")
        (running.root / "a.txt").write_text("one\n")
        yield running


@pytest.mark.spec("HOST-1", "ACCESS-10")
async def test_a_session_is_named_and_nothing_outside_is(server: Server) -> None:
    first = await server.session("n.ipynb")
    again = await server.session("n.ipynb")
    assert (first.status, again.status) == (201, 200)
    assert first.body == again.body
    assert set(first.body) == {"format", "type", "fileId", "sessionId"}
    (server.home / "outside.ipynb").write_text("{}")
    for path in ("nothing.ipynb", "../outside.ipynb", "a/../../outside.ipynb", "\0"):
        answer = await server.session(path)
        assert answer.status == 404, path
        assert "outside" not in str(answer.body.get("sessionId", ""))
    assert (await server.call("PUT", "session/n.ipynb", {"format": "json"})).status == 400
    assert (await server.call("PUT", "session/n.ipynb", [])).status == 400


async def test_two_clients_converge_and_the_file_follows(server: Server) -> None:
    async with editing(server, "n.ipynb") as ana, editing(server, "n.ipynb", token=BO) as bo:
        assert ana.sources() == bo.sources() == ["x = 1", "y = 'grüße 🌲'"]
        ana.append(0, "\n# ana 🐍")
        bo.append(1, "\n# bo")
        await ana.flush()
        await bo.flush()
        wanted = ["x = 1\n# ana 🐍", "y = 'grüße 🌲'\n# bo"]
        await ana.until(lambda: ana.sources() == wanted)
        await bo.until(lambda: bo.sources() == wanted)
        assert await ana.save(1) == "success"
        written = json.loads((server.root / "n.ipynb").read_text())
        assert ["".join(c["source"]) for c in written["cells"]] == wanted
        assert ana.state["path"] == "n.ipynb"
        assert ana.state["hash"]


async def test_the_server_speaks_first_and_the_newcomer_sees_who_is_there(server: Server) -> None:
    async with editing(server, "n.ipynb") as ana:
        assert isinstance(ana.messages[0], f.SyncStep1)
        state = f.AwarenessState(ana.doc.client_id, 1, '{"user":{"username":"root","name":"Root"}}')
        await ana.say(f.Awareness((state,)))
        async with editing(server, "n.ipynb", token=BO) as bo:
            await bo.until(lambda: ana.doc.client_id in bo.awareness())
            user = json.loads(bo.awareness()[ana.doc.client_id])["user"]
            assert (user["username"], user["name"]) == ("ana", "Ana")


@pytest.mark.spec("HOST-14", "ACCESS-7")
async def test_global_awareness(server: Server) -> None:
    lobby = "JupyterLab:globalAwareness"
    async with entering(server, lobby) as ana, entering(server, lobby, token=BO) as bo:
        await bo.synced.wait()
        body = '{"user":{"username":"bo"},"current":"n.ipynb","documents":["n.ipynb"]}'
        await ana.say(f.Awareness((f.AwarenessState(5, 1, body),)))
        await bo.until(lambda: 5 in bo.awareness())
        told = json.loads(bo.awareness()[5])
        assert told["user"]["username"] == "ana"
        assert told["documents"] == ["n.ipynb"]
        await ana.connection.close()
        await bo.until(lambda: bo.awareness()[5] == "null")


@pytest.mark.spec("HOST-4")
async def test_after_a_restart_the_old_session_id_still_holds(server: Server) -> None:
    room, session = await server.room("n.ipynb")
    async with entering(server, room, session) as ana:
        await ana.synced.wait()
        ana.append(0, "!")
        await ana.flush()
        assert await ana.save(1) == "success"
        doc = ana.doc
    await server.stop()
    await server.start()
    ana.append(1, " offline")
    async with entering(server, room, session, doc=doc) as ana:
        await ana.synced.wait()
        async with editing(server, "n.ipynb", token=BO) as bo:
            wanted = ["x = 1!", "y = 'grüße 🌲' offline"]
            await bo.until(lambda: bo.sources() == wanted)
            assert ana.sources() == wanted


@pytest.mark.spec("HOST-4")
async def test_another_lineage_is_told_to_reload(server: Server) -> None:
    room, _ = await server.room("n.ipynb")
    async with entering(server, room, "00000000-0000-0000-0000-000000000000") as ana:
        code, reason = await ana.closed()
        assert code == 1003
        assert json.loads(reason)["reason"] == "unknown_session"
        assert json.loads(reason)["reloadable"] is True


@pytest.mark.spec("HOST-5", "HOST-3")
async def test_rooms_by_id(server: Server) -> None:
    room, _ = await server.room("n.ipynb")
    async with entering(server, room) as ana:
        await ana.synced.wait()
        assert len(ana.sources()) == 2
    for unknown in ("json:notebook:nobody-knows", "nonsense", "json:notebook:../../etc"):
        async with entering(server, unknown) as ana:
            assert (await ana.closed())[0] == 4404, unknown


@pytest.mark.spec("HOST-3")
async def test_a_file_that_is_no_notebook_says_so(server: Server) -> None:
    (server.root / "broken.ipynb").write_text('{"cells": [')
    answer = await server.session("broken.ipynb")
    assert answer.status == 422
    assert answer.body["message"]


@pytest.mark.spec("HOST-15")
async def test_one_file_is_not_live_as_two_kinds(server: Server) -> None:
    async with editing(server, "n.ipynb") as ana:
        answer = await server.session("n.ipynb", "text", "file")
        assert answer.status == 409
        assert "notebook" in answer.body["message"]
        file_id = (await server.session("n.ipynb")).body["fileId"]
        async with entering(server, f"text:file:{file_id}") as bo:
            code, reason = await bo.closed()
            assert code == 4400
            assert "notebook" in reason
        ana.append(0, "# still alive")
        await ana.flush()
        assert await ana.save(1) == "success"


@pytest.mark.spec("ACCESS-2", "ACCESS-5")
async def test_a_reader_sees_live_changes_nothing_and_may_be_shown_out(server: Server) -> None:
    server.deny("eve", "write")
    async with editing(server, "n.ipynb") as ana, editing(server, "n.ipynb", token=EVE) as eve:
        eve.append(0, " # eve was here")
        await eve.flush()
        await eve.say(f.SyncStep2(eve.doc.get_update()))
        assert await eve.save(7) == "failed"
        ana.append(1, " # ana")
        await ana.flush()
        await eve.until(lambda: eve.sources()[1].endswith("# ana"))
        assert await ana.save(1) == "success"
        assert "eve was here" not in (server.root / "n.ipynb").read_text()
        server.deny("eve", "read")
        assert (await eve.closed())[0] == 4403
        async with entering(server, (await server.room("n.ipynb"))[0], token=EVE) as again:
            assert (await again.closed())[0] == 4404
    session = await server.call(
        "PUT", "session/n.ipynb", {"format": "json", "type": "notebook"}, token=EVE
    )
    assert session.status == 403


@pytest.mark.spec("HOST-7")
@pytest.mark.parametrize(
    "signs",
    [
        pytest.param([signal.SIGTERM], id="SIGTERM"),
        pytest.param([signal.SIGINT], id="Ctrl-C"),
        pytest.param([signal.SIGINT] * 3, id="Ctrl-C impatiently"),
        pytest.param([signal.SIGTERM, signal.SIGINT, signal.SIGTERM], id="both"),
    ],
)
async def test_the_end_comes_within_three_seconds_with_everything_saved(
    server: Server, signs: list[int]
) -> None:
    async with editing(server, "n.ipynb") as ana, editing(server, "a.txt", "text", "file") as bo:
        for number in range(50):
            ana.append(0, f"\n{number}")
            bo.text.insert(0, f"{number} ")
            await ana.flush()
            await bo.flush()
        await ana.arrived()
        await bo.arrived()
        started = time.monotonic()
        for sign in signs[:-1]:
            server.send(sign)
        server.send(signs[-1])
        assert (await ana.closed())[0] == 1001
        assert (await bo.closed())[0] == 1001
        # From here on nothing of ours is left; how fast Python takes a process down depends on the machine.
        await server.logged("Everything is saved")
        assert time.monotonic() - started < 3.0
        assert await server.stop(signs[-1]) == 0
        written = json.loads((server.root / "n.ipynb").read_text())
        assert "".join(written["cells"][0]["source"]).endswith("\n49")
        assert (server.root / "a.txt").read_text().startswith("49 48 ")
        assert not [line for line in server.log if "Traceback" in line]


async def test_a_fresh_server_says_nothing_of_rivals_and_logs_no_error(server: Server) -> None:
    async with editing(server, "n.ipynb"):
        pass
    await server.stop()
    bad = [line for line in server.log if line.startswith(("[E", "Traceback"))]
    assert bad == []


@pytest.mark.spec("HOST-2")
async def test_frames_sent_while_the_room_loads_are_kept_in_order(server: Server) -> None:
    room, session = await server.room("a.txt", "text", "file")
    await server.stop()
    await server.start()
    async with entering(server, room, session) as ana:
        for number in range(100):
            await ana.say(f.Awareness((f.AwarenessState(9, number, json.dumps({"n": number})),)))
        await ana.synced.wait()
        async with editing(server, "a.txt", "text", "file", token=BO) as bo:
            await bo.until(lambda: '"n":99' in bo.awareness().get(9, ""))


async def test_anonymous_programs_may_come_back_with_their_own_edits(tmp_path: Path) -> None:
    """With the server's one token and no cookie, a program is given another name each time."""
    async with serving(tmp_path, one_token=True) as server:
        (server.root / "a.txt").write_text("one\n")
        room, session = await server.room("a.txt", "text", "file")
        doc: Doc[Any] = Doc()
        for number in (1, 2):
            async with entering(server, room, session, doc=doc) as ana:
                await ana.synced.wait()
                ana.text.insert(0, f"{number} ")
                await ana.flush()
                assert await ana.save(number) == "success"
        assert (server.root / "a.txt").read_text() == "2 1 one\n"
