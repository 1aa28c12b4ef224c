"""Large notebooks: opened for the first time and from the journal, by one and by twenty at once; saved again."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

from pycrdt import Array, Doc, get_update

from benchmarks.document import notebook
from benchmarks.jupyter import Jupyter, running
from benchmarks.peer import Peer, content, joined
from jupyter_tandem.protocol import frames as f

CROWD = 20
NAME = "large.ipynb"
UNSEEN = "unseen.ipynb"


async def opening(*, quick: bool = False) -> dict[str, float]:
    """Seconds to the whole content, those of the server's processor, and peak memory, for 1, 10 and 50 MB."""
    found: dict[str, float] = {}
    for megabytes in (1, 10) if quick else (1, 10, 50):
        async with running() as server:
            figures = await _of(server, megabytes)
        found |= {f"mb{megabytes}_{key}": value for key, value in figures.items()}
    return found


async def _of(server: Jupyter, megabytes: int) -> dict[str, float]:
    given = notebook(megabytes)
    for name in (NAME, UNSEEN):
        server.write(name, json.dumps(given))
    found = await _measured(server, "first", NAME, 1)
    writer = await joined(server.room(await server.session(NAME)))
    edit = _edit_of(content(writer), given)
    writer.send(f.encode(f.Update(edit)))
    found["save_s"] = await writer.save()
    if json.loads(server.read(NAME))["cells"][0]["source"][-1] != "# changed":
        raise AssertionError("what was typed is not in the file")
    writer.leave()
    for case, name, clients in (
        ("journal", NAME, 1),
        ("crowd", NAME, CROWD),
        ("first_crowd", UNSEEN, CROWD),
    ):
        await server.stop()
        await server.start()
        found |= await _measured(server, case, name, clients)
    return found


async def _measured(server: Jupyter, case: str, name: str, clients: int) -> dict[str, float]:
    """The last one served, from the question for the room on, and the peak of memory meanwhile."""
    await server.process.settle()
    before = server.process.rss_bytes()
    server.process.reset_peak()
    worked = server.process.cpu_s()
    started = time.perf_counter()
    room = server.room(await server.session(name))
    peers = await asyncio.gather(*(joined(room) for _ in range(clients)))
    elapsed = time.perf_counter() - started
    worked = server.process.cpu_s() - worked
    peak = server.process.peak_bytes()
    _check(peers)
    for peer in peers:
        peer.leave()
    return {
        f"{case}_s": elapsed,
        f"{case}_cpu_s": worked,
        f"{case}_before_mb": before / 1e6,
        f"{case}_peak_mb": peak / 1e6,
    }


def _check(peers: list[Peer]) -> None:
    """All of them got the same, and there is something in it."""
    if len({content(peer) for peer in peers}) != 1:
        raise AssertionError("two who opened at once were told different things")
    if len(_document(content(peers[0])).get("cells", type=Array)) < 1:
        raise AssertionError("the answer came before the content")


def _document(update: bytes) -> Doc[Any]:
    doc: Doc[Any] = Doc()
    doc.apply_update(update)
    return doc


def _edit_of(update: bytes, given: dict[str, Any]) -> bytes:
    """A line more in the first cell."""
    doc = _document(update)
    before = doc.get_state()
    cells = doc.get("cells", type=Array)
    if len(cells) != len(given["cells"]):
        raise AssertionError("not all cells came")
    source = cells[0]["source"]
    source.insert(len(source), "# changed")
    return get_update(doc.get_update(), before)
