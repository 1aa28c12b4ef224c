"""How long a large notebook keeps everybody else waiting, at everything that is done with it.

python -m benchmarks.stops [--megabytes 50] [--cells 500]

Milliseconds of the longest stop of the event loop of a real server (:mod:`benchmarks.heartbeat`), by what was done; those
below ten count as none.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, Final

import uvloop
from pycrdt import Array, Doc, Map

from benchmarks.heartbeat import FILE
from benchmarks.jupyter import Jupyter, running
from benchmarks.peer import Peer, content, joined
from jupyter_tandem.protocol import frames as f

NAME: Final = "large.ipynb"
_LINE: Final = "lorem ipsum dolor\n"
_HOURS: Final = 12_000
"""Letters that take some hours to type: a few more than a journal takes before it is shortened."""

_SHORTENED_S: Final = 45.0
"""Every half a minute it is looked which journals are due."""

_LETTER_S: Final = 0.002

_CONFIG: Final = {"ServerApp": {"jpserver_extensions": {"benchmarks.heartbeat": True}}}


async def stops(*, quick: bool = False) -> dict[str, float]:
    """Those of 50 MB in 500 and in 10,000 cells."""
    found: dict[str, float] = {}
    for megabytes, cells in ((10, 500),) if quick else ((50, 500), (50, 10_000)):
        figures = await of(megabytes, cells)
        found |= {f"mb{megabytes}_cells{cells}_{name}_ms": ms for name, ms in figures.items()}
    return found


async def of(megabytes: float, cells: int) -> dict[str, float]:
    """Those of one notebook."""
    async with running(_CONFIG) as server:
        life = _Life(server, cells)
        server.write(NAME, json.dumps(notebook(megabytes, cells), indent=1))
        await life.live()
        return life.longest_ms


class _Life:
    """What is done with a notebook, and the longest stop meanwhile."""

    def __init__(self, server: Jupyter, cells: int) -> None:
        self._server = server
        self._cells = cells
        self._read = 0
        self.longest_ms: dict[str, float] = {}

    async def live(self) -> None:
        server, during = self._server, self._during
        await asyncio.sleep(1.0)
        self._news()
        address = await server.session(NAME)
        writer = await during("open", joined(server.room(address)), 6.0)
        copy = Copy(writer)
        await during("first_save", copy.save(copy.type), 3.0)
        await during("save", copy.save(copy.type), 3.0)
        await during("save_all", copy.save(copy.describe), 3.0)
        # Behind it the journal is shortened while the notebook stays open (ROOM-43).
        await during("typed_for_hours", copy.type_on(_HOURS), _SHORTENED_S)
        late = await during("late", joined(server.room(address)), 2.0)
        await during("merge", self._change_outside(late), 4.0)
        await self._look_back(address)
        await self._fork(address)
        await self._run(address)
        for peer in (writer, late):
            peer.leave()
        await asyncio.sleep(2.0)
        await server.kill()
        await server.start()
        address = await server.session(NAME)
        await asyncio.sleep(1.0)
        self._news()
        await during("reopen", joined(server.room(address)), 12.0)

    async def _change_outside(self, reader: Peer) -> None:
        found = json.loads(self._server.read(NAME))
        found["cells"][5]["source"] = "changed = 'outside'\n"
        before = len(reader.arrived)
        self._server.write(NAME, json.dumps(found, indent=1))
        await _until(lambda: len(reader.arrived) > before)

    async def _look_back(self, address: str) -> None:
        server, room = self._server, address.split("?", maxsplit=1)[0]
        timeline = f"api/collaboration/timeline/{NAME}?format=json&&type=notebook"
        found = await self._during("timeline", server.ask("GET", timeline), 1.0)
        shown = server.room(f"{found['forkRoom']}?sessionId={found['sessionId']}")
        await joined(shown)
        move = f"api/collaboration/undo_redo/{room}?forkRoom={found['forkRoom']}&&action="
        await self._during("earlier", server.ask("PUT", f"{move}undo&&steps=1"), 1.0)
        await self._during("earlier_late", joined(shown), 1.0)
        await self._during("restore", server.ask("PUT", f"{move}restore"), 3.0)

    async def _fork(self, address: str) -> None:
        server, room = self._server, address.split("?", maxsplit=1)[0]
        body = {"title": "", "description": "", "synchronize": True}
        made = server.ask("PUT", f"api/collaboration/fork/{room}", body)
        fork = await self._during("fork", made, 1.0)
        shown = server.room(f"{fork['fork_roomid']}?sessionId={fork['sessionId']}")
        copied = Copy(await joined(shown))
        await copied.type()
        await asyncio.sleep(6.0)
        self._news()
        await self._during("fork_late", joined(shown), 1.0)

    async def _run(self, address: str) -> None:
        server, room = self._server, address.split("?", maxsplit=1)[0]
        session = {"path": NAME, "type": "notebook", "name": NAME, "kernel": {"name": "python3"}}
        kernel = (await server.ask("POST", "api/sessions", session))["kernel"]["id"]
        await asyncio.sleep(4.0)
        self._news()
        for name, cell in (("run", "c10"), ("run_again", f"c{self._cells - 5}")):
            body = {"cell_id": cell, "document_id": room}
            asked = server.ask("POST", f"api/kernels/{kernel}/execute", body)
            await self._during(name, asked, 2.0)

    async def _during(self, name: str, work: Awaitable[Any], rest_s: float) -> Any:
        """Note the longest stop until ``rest_s`` after ``work``."""
        result = await work
        await asyncio.sleep(rest_s)
        self.longest_ms[name] = self._news()
        return result

    def _news(self) -> float:
        lines = self._server.beside(FILE).read_text().splitlines()
        new, self._read = lines[self._read :], len(lines)
        return max(map(float, new), default=0.0)


class Copy:
    """What somebody has of the notebook, who edits it."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._doc: Doc[Any] = Doc()
        self._doc.apply_update(content(peer))
        # The library counts from the first cell to find one.
        self._source = self._doc.get("cells", type=Array)[1]["source"]

    async def type(self) -> None:
        await self._edit(lambda: self._source.insert(len(self._source), "# typed"))

    async def type_on(self, count: int) -> None:
        """So many letters, each for itself: those of one turn of the server's loop become one entry."""
        for _ in range(count):
            before = self._doc.get_state()
            self._source.insert(len(self._source), "x")
            self._peer.send(f.encode(f.Update(self._doc.get_update(before))))
            await asyncio.sleep(_LETTER_S)

    async def describe(self) -> None:
        """Change what is no cell: everything is written then."""
        await self._edit(self._put_metadata)

    async def save(self, edit: Callable[[], Awaitable[None]]) -> None:
        await edit()
        await self._peer.save()

    def _put_metadata(self) -> None:
        self._doc.get("meta", type=Map)["metadata"]["described"] = "yes"

    async def _edit(self, edit: Callable[[], object]) -> None:
        before = self._doc.get_state()
        edit()
        self._peer.send(f.encode(f.Update(self._doc.get_update(before))))
        await asyncio.sleep(0.05)


async def _until(holds: Callable[[], bool]) -> None:
    for _ in range(1_200):
        if holds():
            return
        await asyncio.sleep(0.05)
    raise TimeoutError("it did not happen within a minute")


def notebook(megabytes: float, cells: int) -> dict[str, Any]:
    text = _LINE * int(megabytes * 1e6 / cells / len(_LINE))
    output = {"output_type": "stream", "name": "stdout", "text": text}
    made = [
        {
            "id": f"c{number}",
            "cell_type": "code",
            "execution_count": number,
            "metadata": {},
            "source": f"x = {number}\n",
            "outputs": [output],
        }
        for number in range(cells)
    ]
    return {"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stops", description=__doc__)
    parser.add_argument("--megabytes", type=float, default=50)
    parser.add_argument("--cells", type=int, default=500)
    options = parser.parse_args()
    print(json.dumps(uvloop.run(of(options.megabytes, options.cells)), indent=2))


if __name__ == "__main__":
    main()
