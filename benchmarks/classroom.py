"""A class: everybody is in one room, and everybody types."""

from __future__ import annotations

import asyncio
import random
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import Final

from benchmarks.fanout import Measured
from benchmarks.floor import floor
from benchmarks.jupyter import running
from benchmarks.peer import PATIENCE_S, Peer, Typist, connected, joined, updates_of
from jupyter_tandem.protocol.update import inspect

RATE: Final = 8.0
"""Characters a second of each: somebody who types fast and does not pause."""

SIZES: Final = (30, 60, 100)
QUICK_SIZES: Final = (30,)
SECONDS: Final = 3.0
_CLIENTS: Final = 1_000_000_000
_CALM_S: Final = 1.0


async def classroom(*, quick: bool = False) -> dict[str, float]:
    """Rooms of 30, 60 and 100 who all type: server CPU per delivery and delays, Tandem and the floor in turn."""
    found: dict[str, float] = {}
    async with running() as tandem, floor() as bare:
        for size in QUICK_SIZES if quick else SIZES:
            url = tandem.room(await tandem.new_file(f"class-{size}.txt", ""))
            ours = await _lesson(tandem.process, partial(joined, url), size)
            bare_url = bare.room(f"class-{size}")
            theirs = await _lesson(bare, partial(connected, bare_url), size)
            found |= {f"{size}_{key}": value for key, value in ours.items()}
            found |= {f"{size}_floor_{key}": value for key, value in theirs.items()}
    return found


async def _lesson(
    server: Measured, enter: Callable[[], Awaitable[Peer]], size: int
) -> dict[str, float]:
    people = [await enter() for _ in range(size)]
    typists = [Typist(_CLIENTS + number) for number in range(size)]
    await asyncio.sleep(_CALM_S)
    cpu_s = server.cpu_s()
    sent = await _type(people, typists)
    await asyncio.wait_for(_quiet(people), PATIENCE_S)
    spent_s = server.cpu_s() - cpu_s
    latencies = sorted(_latencies(people, sent))
    for person in people:
        person.leave()
    return {
        "us_per_delivery": spent_s / len(latencies) * 1e6,
        "p50_ms": statistics.median(latencies) * 1e3,
        "p99_ms": latencies[int(0.99 * len(latencies))] * 1e3,
    }


async def _type(people: list[Peer], typists: list[Typist]) -> dict[int, list[float]]:
    """Everybody types for some seconds, each in a rhythm of their own; when each character of whom was sent."""
    edits = round(RATE * SECONDS)
    frames = [typist.make(edits) for typist in typists]
    chance = random.Random(1)
    begins = [chance.random() / RATE for _ in people]
    due = sorted(
        (begins[number] + clock / RATE, number, clock)
        for number in range(len(people))
        for clock in range(edits)
    )
    sent: dict[int, list[float]] = {typist.client: [] for typist in typists}
    started = time.perf_counter()
    for at, number, clock in due:
        wait_s = started + at - time.perf_counter()
        if wait_s > 0:
            await asyncio.sleep(wait_s)
        sent[typists[number].client].append(time.perf_counter())
        people[number].send(frames[number][clock])
    return sent


async def _quiet(people: list[Peer]) -> None:
    """Return when nobody has been told anything for a while."""
    while True:
        calm_s = time.perf_counter() - max(person.arrived[-1] for person in people)
        if calm_s >= _CALM_S:
            return
        await asyncio.sleep(_CALM_S - calm_s)


def _latencies(people: list[Peer], sent: dict[int, list[float]]) -> Iterator[float]:
    """Of every character to everybody but its author.

    Raises:
        AssertionError: somebody was not told all of it.
    """
    told: dict[bytes, dict[int, int]] = {}
    for number, person in enumerate(people):
        known = dict.fromkeys(sent, 0)
        for frame, arrived in zip(person.frames, person.arrived, strict=True):
            if frame not in told:
                [update] = updates_of([frame])
                # The server itself notes things about the file in the document.
                blocks = inspect(update).blocks.items()
                told[frame] = {client: end for client, (_, end) in blocks if client in sent}
            for client, end in told[frame].items():
                # What comes in one frame arrives together.
                for clock in range(known[client], end):
                    yield arrived - sent[client][clock]
                known[client] = max(known[client], end)
        del known[_CLIENTS + number]
        if any(end != len(sent[client]) for client, end in known.items()):
            raise AssertionError("somebody was not told all that the others typed")
