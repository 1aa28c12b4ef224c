"""A large notebook is saved again and again, each time with one cell changed."""

from __future__ import annotations

import asyncio
import base64
import json
import random
import statistics
import time
from typing import Any

from pycrdt import Array, Doc

from benchmarks.document import notebook
from benchmarks.jupyter import Jupyter, running
from benchmarks.peer import Peer, content, joined
from jupyter_tandem.protocol import frames as f

SAVES = 7
NAME = "large.ipynb"
_ASK_S = 0.002


async def saving(*, quick: bool = False) -> dict[str, float]:
    """Seconds of the wall and of the server's processor for a save, and the longest wait for another answer meanwhile.

    For 10 and 50 MB of streams, of pictures, and with a fifth of it in sources; medians.
    """
    found: dict[str, float] = {}
    makers = {"streams": notebook, "pictures": _pictures, "sources": _sources}
    for megabytes in (10,) if quick else (10, 50):
        for name, make in makers.items():
            async with running() as server:
                figures = await _of(server, make(megabytes))
            found |= {f"mb{megabytes}_{name}_{key}": value for key, value in figures.items()}
    return found


async def _of(server: Jupyter, given: dict[str, Any]) -> dict[str, float]:
    server.write(NAME, json.dumps(given))
    writer = await joined(server.room(await server.session(NAME)))
    doc: Doc[Any] = Doc()
    doc.apply_update(content(writer))
    chance = random.Random(1)
    count = len(given["cells"])
    await asyncio.sleep(4)
    # The first one is whole.
    await _edited(writer, doc, 0, "# first")
    await writer.save()
    await server.process.settle()
    before = server.process.rss_bytes()
    server.process.reset_peak()
    walls, works, waits = [], [], []
    for number in range(SAVES):
        place = chance.randrange(count)
        await _edited(writer, doc, place, f"# changed {number}")
        worked = server.process.cpu_s()
        asking = asyncio.ensure_future(_longest_wait(server))
        walls.append(await writer.save())
        asking.cancel()
        works.append(server.process.cpu_s() - worked)
        waits.append((await asyncio.gather(asking))[0])
        if f"# changed {number}" not in server.read(NAME):
            raise AssertionError("what was typed is not in the file")
    peak = server.process.peak_bytes()
    writer.leave()
    return {
        "s": statistics.median(walls),
        "cpu_s": statistics.median(works),
        "wait_ms": statistics.median(waits) * 1e3,
        "more_mb": (peak - before) / 1e6,
        "before_mb": before / 1e6,
    }


async def _edited(writer: Peer, doc: Doc[Any], place: int, text: str) -> None:
    before = doc.get_state()
    source = doc.get("cells", type=Array)[place]["source"]
    source.insert(len(source), text)
    writer.send(f.encode(f.Update(doc.get_update(before))))
    await asyncio.sleep(0.02)


async def _longest_wait(server: Jupyter) -> float:
    """The longest that the server let a small question wait."""
    longest = 0.0
    try:
        while True:
            started = time.perf_counter()
            await server.ping()
            longest = max(longest, time.perf_counter() - started)
            await asyncio.sleep(_ASK_S)
    except asyncio.CancelledError:
        return longest


def _pictures(megabytes: float) -> dict[str, Any]:
    """One picture of 50 kB a cell."""
    made = notebook(megabytes)
    chance = random.Random(2)
    for cell in made["cells"]:
        picture = base64.b64encode(chance.randbytes(37_500)).decode()
        data = {"image/png": picture, "text/plain": "<Figure>"}
        cell["outputs"] = [{"output_type": "display_data", "data": data, "metadata": {}}]
    return made


def _sources(megabytes: float) -> dict[str, Any]:
    """Ten kilobytes of source in each cell, and a picture."""
    made = _pictures(megabytes)
    chance = random.Random(3)
    for cell in made["cells"]:
        lines = (f"value_{chance.randrange(10**6)} = {chance.random()}" for _ in range(300))
        cell["source"] = "\n".join(lines)
    return made
