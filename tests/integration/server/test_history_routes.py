"""Forks and timeline over HTTP, as the stock front end asks for them."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from pycrdt import Doc

from tests.integration.server.client import StockClient, editing, entering
from tests.integration.server.host import BO, Server

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def type_and_save(client: StockClient, text: str, number: int) -> None:
    client.append(0, text)
    await client.flush()
    assert await client.save(number) == "success"


@pytest.mark.spec("HOST-12")
async def test_the_timeline_of_the_stock_front_end(shared: Server, path: str) -> None:
    async with editing(shared, path) as ana, editing(shared, path, token=BO) as bo:
        await type_and_save(ana, "\n# two", 1)
        await bo.until(lambda: bo.sources() == ["x = 1\n# two"])
        await type_and_save(bo, "\n# three", 2)
        await ana.until(lambda: ana.sources() == ["x = 1\n# two\n# three"])
        answer = await shared.call("GET", f"timeline/{path}?format=json&&type=notebook")
        assert answer.status == 200
        room, session = await shared.room(path)
        timeline = answer.body
        assert (timeline["roomId"], timeline["sessionId"]) == (room, session)
        assert timeline["timestamps"] == sorted(timeline["timestamps"])
        last = len(timeline["timestamps"]) - 1
        assert last >= 2

        preview = timeline["forkRoom"]
        undo_redo = f"undo_redo/{room.replace(':', '%3A')}?forkRoom={preview}"
        doc: Doc[Any] = Doc()
        async with entering(shared, preview, session, doc=doc) as watcher:
            await watcher.until(lambda: watcher.sources() == ["x = 1\n# two\n# three"])
            done = await shared.call("PUT", f"{undo_redo}&&action=undo&&steps=1")
            assert done.body == {"status": "undone"}
            await watcher.until(lambda: watcher.sources() == ["x = 1\n# two"])
            done = await shared.call("PUT", f"{undo_redo}&&action=redo&&steps=1")
            assert done.body == {"status": "redone"}
            await watcher.until(lambda: watcher.sources() == ["x = 1\n# two\n# three"])
            done = await shared.call("PUT", f"{undo_redo}&&action=redo&&steps=1")
            assert done.body == {"error": "No more redo operations available"}
            await shared.call("PUT", f"{undo_redo}&&action=undo&&steps={last}")
            await watcher.until(lambda: watcher.sources() == ["x = 1"])
            done = await shared.call("PUT", f"{undo_redo}&&action=restore&&steps=0")
            assert done.body == {"code": 200, "status": "Document restored successfully"}
        await ana.until(lambda: ana.sources() == ["x = 1"])
        async with entering(shared, room, session, doc=doc) as watcher:
            await watcher.synced.wait()
            await type_and_save(ana, " # four", 3)
            await watcher.until(lambda: watcher.sources() == ["x = 1 # four"])
        assert "x = 1 # four" in (shared.root / path).read_text()


@pytest.mark.spec("HOST-12")
async def test_timelines_of_nothing(shared: Server, path: str) -> None:
    answer = await shared.call("GET", "timeline/nothing.ipynb?format=json&&type=notebook")
    assert answer.status == 404
    assert answer.body["code"] == 404
    assert answer.body["error"] == "Room not found"
    assert (await shared.call("GET", f"timeline/{path}")).status == 400
    room, _ = await shared.room(path)
    for query, status in [
        ("action=undo&&steps=1&&forkRoom=none", 404),
        ("action=restore&&steps=0&&forkRoom=none", 404),
        ("action=undo&&steps=-1&&forkRoom=none", 400),
        ("action=explode&&steps=1&&forkRoom=none", 400),
        ("steps=1", 400),
    ]:
        assert (await shared.call("PUT", f"undo_redo/{room}?{query}")).status == status, query


@pytest.mark.spec("HOST-11")
async def test_forks_of_the_stock_front_end(shared: Server, path: str) -> None:
    async with editing(shared, path) as ana:
        room, session = await shared.room(path)
        wish = {"title": "Try", "description": "an idea", "synchronize": True}
        made = await shared.call("PUT", f"fork/{room}", wish, token=BO)
        assert made.status == 201
        assert made.body["sessionId"] == session
        assert made.body["fork_info"] == {"root_roomid": room, **wish}
        fork = made.body["fork_roomid"]
        listed = await shared.call("GET", f"fork/{room}")
        assert listed.body == {fork: made.body["fork_info"]}
        async with entering(shared, fork, session, token=BO) as bo:
            await bo.until(lambda: bo.sources() == ["x = 1"])
            bo.append(0, " # idea")
            await bo.flush()
            await type_and_save(ana, "\ny = 2", 1)
            await bo.until(lambda: sorted(bo.sources()[0]) == sorted("x = 1 # idea\ny = 2"))
            assert ana.sources() == ["x = 1\ny = 2"]
            ended = await shared.call("DELETE", f"fork/{fork}?merge=true", token=BO)
            assert ended.status == 200
            assert (await bo.closed())[0] == 1001
        await ana.until(lambda: sorted(ana.sources()[0]) == sorted("x = 1 # idea\ny = 2"))
        assert (await shared.call("GET", f"fork/{room}")).body == {}
        assert (await shared.call("DELETE", f"fork/{fork}?merge=true")).status == 404
        assert (await shared.call("PUT", "fork/nonsense", wish)).status == 404
        assert (await shared.call("PUT", f"fork/{room}", {"title": 1})).status == 400


@pytest.mark.spec("HOST-12")
@pytest.mark.parametrize("name", ["two words.ipynb", "100%25.ipynb"])
async def test_a_path_that_was_quoted_twice(shared: Server, name: str, path: str) -> None:
    (shared.root / name).write_bytes((shared.root / path).read_bytes())
    room, _ = await shared.room(name)
    for quoted in (quote(name), quote(quote(name))):
        answer = await shared.call("GET", f"timeline/{quoted}?format=json&&type=notebook")
        assert (answer.status, answer.body.get("roomId")) == (200, room)
