"""A notebook with 100 MB of outputs, which are kept beside its document: opened, looked at, and what it costs."""

from __future__ import annotations

import asyncio
import json
import random
import time
from typing import Any

import psutil

from benchmarks.document import NOTEBOOK
from benchmarks.jupyter import Jupyter, running
from benchmarks.peer import Peer, content, joined
from jupyter_tandem.core.big_output import BIG_OUTPUT_BYTES, without_big
from jupyter_tandem.core.content import normalise
from jupyter_tandem.core.document import Document, seed

_FETCHES = "&tandem=1&outputs=fetch"
_OUTPUT_BYTES = 1_000_000
_ROOMS = 100
_PAUSE_S = 3.0


async def big_outputs(*, quick: bool = False) -> dict[str, float]:
    """Seconds to the content on the wire and megabytes of the room, next to the same notebook without outputs.

    ``first`` opens the file, ``journal`` opens the document after a restart, ``stock`` is a client that gets
    everything in the document.
    """
    count = 10 if quick else 100
    found: dict[str, float] = {"bare_kb_per_room": _room_kb(0), "big_kb_per_room": _room_kb(1)}
    for case, outputs in (("bare", 0), ("big", 1)):
        async with running() as server:
            # What the first document costs, whatever is in it.
            (await _open(server, "warm.ipynb", json.dumps(_notebook(1, 0))))[0].leave()
            await asyncio.sleep(_PAUSE_S)
            text = json.dumps(_notebook(count, outputs))
            before = server.process.rss_bytes()
            peer, first_s = await _open(server, "big.ipynb", text)
            await asyncio.sleep(_PAUSE_S)
            found[f"{case}_first_s"] = first_s
            found[f"{case}_first_mb"] = (server.process.rss_bytes() - before) / 1e6
            found[f"{case}_wire_kb"] = len(content(peer)) / 1e3
            peer.leave()
            found |= {f"{case}_{key}": value for key, value in (await _again(server)).items()}
    return found


def _room_kb(outputs: int) -> float:
    """Memory of a document with a hundred cells, each with so many big outputs."""
    content = normalise(NOTEBOOK, _notebook(_ROOMS, outputs))
    light = without_big(content, "json:notebook:" + "0" * 36, BIG_OUTPUT_BYTES, lambda *_: None)
    state = seed(NOTEBOOK, light, 1)
    before = psutil.Process().memory_info().rss
    documents = [Document(NOTEBOOK, number) for number in range(2, _ROOMS + 2)]
    for document in documents:
        document.load([state])
    after = psutil.Process().memory_info().rss
    for document in documents:
        document.close()
    return (after - before) / _ROOMS / 1e3


async def _again(server: Jupyter) -> dict[str, float]:
    """After a restart, for a front end that fetches and for a stock one."""
    await server.stop()
    await server.start()
    (await _open(server, "warm.ipynb"))[0].leave()
    await asyncio.sleep(_PAUSE_S)
    before = server.process.rss_bytes()
    peer, journal_s = await _open(server, "big.ipynb")
    await asyncio.sleep(_PAUSE_S)
    journal_mb = (server.process.rss_bytes() - before) / 1e6
    started = time.perf_counter()
    stock = await joined(server.room(await server.session("big.ipynb")))
    stock_s = time.perf_counter() - started
    stock_mb = len(content(stock)) / 1e6
    for one in (peer, stock):
        one.leave()
    return {
        "journal_s": journal_s,
        "journal_mb": journal_mb,
        "stock_s": stock_s,
        "stock_wire_mb": stock_mb,
    }


async def _open(server: Jupyter, name: str, text: str | None = None) -> tuple[Peer, float]:
    """Somebody who fetches outputs, and how long it took until the content was there."""
    started = time.perf_counter()
    address = await (server.session(name) if text is None else server.new_file(name, text))
    peer = await joined(server.room(address + _FETCHES))
    return peer, time.perf_counter() - started


def _notebook(count: int, outputs: int) -> dict[str, Any]:
    """So many cells with so many pictures each."""
    chance = random.Random(1)
    cells = [
        {
            "id": f"c{number}",
            "cell_type": "code",
            "source": f"draw({number})",
            "metadata": {},
            "execution_count": number,
            "outputs": [_picture(chance) for _ in range(outputs)],
        }
        for number in range(count)
    ]
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def _picture(chance: random.Random) -> dict[str, Any]:
    data = {"image/png": chance.randbytes(_OUTPUT_BYTES // 2).hex(), "text/plain": "<Figure>"}
    return {"output_type": "display_data", "metadata": {}, "data": data}
