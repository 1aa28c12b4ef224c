"""Ceiling: how many edits a second a server carries, over rooms of one writer and nine readers, before they come late."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass, field
from functools import partial

from benchmarks.fanout import Gathering, on_floor, on_tandem
from benchmarks.floor import floor
from benchmarks.jupyter import running
from benchmarks.peer import PATIENCE_S, reached, text_of, updates_of

READERS = 9
LATE_S = 0.1
SECONDS = 1.0
START = 3_200
HIGHEST = 60_000
_TICK_S = 0.001
_HALVINGS = 1

_MANY = 100

Opening = Callable[[str, int], AbstractAsyncContextManager[Gathering]]


@dataclass(slots=True)
class Load:
    """Edits that were made ahead of time, for all rooms in turn.

    Attributes:
        sent: When each edit of each room was handed to its connection.
    """

    rooms: Sequence[Gathering]
    frames: list[tuple[int, bytes]]
    sent: list[list[float]] = field(default_factory=list)

    @staticmethod
    def of(rooms: Sequence[Gathering], edits: int) -> Load:
        made = [room.typist.make(edits // len(rooms)) for room in rooms]
        frames = [
            (place, frame) for row in zip(*made, strict=True) for place, frame in enumerate(row)
        ]
        return Load(rooms, frames, [[] for _ in rooms])

    async def send(self, rate: float) -> None:
        """Hand all over at ``rate``, however slow the server is."""
        started = time.perf_counter()
        number = 0
        while number < len(self.frames):
            due = min(len(self.frames), int((time.perf_counter() - started) * rate) + 1)
            for place, frame in self.frames[number:due]:
                self.sent[place].append(time.perf_counter())
                self.rooms[place].writer.send(frame)
            number = due
            await asyncio.sleep(_TICK_S)

    async def arrived(self) -> bool:
        """Wait until everybody has all, at most as long as it took to send and a bit; whether they have."""
        end = time.perf_counter() + 2 * SECONDS
        for room in self.rooms:
            for reader in room.readers:
                while not reader.frames or (
                    reached(reader.frames[-1:], room.typist.client)[0] < room.typist.clock
                ):
                    if time.perf_counter() > end:
                        return False
                    await asyncio.sleep(0.01)
        return True

    def latencies_s(self) -> list[float]:
        """Of every edit of this load to every reader."""
        found = []
        for room, sent in zip(self.rooms, self.sent, strict=True):
            first = room.typist.clock - len(sent)
            for reader in room.readers:
                known = 0
                for arrived, end in zip(
                    reader.arrived, reached(reader.frames, room.typist.client), strict=True
                ):
                    found += [arrived - at for at in sent[max(0, known - first) : end - first]]
                    known = max(end, first)
        return found


async def carries(rooms: Sequence[Gathering], rate: float) -> bool:
    """Whether 99 of 100 edits at that rate, over all rooms, arrive within the limit, and all of them do.

    Raises:
        AssertionError: a reader holds something else than what was typed.
    """
    load = Load.of(rooms, int(rate * SECONDS))
    await load.send(rate)
    if not await load.arrived():
        return False
    for room in rooms:
        if text_of([room.before, *updates_of(room.readers[-1].frames)]) != room.typist.text():
            raise AssertionError("a reader holds something else than what was typed")
    latencies = sorted(load.latencies_s())
    return latencies[int(0.99 * len(latencies))] <= LATE_S


async def search(attempt: Callable[[float], Awaitable[bool]]) -> float:
    """The highest rate that was carried: doubled from the start, then once halved in between; 0 when the first was not.

    What fails is tried once more: another program's second of work is not the server's limit.
    """

    async def carried(rate: float) -> bool:
        return rate <= HIGHEST and (await attempt(rate) or await attempt(rate))

    low, high = 0.0, float(START)
    while await carried(high):
        low, high = high, high * 2
    for _ in range(_HALVINGS if low else 0):
        middle = (low + high) / 2
        if await carried(middle):
            low = middle
        else:
            high = middle
    return low


async def ceiling(*, quick: bool = False) -> dict[str, float]:
    """Edits a second with 1, 10 and 100 rooms, for Tandem and for the floor in turn."""
    found: dict[str, float] = {}
    for count in (10,) if quick else (1, 10, 100):
        found[f"rooms_{count}"] = await _tandem(count)
        found[f"rooms_{count}_floor"] = await _floor(count)
    return found


async def _tandem(count: int) -> float:
    async with running() as server:
        return await _search_in(partial(on_tandem, server), count)


async def _floor(count: int) -> float:
    async with floor() as server:
        return await _search_in(partial(on_floor, server), count)


async def _search_in(opened: Opening, count: int) -> float:
    """Each attempt in rooms of its own, unless they are so many that none of them grows."""
    async with AsyncExitStack() as whole:
        names = (f"{number}.txt" for number in itertools.count())
        kept = await _rooms(opened, names, whole, count) if count >= _MANY else []

        async def attempt(rate: float) -> bool:
            async with AsyncExitStack() as stack:
                rooms = kept or await _rooms(opened, names, stack, count)
                return await asyncio.wait_for(carries(rooms, rate), PATIENCE_S)

        return await search(attempt)


async def _rooms(
    opened: Opening, names: Iterator[str], stack: AsyncExitStack, count: int
) -> list[Gathering]:
    return [await stack.enter_async_context(opened(next(names), READERS)) for _ in range(count)]
