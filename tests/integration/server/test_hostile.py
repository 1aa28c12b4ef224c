"""A person's ways of breaking it: clear refusal, no effect on the room, bounded memory."""

from __future__ import annotations

import asyncio
import contextlib
import json
import urllib.request
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from jupyter_tandem.protocol import frames as f
from jupyter_tandem.protocol.lib0 import write_var_uint
from tests.integration.server.client import StockClient, editing, entering
from tests.integration.server.host import ANA, BO, Server, serving

MIB = 1 << 20


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def unharmed(server: Server, path: str, ana: StockClient) -> None:
    """The room works and holds what Ana typed, nothing else."""
    ana.append(0, "!")
    await ana.flush()
    assert await ana.save(len(ana.messages)) == "success"
    written = json.loads((server.root / path).read_text())
    assert ["".join(c["source"]) for c in written["cells"]] == ana.sources()
    assert all(set(source) <= set("x = 1!") for source in ana.sources())


@pytest.mark.spec("ACCESS-3")
async def test_without_a_token_nobody_gets_in(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        server.write_notebook("n.ipynb", "x = 1")
        room, session = await server.room("n.ipynb")
        await server.stop()
        server.log.clear()
        await server.start()
        for token in (None, "guessed"):
            with pytest.raises(InvalidStatus) as refusal:
                async with entering(server, room, session, token=token):
                    pass
            assert refusal.value.response.status_code == 403
            for method, address in [
                ("PUT", "session/n.ipynb"),
                ("GET", "timeline/n.ipynb?format=json&&type=notebook"),
                ("PUT", f"undo_redo/{room}?action=restore&&steps=0&&forkRoom=x"),
                ("GET", f"fork/{room}"),
                ("PUT", f"fork/{room}"),
                ("DELETE", "fork/x?merge=true"),
            ]:
                answer = await server.call(method, address, {}, token=token)
                assert answer.status == 403, (method, address, answer)
        assert not [line for line in server.log if "Opened" in line]


@pytest.mark.spec("ACCESS-4")
async def test_another_site_s_page_is_refused_before_the_handshake(
    shared: Server, path: str
) -> None:
    room, session = await shared.room(path)
    cookie = await asyncio.to_thread(_cookie, shared)
    for origin in ("http://evil.example", f"http://127.0.0.1.evil.example:{shared.port}", "null"):
        with pytest.raises(InvalidStatus) as refusal:
            async with _by_cookie(shared, room, session, cookie, origin):
                pass
        assert refusal.value.response.status_code == 403
    async with _by_cookie(shared, room, session, cookie, shared.url) as ana:
        await ana.synced.wait()


@pytest.mark.spec("ACCESS-8", "P-12")
async def test_garbage_changes_nothing_and_three_times_is_enough(
    shared: Server, path: str, stranger: str
) -> None:
    garbage = [
        b"",
        b"\x00",
        b"\x00\x07\x00",
        b"\x00\x02\xff\xff\xff\xff\x0f",
        b"\x00\x02\x03\x01\x01\x01",
        b"\x01\x05\x01",
        b"\x02\x04save",
        b"\x63",
        b"\xff" * 30,
    ]
    async with editing(shared, path, token=ANA) as ana:
        room, session = await shared.room(path)
        codes = []
        for frame in garbage:
            async with entering(shared, room, session, token=stranger) as eve:
                with contextlib.suppress(ConnectionClosed):
                    await eve.connection.send(frame)
                codes.append((await eve.closed())[0])
        assert set(codes[:3]) <= {4400, 4413}
        assert codes[3:] == [4429] * len(codes[3:])
        async with editing(shared, path, token=BO) as bo:
            await unharmed(shared, path, ana)
            await bo.until(lambda: bo.sources() == ana.sources())


@pytest.mark.spec("P-12", "WIRE-2")
@pytest.mark.parametrize(
    "frame",
    [
        pytest.param(b"\x00\x02\x06" + write_var_uint(1 << 26) + b"\x00\x00", id="clients"),
        pytest.param(b"\x00\x02\x08\x01" + write_var_uint(1 << 26) + b"\x01\x00\x00", id="structs"),
        pytest.param(b"\x01\x04" + write_var_uint(1 << 26), id="states"),
        pytest.param(b"\x00\x00\x05" + write_var_uint(1 << 26) + b"\x01", id="state vector"),
    ],
)
async def test_a_count_of_2_to_the_26_costs_nothing(
    shared: Server, path: str, stranger: str, frame: bytes
) -> None:
    async with editing(shared, path) as ana:
        before = shared.memory_bytes()
        async with editing(shared, path, token=stranger) as eve:
            await eve.connection.send(frame)
            assert (await eve.closed())[0] in {4400, 4413}
        assert shared.memory_bytes() - before < 50 * MIB
        await unharmed(shared, path, ana)


@pytest.mark.spec("HOST-8", "WIRE-1")
async def test_a_gigabyte_is_refused_by_its_header(
    shared: Server, path: str, stranger: str
) -> None:
    async with editing(shared, path) as ana:
        before = shared.memory_bytes()
        async with editing(shared, path, token=stranger) as eve:
            header = b"\x82\xff" + (1 << 30).to_bytes(8, "big") + bytes(4)
            eve.connection.transport.write(header)
            for _ in range(64):
                eve.connection.transport.write(bytes(MIB))
            code, reason = await eve.closed()
            assert code == 4413
            assert "bytes" in reason
        assert shared.memory_bytes() - before < 50 * MIB
        await unharmed(shared, path, ana)


@pytest.mark.spec("HOST-17")
async def test_text_messages_are_refused(shared: Server, path: str, stranger: str) -> None:
    async with editing(shared, path, token=stranger) as eve:
        await eve.connection.send("hello")
        assert (await eve.closed())[0] == 4400


@pytest.mark.spec("ACCESS-7")
async def test_nobody_speaks_for_somebody_else(shared: Server, path: str, stranger: str) -> None:
    async with (
        editing(shared, path) as ana,
        editing(shared, path, token=BO) as bo,
        editing(shared, path, token=stranger) as eve,
    ):
        mine, theirs = eve.doc.client_id, ana.doc.client_id
        await ana.say(f.Awareness((f.AwarenessState(theirs, 1, '{"cursors":[]}'),)))
        await bo.until(lambda: theirs in bo.awareness())
        forged = (
            '{"user":{"username":"ana","name":"Ana","color":"red;x:url(//evil)"},"cursors":[1]}'
        )
        await eve.say(
            f.Awareness((f.AwarenessState(mine, 1, forged), f.AwarenessState(theirs, 99, forged)))
        )
        await bo.until(lambda: mine in bo.awareness())
        told = json.loads(bo.awareness()[mine])["user"]
        assert told["username"] == stranger.partition("-")[0]
        assert "evil" not in json.dumps(told)
        assert json.loads(bo.awareness()[theirs])["cursors"] == []


@pytest.mark.spec("P-10")
async def test_a_viewer_cannot_write_by_any_message(
    shared: Server, path: str, stranger: str
) -> None:
    shared.deny(stranger.partition("-")[0], "write")
    async with editing(shared, path) as ana, editing(shared, path, token=stranger) as eve:
        eve.append(0, "spoiled")
        update = eve.doc.get_update()
        for message in (f.Update(update), f.SyncStep2(update)):
            await eve.say(message)
        assert await eve.save(1) == "failed"
        room, _ = await shared.room(path)
        forked = await shared.call("PUT", f"fork/{room}", {"title": "t"}, token=stranger)
        assert forked.status == 403
        timeline = await shared.call(
            "GET", f"timeline/{path}?format=json&&type=notebook", token=stranger
        )
        assert timeline.status == 200
        query = f"action=restore&&steps=0&&forkRoom={timeline.body['forkRoom']}"
        restored = await shared.call("PUT", f"undo_redo/{room}?{query}", token=stranger)
        assert restored.status == 403
        await unharmed(shared, path, ana)


async def test_a_hundred_handshakes_that_say_nothing_hold_nobody_up(
    shared: Server, path: str
) -> None:
    idle = [await asyncio.open_connection("127.0.0.1", shared.port) for _ in range(100)]
    try:
        async with editing(shared, path) as ana:
            await unharmed(shared, path, ana)
    finally:
        for _, writer in idle:
            writer.close()


def _cookie(server: Server) -> str:
    """The login cookie that a browser would get."""
    url = f"{server.url}/api/status?token={ANA}"
    with urllib.request.urlopen(url, timeout=60) as response:
        return "; ".join(c.split(";")[0] for c in response.headers.get_all("Set-Cookie"))


def _by_cookie(
    server: Server, room: str, session: str, cookie: str, origin: str
) -> AbstractAsyncContextManager[StockClient]:
    return entering(server, room, session, token=None, cookie=cookie, origin=origin)
