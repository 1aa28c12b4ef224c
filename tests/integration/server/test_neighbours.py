"""Other extensions on the server, other servers on the root, other programs as clients."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.integration.server.client import editing, entering
from tests.integration.server.host import ANA, BO, serving
from tests.unit.engine.door_bench import eventually

_PROBE = """
from jupyter_server.base.handlers import APIHandler

BASE = "https://schema.jupyter.org/jupyter_collaboration"
seen = []


class Probe(APIHandler):
    async def get(self, what):
        access = self.settings["jupyter_server_ydoc"]
        assert access is self.settings["jupyter_tandem"]
        room_id = self.get_query_argument("room")
        if what == "events":
            return self.finish({"seen": seen})
        copy = what == "copy"
        create = self.get_query_argument("create", "") == "1"
        model = await access.get_document(room_id=room_id, copy=copy, create=create)
        if model is None:
            return self.finish({"cells": None})
        if what == "edit":
            source = model.ycells[0]["source"]
            source += " # probe"
        self.finish({"cells": [c["source"] for c in model.get()["cells"]]})


def _jupyter_server_extension_points():
    return [{"module": "probe"}]


def _load_jupyter_server_extension(serverapp):
    async def listen(logger, schema_id, data):
        seen.append([schema_id, data])

    for name in ("session", "awareness", "fork"):
        serverapp.event_logger.add_listener(schema_id=f"{BASE}/{name}/v1", listener=listen)
    serverapp.web_app.add_handlers(".*$", [(r"/probe/(.*)", Probe)])
"""

_RIVAL = """
def _jupyter_server_extension_points():
    return [{"module": "jupyter_server_documents"}]


def _load_jupyter_server_extension(serverapp):
    pass
