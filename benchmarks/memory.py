"""What rooms and connections keep of a server's memory and time while nothing happens."""

from __future__ import annotations

import asyncio
import time

from benchmarks.jupyter import running
from benchmarks.peer import joined

IDLE_S = 4.0
_FORGOTTEN_S = 7.0
"""Until a room has given back what it keeps for those who open it right after each other."""

_FIRST_CONNECTIONS = 100
"""These take the memory that opening the rooms has left free in the process."""

_CONNECTIONS = 400


async def memory(*, quick: bool = False) -> dict[str, float]:
    """Kilobytes per room of 20 kB with one connection and per further connection, cores when idle, rooms opened per second."""
    rooms = 50 if quick else 200
    async with running() as server:
        peers = [await joined(server.room(await server.new_file("warm.txt", "x")))]
        await server.process.settle()
        before = server.process.rss_bytes()
        started = time.perf_counter()
        for number in range(rooms):
            room = await server.new_file(f"{number}.txt", "x" * 20_000)
            peers.append(await joined(server.room(room)))
        opened_s = time.perf_counter() - started
        await asyncio.sleep(_FORGOTTEN_S)
        after = server.process.rss_bytes()
        cpu_s, started = server.process.cpu_s(), time.perf_counter()
        await asyncio.sleep(IDLE_S)
        idle = (server.process.cpu_s() - cpu_s) / (time.perf_counter() - started)
        crowd = server.room(await server.session("0.txt"))
        peers += [await joined(crowd) for _ in range(_FIRST_CONNECTIONS)]
        await asyncio.sleep(1)
        before_more = server.process.rss_bytes()
        peers += [await joined(crowd) for _ in range(_CONNECTIONS)]
        await asyncio.sleep(1)
        further = server.process.rss_bytes() - before_more
        for peer in peers:
            peer.leave()
    return {
        "kb_per_room": (after - before) / rooms / 1e3,
        "kb_per_connection": further / _CONNECTIONS / 1e3,
        "idle_cpu_cores": idle,
        "opened_per_s": rooms / opened_s,
    }
