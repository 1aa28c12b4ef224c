"""The bytes of a connection that tornado has accepted: in order, whole, and with one end."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from tornado.iostream import IOStream
from tornado.tcpserver import TCPServer

from jupyter_tandem.adapters.server.line import Line, StreamLine, take_over
from jupyter_tandem.adapters.server.socket_line import _WRITE_BYTES

PATIENCE_S = 60.0


@dataclass
class Ear:
    """Hears a line, and can be waited for."""

    heard: bytearray = field(default_factory=bytearray)
    ends: int = 0
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def received(self, data: bytes) -> None:
        self.heard += data
        self.news.set()

    def ended(self) -> None:
        self.ends += 1
        self.news.set()

    async def until(self, told: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not told():
                await self.news.wait()
                self.news.clear()


@dataclass
class Client:
    """The other end."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def read(self, size: int) -> bytes:
        async with asyncio.timeout(PATIENCE_S):
            return await self.reader.readexactly(size)


@asynccontextmanager
async def met(said: bytes = b"") -> AsyncIterator[tuple[IOStream, Client]]:
    """A client that has said something, and tornado's stream to it."""
    accepted: asyncio.Queue[IOStream] = asyncio.Queue()

    class Server(TCPServer):
        async def handle_stream(self, stream: IOStream, address: object) -> None:
            await accepted.put(stream)

    server = Server()
    server.listen(0, "127.0.0.1")
    [listening] = server._sockets.values()
    reader, writer = await asyncio.open_connection(*listening.getsockname())
    writer.write(said)
    await writer.drain()
    stream = await asyncio.wait_for(accepted.get(), PATIENCE_S)
    try:
        yield stream, Client(reader, writer)
    finally:
        writer.close()
        stream.close()
        server.stop()


async def turns(told: Callable[[], bool]) -> None:
    """Let the loop go on until ``told``."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            if told():
                return
            await asyncio.sleep(0)


async def on_the_stream(stream: IOStream) -> Line | None:
    return StreamLine(stream)


WAYS = pytest.mark.parametrize("way", [take_over, on_the_stream])
Way = Callable[[IOStream], Awaitable[Line | None]]


@asynccontextmanager
async def heard(way: Way, said: bytes = b"") -> AsyncIterator[tuple[Line, Client, Ear]]:
    """A line that is listened to."""
    async with met(said) as (stream, client):
        line = await way(stream)
        assert line is not None
        ear = Ear()
        listening = asyncio.ensure_future(line.listen(ear))
        yield line, client, ear
        line.close()
        await ear.until(lambda: ear.ends > 0)
        await listening


@pytest.mark.spec("ROOM-41")
async def test_of_a_large_frame_a_connection_takes_a_part_in_a_turn() -> None:
    frame = bytes(range(256)) * 16 * 1024
    async with heard(take_over) as (line, client, _):
        line.write(frame)
        assert line.backlog_bytes >= len(frame) - _WRITE_BYTES
        line.write(b"and another")
        assert await client.read(len(frame) + 11) == frame + b"and another"
        await turns(lambda: not line.backlog_bytes)


@WAYS
async def test_what_came_before_is_heard_first(way: Way) -> None:
    async with heard(way, b"early ") as (_, client, ear):
        await ear.until(lambda: bytes(ear.heard) == b"early ")
        client.writer.write(b"late")
        await ear.until(lambda: bytes(ear.heard) == b"early late")


@WAYS
async def test_everything_arrives_in_order_when_the_other_end_reads_late(way: Way) -> None:
    async with heard(way) as (line, client, _):
        pieces = [bytes([number % 251]) * (number * 97 % 5_000 + 1) for number in range(3_000)]
        pieces[1_500] = b"large" * 400_000
        for piece in pieces:
            line.write(piece)
        assert line.backlog_bytes > 0
        whole = b"".join(pieces)
        assert await client.read(len(whole)) == whole
        line.write(b"more")
        assert await client.read(4) == b"more"
        await turns(lambda: not line.backlog_bytes)


async def test_others_have_their_turn_between_two_readings_of_a_stream() -> None:
    loop, turn, readings = asyncio.get_running_loop(), 0, list[int]()

    def count() -> None:
        nonlocal turn
        turn += 1
        loop.call_soon(count)

    class Counting(Ear):
        def received(self, data: bytes) -> None:
            readings.append(turn)
            super().received(data)

    async with met(b"x" * 300_000) as (stream, _):
        line, ear = StreamLine(stream), Counting()
        count()
        listening = asyncio.ensure_future(line.listen(ear))
        await ear.until(lambda: len(ear.heard) == 300_000)
        line.close()
        await listening
    assert len(readings) > 1
    assert len(set(readings)) == len(readings)


@WAYS
async def test_the_end_is_heard_once_when_the_client_goes(way: Way) -> None:
    async with heard(way) as (line, client, ear):
        client.writer.close()
        await ear.until(lambda: ear.ends > 0)
        line.write(b"too late")
        line.close()
        await asyncio.sleep(0)
        assert (ear.ends, line.backlog_bytes) == (1, 0)


@WAYS
async def test_an_end_from_here_reaches_the_client_and_is_heard_a_moment_later(way: Way) -> None:
    async with heard(way) as (line, client, ear):
        client.writer.write(b"here")
        await ear.until(lambda: bytes(ear.heard) == b"here")
        line.close()
        assert ear.ends == 0
        assert await client.reader.read() == b""
        await ear.until(lambda: ear.ends == 1)


async def test_a_write_to_a_client_that_is_gone_ends_the_connection_without_raising() -> None:
    async with heard(take_over) as (line, client, ear):
        client.writer.transport.abort()
        async with asyncio.timeout(PATIENCE_S):
            while not ear.ends:
                line.write(b"x" * 100_000)
                await asyncio.sleep(0)


async def test_tornado_keeps_nothing_of_a_connection_that_was_taken_over() -> None:
    async with met(b"x" * 300_000) as (stream, client):
        line = await take_over(stream)
        assert line is not None
        assert stream.closed()
        line.write(b"answer")
        assert await client.read(6) == b"answer"
        ear = Ear()
        await line.listen(ear)
        await ear.until(lambda: len(ear.heard) == 300_000)
        line.close()
        await ear.until(lambda: ear.ends == 1)


async def test_a_client_that_has_gone_leaves_no_line() -> None:
    async with met() as (stream, _):
        stream.close()
        assert await take_over(stream) is None


async def test_a_line_keeps_nothing_of_the_request_it_came_from() -> None:
    class Request:
        pass

    noted: contextvars.ContextVar[Request] = contextvars.ContextVar("noted")
    ear = Ear()

    async def accept(stream: IOStream) -> tuple[Line | None, weakref.ref[Request]]:
        request = Request()
        noted.set(request)
        line = await take_over(stream)
        assert line is not None
        await line.listen(ear)
        return line, weakref.ref(request)

    async with met() as (stream, client):
        line, request = await asyncio.create_task(accept(stream))
        client.writer.write(b"still heard")
        await ear.until(lambda: bytes(ear.heard) == b"still heard")
        gc.collect()
        assert request() is None
        assert line is not None
        line.close()
        await ear.until(lambda: ear.ends == 1)
