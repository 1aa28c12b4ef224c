"""Fan-out: one typist, many readers; what a delivery costs the server, and how long it takes."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

from benchmarks.floor import Floor, floor
from benchmarks.jupyter import Jupyter, running
from benchmarks.peer import (
    PATIENCE_S,
    Peer,
    Typist,
    connected,
    content,
    joined,
    reached,
    text_of,
    updates_of,
)

GRID = ((1, 20), (1, 200), (10, 20), (10, 200), (50, 20), (50, 200), (200, 20), (200, 200))
QUICK_GRID = ((10, 200), (50, 200), (200, 200))
SECONDS = 1.5
_CLIENTS = 1_000_000_000
_LAST = 5


class Measured(Protocol):
    """Something whose CPU is counted."""

    def cpu_s(self) -> float:
        """User and system seconds so far."""


@dataclass(slots=True)
class Gathering:
    """A room with a typist and readers, on a server that is measured."""

    server: Measured
    typist: Typist
    writer: Peer
    readers: list[Peer]
    before: bytes

    def leave(self) -> None:
        """Everybody goes."""
        for peer in (self.writer, *self.readers):
            peer.leave()


@dataclass(frozen=True, slots=True)
class Traffic:
    """What a run of typing cost and brought.

    Attributes:
        cpu_s: CPU of the server meanwhile.
        deliveries: Edits times readers.
        latencies_s: Of every edit to every reader.
    """

    cpu_s: float
    deliveries: int
    latencies_s: Sequence[float]

    @property
    def per_10k(self) -> float:
        """CPU seconds per 10,000 deliveries."""
        return self.cpu_s / self.deliveries * 10_000

    def figures(self) -> dict[str, float]:
        ordered = sorted(self.latencies_s)
        return {
            "cpu_s_per_10k": self.per_10k,
            "p50_ms": statistics.median(ordered) * 1e3,
            "p99_ms": ordered[int(0.99 * len(ordered))] * 1e3,
        }


@asynccontextmanager
async def on_tandem(server: Jupyter, name: str, readers: int) -> AsyncIterator[Gathering]:
    """A room of an empty text document in a real Jupyter Server."""
    url = server.room(await server.new_file(name, ""))
    writer = await joined(url)
    others = await asyncio.gather(*(joined(url) for _ in range(readers)))
    gathering = Gathering(server.process, Typist(_CLIENTS), writer, others, content(writer))
    yield gathering
    gathering.leave()


@asynccontextmanager
async def on_floor(server: Floor, name: str, readers: int) -> AsyncIterator[Gathering]:
    """The same number of connections to the floor."""
    url = server.room(name)
    writer = await connected(url)
    others = await asyncio.gather(*(connected(url) for _ in range(readers)))
    gathering = Gathering(server, Typist(_CLIENTS), writer, others, b"\x00\x00")
    yield gathering
    gathering.leave()


async def typing(gathering: Gathering, rate: float, edits: int) -> Traffic:
    """Type ``edits`` at ``rate`` per second, however slow the server is, and wait until all have arrived.

    Raises:
        AssertionError: a reader holds something else than what was typed.
    """
    frames = gathering.typist.make(edits)
    first = gathering.typist.clock - edits
    cpu_s = gathering.server.cpu_s()
    sent = await _send(gathering.writer, frames, rate)
    await asyncio.wait_for(_arrival(gathering), PATIENCE_S)
    spent_s = gathering.server.cpu_s() - cpu_s
    _check(gathering)
    latencies = [
        arrived - sent[number - first]
        for reader in gathering.readers
        for number, arrived in enumerate(_times(reader, gathering.typist.client))
        if number >= first
    ]
    return Traffic(spent_s, edits * len(gathering.readers), latencies)


async def _send(writer: Peer, frames: list[bytes], rate: float) -> list[float]:
    sent = []
    started = time.perf_counter()
    for number, frame in enumerate(frames):
        wait_s = started + number / rate - time.perf_counter()
        if wait_s > 0:
            await asyncio.sleep(wait_s)
        sent.append(time.perf_counter())
        writer.send(frame)
    return sent


async def _arrival(gathering: Gathering) -> None:
    """Return when every reader has had the last edit. It is among the last frames: the server may note that the file was written."""
    typist = gathering.typist
    for reader in gathering.readers:
        while max(reached(reader.frames[-_LAST:], typist.client), default=0) < typist.clock:
            if reader.closed:
                raise ConnectionError("the server closed a reader's connection")
            await asyncio.sleep(0.02)


def _check(gathering: Gathering) -> None:
    """Every reader holds what was typed. Equal frames are looked at once."""
    wanted = gathering.typist.text()
    seen: set[int] = set()
    for reader in gathering.readers:
        key = hash(tuple(reader.frames))
        if key not in seen:
            seen.add(key)
            if text_of([gathering.before, *updates_of(reader.frames)]) != wanted:
                raise AssertionError("a reader holds something else than what was typed")


def _times(reader: Peer, client: int) -> list[float]:
    """When each edit was first there. Edits that came in one frame arrived together."""
    times: list[float] = []
    for arrived, end in zip(reader.arrived, reached(reader.frames, client), strict=True):
        times += [arrived] * (end - len(times))
    return times


async def grid(*, quick: bool = False) -> dict[str, float]:
    """Tandem and the floor, cell by cell in turn: latency, and CPU per 10,000 deliveries."""
    found: dict[str, float] = {}
    async with running() as tandem, floor() as bare:
        for readers, rate in QUICK_GRID if quick else GRID:
            name = f"{readers}x{rate}"
            edits = round(rate * SECONDS)
            async with on_tandem(tandem, f"{name}.txt", readers) as gathering:
                ours = (await typing(gathering, rate, edits)).figures()
            async with on_floor(bare, name, readers) as gathering:
                theirs = (await typing(gathering, rate, edits)).figures()
            found |= {f"{name}_{key}": value for key, value in ours.items()}
            found |= {f"{name}_floor_{key}": value for key, value in theirs.items()}
    return found