"""


@pytest.mark.spec("HOST-9", "HOST-10")
async def test_other_extensions_read_edit_and_listen(tmp_path: Path) -> None:
    (tmp_path / "probe.py").write_text(_PROBE)
    # After jupyter_tandem in the alphabet is where extensions find its schemas registered.
    (tmp_path / "probe_late.py").write_text(_PROBE.replace('"probe"', '"probe_late"'))
    async with serving(tmp_path, extensions={"probe_late": True}) as server:
        server.write_notebook("n.ipynb", "x = 1")
        room, session = await server.room("n.ipynb")
        shut = await server.call("GET", "/probe/copy?room=json:notebook:unknown")
        assert shut.body == {"cells": None}
        async with editing(server, "n.ipynb") as ana:
            copy = await server.call("GET", f"/probe/copy?room={room}")
            assert copy.body == {"cells": ["x = 1"]}
            await server.call("GET", f"/probe/edit?room={room}")
            await ana.until(lambda: ana.sources() == ["x = 1 # probe"])
            assert await ana.save(1) == "success"
        fork = await server.call("PUT", f"fork/{room}", {"title": "t"}, token=BO)
        await server.call("DELETE", f"fork/{fork.body['fork_roomid']}?merge=false")
        wanted = {
            *(("session", action) for action in ("initialize", "save")),
            *(("awareness", action) for action in ("join", "leave")),
            *(("fork", action) for action in ("create", "delete")),
        }
        seen: list[Any] = []
        async with asyncio.timeout(60):
            while not wanted <= {(s.split("/")[-2], data.get("action")) for s, data in seen}:
                seen = (await server.call("GET", f"/probe/events?room={room}")).body["seen"]
        session_event = next(d for s, d in seen if s.endswith("session/v1"))
        assert session_event["path"] == "n.ipynb"
        assert session_event["room"] == room
        joined = next(d for s, d in seen if s.endswith("awareness/v1"))
        assert joined["username"] == "ana"
        assert not [line for line in server.log if "Traceback" in line]
        assert session


@pytest.mark.spec("HOST-13")
async def test_start_up_says_so_when_a_rival_is_on(tmp_path: Path) -> None:
    (tmp_path / "jupyter_server_documents.py").write_text(_RIVAL)
    async with serving(tmp_path, extensions={"jupyter_server_documents": True}) as server:
        told = [line for line in server.log if "claims the same addresses" in line]
        assert told
        assert "jupyter_server_documents" in told[0]


@pytest.mark.spec("HOST-6")
async def test_two_servers_on_one_root(tmp_path: Path) -> None:
    async with serving(tmp_path, "one") as one, serving(tmp_path, "two") as two:
        one.write_notebook("n.ipynb", "x = 1")
        async with editing(one, "n.ipynb") as ana, editing(two, "n.ipynb", token=BO) as bo:
            assert ana.sources() == bo.sources() == ["x = 1"]
            bo.append(0, " # ignored")
            await bo.flush()
            assert await bo.save(1) == "failed"
            ana.append(0, " # ana")
            await ana.flush()
            await bo.until(lambda: "# ana" in bo.sources()[0])
            assert await ana.save(1) == "success"
            assert "ignored" not in (one.root / "n.ipynb").read_text()
            await two.logged(str(one.port))
        room, session = await two.room("n.ipynb")
        async with entering(two, room, session, token=BO) as bo:
            await bo.synced.wait()
            await one.stop()
            assert (await bo.closed())[0] == 1001
        async with editing(two, "n.ipynb", token=BO) as bo:
            bo.append(0, " # bo")
            await bo.flush()
            assert await bo.save(2) == "success"
            assert bo.sources() == ["x = 1 # ana # bo"]
        assert "# ana # bo" in (one.root / "n.ipynb").read_text()


async def test_jupyter_nbmodel_client_unchanged(tmp_path: Path) -> None:
    from jupyter_nbmodel_client import NbModelClient, get_jupyter_notebook_websocket_url

    async with serving(tmp_path) as server:
        server.write_notebook("n.ipynb", "x = 1")
        url = await asyncio.to_thread(
            get_jupyter_notebook_websocket_url, server.url, "n.ipynb", ANA
        )
        async with editing(server, "n.ipynb", token=BO) as bo, NbModelClient(url) as program:
            assert program[0]["source"] == "x = 1"
            program.add_code_cell("print('from a program 🤖')")
            program.set_cell_source(0, "x = 2")
            wanted = ["x = 2", "print('from a program 🤖')"]
            await bo.until(lambda: bo.sources() == wanted)
            bo.append(1, "\n# and a person")
            await bo.flush()
            await eventually(lambda: program[1]["source"].endswith("# and a person"))
            assert await bo.save(1) == "success"
        written = json.loads((server.root / "n.ipynb").read_text())
        assert "".join(written["cells"][1]["source"]).endswith("# and a person")


@pytest.mark.slow
async def test_the_demo_gives_each_person_a_link_and_keeps_everything(tmp_path: Path) -> None:
    for ending in (signal.SIGINT, signal.SIGTERM):
        demo, lines = await _demo(tmp_path)
        links = [line.strip() for line in lines if "http://" in line]
        assert len(links) == len(set(links)) == 2
        names = [await asyncio.to_thread(_name, link) for link in links]
        assert names == ["Ada Lovelace", "Grace Hopper"]
        demo.send_signal(ending)
        assert demo.stdout is not None
        rest = await asyncio.wait_for(demo.stdout.read(), 60)
        assert await demo.wait() == 0, rest.decode()
        assert b"Everything is saved" in rest
        assert len(list((tmp_path / "data" / "tandem").iterdir())) == 1, ending
    assert (tmp_path / "tandem-demo" / "Two in one notebook.ipynb").exists()


@pytest.mark.slow
async def test_no_server_outlives_its_demo(tmp_path: Path) -> None:
    demo, lines = await _demo(tmp_path)
    server = psutil.Process(int(lines[-1].rpartition(" ")[2]))
    demo.kill()
    await demo.wait()
    await asyncio.to_thread(server.wait, 60)


@pytest.mark.slow
async def test_a_demo_whose_server_was_killed_says_so(tmp_path: Path) -> None:
    demo, lines = await _demo(tmp_path)
    psutil.Process(int(lines[-1].rpartition(" ")[2])).kill()
    assert demo.stdout is not None
    rest = await asyncio.wait_for(demo.stdout.read(), 60)
    assert await demo.wait() == 1
    assert b"Start it again" in rest


async def _demo(home: Path) -> tuple[asyncio.subprocess.Process, list[str]]:
    """A demo that is up, and what it has printed; the last line ends with the server's process id."""
    demo = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "jupyter_tandem.hosts.demo",
        cwd=home,
        env={
            "JUPYTER_DATA_DIR": str(home / "data"),
            "JUPYTER_CONFIG_DIR": str(home / "config"),
            "JUPYTER_RUNTIME_DIR": str(home / "data" / "runtime"),
            "HOME": str(home),
            "PATH": "",
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert demo.stdout is not None
    lines: list[str] = []
    while not lines or "kill -9" not in lines[-1]:
        line = await asyncio.wait_for(demo.stdout.readline(), 180)
        assert line, lines
        lines.append(line.decode().rstrip())
    return demo, lines


def _name(link: str) -> str:
    import urllib.request

    base, token = link.split("/lab", maxsplit=1)[0], link.split("token=")[1]
    with urllib.request.urlopen(f"{base}/api/me?token={token}", timeout=60) as response:
        return str(json.load(response)["identity"]["name"])
