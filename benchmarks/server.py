"""What a real Jupyter Server with Tandem costs its people: over HTTP and WebSockets, durability on."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from pycrdt import Doc, Text, get_update
from websockets.asyncio.client import ClientConnection, connect

from benchmarks.jupyter import Jupyter, running
from jupyter_tandem.protocol import frames as f
from jupyter_tandem.protocol.update import DEFAULT_LIMITS, inspect

READERS = 50
RATE = 200
SECONDS = 3


class Reader:
    """Counts what arrives and when."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.arrived: list[float] = []
        self.updates: list[bytes] = []
        self.task = asyncio.ensure_future(self._read())

    async def _read(self) -> None:
        async for raw in self.connection:
            message = f.decode_server(bytes(raw)) if isinstance(raw, bytes) else None
            if isinstance(message, f.Update):
                self.arrived.append(time.perf_counter())
                self.updates.append(message.update)


@asynccontextmanager
async def joined(server: Jupyter, room: str) -> AsyncIterator[ClientConnection]:
    """A stock connection that has synchronised."""
    async with connect(server.room(room), compression=None, max_size=None) as connection:
        await connection.send(f.encode(f.SyncStep1(b"\x00")))
        while True:
            raw = await connection.recv()
            message = f.decode_server(raw) if isinstance(raw, bytes) else None
            if isinstance(message, f.SyncStep2):
                break
        await connection.send(f.encode(f.SyncStep2(b"\x00\x00")))
        yield connection


def typed(count: int) -> tuple[Doc[Any], list[bytes]]:
    """A document and the frames that typed it."""
    doc: Doc[Any] = Doc()
    text = doc.get("source", type=Text)
    made: list[bytes] = []
    doc.observe(lambda event: made.append(event.update))
    for at in range(count):
        text.insert(at, "a")
    return doc, [f.encode(f.Update(update)) for update in made]


async def fanout() -> dict[str, float]:
    """One typist at 200 edits a second, 50 readers: latency, and server CPU per 10,000 deliveries."""
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(running())
        room = await server.new_file("fanout.txt", "")
        writer = await stack.enter_async_context(joined(server, room))
        readers = [
            Reader(await stack.enter_async_context(joined(server, room))) for _ in range(READERS)
        ]
        doc, frames = typed(RATE * SECONDS)
        cpu = server.cpu_s()
        sent = await _type(writer, frames)
        await _delivered(readers, doc)
        spent = server.cpu_s() - cpu
        latencies = _latencies(readers, sent)
        for reader in readers:
            reader.task.cancel()
    deliveries = READERS * len(frames)
    return {
        "p50_ms": statistics.median(latencies) * 1e3,
        "p99_ms": sorted(latencies)[int(0.99 * len(latencies))] * 1e3,
        "cpu_s_per_10k": spent / deliveries * 10_000,
    }


async def _type(writer: ClientConnection, frames: list[bytes]) -> list[float]:
    sent = []
    started = time.perf_counter()
    for number, frame in enumerate(frames):
        await asyncio.sleep(max(0.0, started + number / RATE - time.perf_counter()))
        sent.append(time.perf_counter())
        await writer.send(frame)
    return sent


async def _delivered(readers: list[Reader], doc: Doc[Any]) -> None:
    """Wait until every reader holds what was typed; a reader that does not is a failure."""
    wanted = doc.get_state()

    async def whole(reader: Reader) -> None:
        while True:
            mine: Doc[Any] = Doc()
            for update in list(reader.updates):
                mine.apply_update(update)
            if get_update(doc.get_update(), mine.get_state()) == b"\x00\x00":
                if mine.get_state() != wanted:
                    raise AssertionError("a reader holds something else")
                return
            await asyncio.sleep(0.05)

    await asyncio.wait_for(asyncio.gather(*map(whole, readers)), 60)


def _latencies(readers: list[Reader], sent: list[float]) -> list[float]:
    """Between an edit and its arrival. Edits that were merged into one frame arrive together."""
    found = []
    for reader in readers:
        clock = 0
        for arrived, update in zip(reader.arrived, reader.updates, strict=True):
            end = clock + _length(update)
            found += [arrived - sent[number] for number in range(clock, min(end, len(sent)))]
            clock = end
    return found


def _length(update: bytes) -> int:
    return sum(end - first for first, end in inspect(update, DEFAULT_LIMITS).blocks.values())


async def memory() -> dict[str, float]:
    """Kilobytes per room of 20 kB with one connection, over 100 rooms, and idle CPU of a core."""
    rooms = 100
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(running())
        warm = await server.new_file("warm.txt", "x")
        await stack.enter_async_context(joined(server, warm))
        before = server.rss_bytes()
        for number in range(rooms):
            room = await server.new_file(f"{number}.txt", "x" * 20_000)
            await stack.enter_async_context(joined(server, room))
        after = server.rss_bytes()
        cpu, started = server.cpu_s(), time.perf_counter()
        await asyncio.sleep(5)
        idle = (server.cpu_s() - cpu) / (time.perf_counter() - started)
    return {"kb_per_room": (after - before) / rooms / 1e3, "idle_cpu_cores": idle}


async def reload() -> dict[str, float]:
    """Seconds from kill -9 and restart to the whole document of 20,000 single-character edits."""
    edits = 20_000
    async with running() as server:
        room = await server.new_file("reload.txt", "")
        async with joined(server, room) as writer:
            _, frames = typed(edits)
            for frame in frames:
                await writer.send(frame)
            await writer.send(f.encode(f.SaveRequest(1)))
            await _answered(writer)
        await server.kill()
        await server.start()
        room = await server.session("reload.txt")
        started = time.perf_counter()
        async with joined(server, room):
            elapsed = time.perf_counter() - started
    return {"reload_s": elapsed}


async def _answered(writer: ClientConnection) -> None:
    async for raw in writer:
        message = f.decode_server(raw) if isinstance(raw, bytes) else None
        if isinstance(message, f.StockNotice):
            if message.body["status"] != "success":
                raise AssertionError("the file was not saved")
            return
