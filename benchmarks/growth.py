"""How cost grows: with the number of rooms, and with the number of connections in one room."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import replace

from benchmarks.fanout import Gathering, on_tandem, typing
from benchmarks.jupyter import Jupyter, running
from benchmarks.peer import content, joined

STEPS = (1, 10, 100, 1_000)
QUICK_STEPS = (1, 10, 100)
SETTLE_S = 1.0
_ROOM_EDITS = 12
_ROOM_RATE = 4.0
_CROWD_EDITS = 40
_CROWD_RATE = 20.0


class Unmeasured:
    """Stands for a server where all rooms are measured together."""

    def cpu_s(self) -> float:
        return 0.0


async def rooms(*, quick: bool = False) -> dict[str, float]:
    """CPU of four edits a second in each room for three seconds, and memory, by the number of rooms of two people."""
    _allow_connections()
    found: dict[str, float] = {}
    async with running() as server, AsyncExitStack() as stack:
        await server.process.settle()
        before = server.process.rss_bytes()
        open_rooms: list[Gathering] = []
        for count in QUICK_STEPS if quick else STEPS:
            for number in range(len(open_rooms), count):
                context = on_tandem(server, f"{number}.txt", 1)
                room = await stack.enter_async_context(context)
                open_rooms.append(replace(room, server=Unmeasured()))
            await asyncio.sleep(SETTLE_S)
            found[f"n{count}_mb"] = (server.process.rss_bytes() - before) / 1e6
            cpu_s = server.process.cpu_s()
            await asyncio.gather(*(typing(room, _ROOM_RATE, _ROOM_EDITS) for room in open_rooms))
            found[f"n{count}_cpu_s"] = server.process.cpu_s() - cpu_s
    return found | linearity(found)


async def connections(*, quick: bool = False) -> dict[str, float]:
    """CPU of twenty edits a second for two seconds, and memory, by the number of readers of one room."""
    _allow_connections()
    found: dict[str, float] = {}
    async with running() as server, on_tandem(server, "crowd.txt", 0) as gathering:
        await server.process.settle()
        before = server.process.rss_bytes()
        for count in QUICK_STEPS if quick else STEPS:
            await _grow(server, gathering, count)
            await asyncio.sleep(SETTLE_S)
            found[f"n{count}_mb"] = (server.process.rss_bytes() - before) / 1e6
            found[f"n{count}_cpu_s"] = (await typing(gathering, _CROWD_RATE, _CROWD_EDITS)).cpu_s
    return found | linearity(found)


def linearity(found: Mapping[str, float]) -> dict[str, float]:
    """What one more costs between the two highest counts, in terms of what it cost from the lowest to the second highest.

    1 is proportional, apart from what the first one costs; 0 where nothing could be measured.
    """
    counts = sorted(int(key[1:].split("_")[0]) for key in found if key.endswith("cpu_s"))
    low, middle, high = counts[0], counts[-2], counts[-1]
    result = {}
    for figure in ("cpu_s", "mb"):
        first, second, third = (found[f"n{count}_{figure}"] for count in (low, middle, high))
        before = (second - first) / (middle - low)
        result[f"{figure}_of_one_more"] = (
            (third - second) / (high - middle) / before if before > 0 else 0.0
        )
    return result


async def _grow(server: Jupyter, gathering: Gathering, count: int) -> None:
    """More readers. What they missed they got with the answer; what follows is measured."""
    for reader in gathering.readers:
        reader.leave()
    gathering.readers.clear()
    room = server.room(await server.session("crowd.txt"))
    while len(gathering.readers) < count:
        some = min(50, count - len(gathering.readers))
        gathering.readers += await asyncio.gather(*(joined(room) for _ in range(some)))
    gathering.before = content(gathering.readers[0])


def _allow_connections() -> None:
    """A thousand rooms of two need more files than systems allow at first."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < 8_192:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(8_192, hard), hard))
