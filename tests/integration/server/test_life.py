"""A server's start and end, as its clients see them."""

from __future__ import annotations

import contextlib
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
from tests.integration.server.host import BO, Server, serving
from tests.integration.sharing.owner import Owner


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    async with serving(tmp_path, TandemApp={"access_check_s": 0.2}) as running:
        running.write_notebook("n.ipynb", "x = 1", "y = 'grüße 🌲'")
        (running.root / "a.txt").write_text("one\n")
        yield running


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
        assert await server.stop(0) == 0
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


@pytest.mark.spec("HOST-7")
async def test_a_server_that_cannot_save_everything_in_time_ends_all_the_same(
    tmp_path: Path,
) -> None:
    """What it does not write into files any more is in the journal."""
    names = [f"n{number}.ipynb" for number in range(40)]
    async with serving(tmp_path, TandemApp={"stop_s": 0.001}) as server:
        async with contextlib.AsyncExitStack() as people:
            for name in names:
                server.write_notebook(name, "x")
                ana = await people.enter_async_context(editing(server, name))
                ana.append(0, " typed")
                await ana.flush()
                await ana.arrived()
            assert await server.stop() == 0
        assert any("Saving took longer" in line for line in server.log)
        await server.start()
        for name in names:
            async with editing(server, name) as ana:
                await ana.until(lambda ana=ana: ana.sources() == ["x typed"])


@pytest.mark.spec("HOST-19", "AUDIT-11")
async def test_where_nothing_is_shared_there_is_no_database_of_shares(tmp_path: Path) -> None:
    async with serving(tmp_path, one_token=True) as server:
        server.write_notebook("n.ipynb", "x = 1")

        def loaded() -> bool:
            assert server.process is not None
            return "sqlalchemy" in Path(f"/proc/{server.process.pid}/maps").read_text()

        def files() -> list[Path]:
            return list(server.home.rglob("sharing.sqlite3"))

        async with editing(server, "n.ipynb") as ana:
            ana.append(0, "!")
            await ana.flush()
            assert await ana.save(1) == "success"
            assert (files(), loaded()) == ([], False)
            owner = Owner(server)
            await owner.link("n.ipynb", role="viewer")
            assert len(files()) == 1
            assert loaded()
        assert (await owner.audit())[0]["kind"] == "link.made"
