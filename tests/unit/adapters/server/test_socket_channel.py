"""A WebSocket outside tornado, talked to by a real client over a real socket."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request
from websockets.server import ServerProtocol

from jupyter_tandem.adapters.server.socket_channel import SocketChannel

FRAME_BYTES = 100_000


class Recorder:
    """A listener that writes down what it hears and echoes it when told to."""

    def __init__(self) -> None:
        self.messages: asyncio.Queue[bytes] = asyncio.Queue()
        self.ended = asyncio.Event()
        self.signs = 0

    def opened(self) -> None:
        pass

    def heard(self) -> None:
        self.signs += 1

    def received(self, message: bytes) -> None:
        self.messages.put_nowait(message)

    def closed(self) -> None:
        self.ended.set()


async def _connect(port: int) -> ClientConnection:
    return await connect(f"ws://127.0.0.1:{port}/x", compression=None)


@asynccontextmanager
async def connected() -> AsyncIterator[tuple[ClientConnection, SocketChannel, Recorder]]:
    """A client of the ``websockets`` library and our side of its connection.

    The handshake's request is read from a plain socket first, as tornado does before it lets go.
    """
    loop = asyncio.get_running_loop()
    recorder = Recorder()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        port = listening.getsockname()[1]
        client_task = asyncio.ensure_future(_connect(port))
        accepted, _ = await loop.sock_accept(listening)
        protocol = ServerProtocol(max_size=FRAME_BYTES)
        while not (events := protocol.events_received()):
            protocol.receive_data(await loop.sock_recv(accepted, 65536))
        request = events[0]
        assert isinstance(request, Request)
        protocol.send_response(protocol.accept(request))
        channel = SocketChannel(protocol, recorder, FRAME_BYTES)
        await loop.connect_accepted_socket(lambda: channel, accepted)
        async with await client_task as client:
            yield client, channel, recorder


async def test_messages_go_both_ways_in_order() -> None:
    async with connected() as (client, channel, recorder):
        for number in range(100):
            await client.send(bytes([number]))
            channel.send(bytes([number]) * 3)
        assert [await recorder.messages.get() for _ in range(100)] == [
            bytes([n]) for n in range(100)
        ]
        assert [await client.recv() for _ in range(100)] == [bytes([n]) * 3 for n in range(100)]


@pytest.mark.parametrize("size", [0, 125, 126, 65535, 65536, FRAME_BYTES])
async def test_every_length_form_passes(size: int) -> None:
    async with connected() as (client, channel, recorder):
        await client.send(bytes(size))
        assert len(await recorder.messages.get()) == size
        channel.send(bytes(size))
        assert len(await client.recv()) == size


async def test_fragments_become_one_message() -> None:
    async with connected() as (client, _channel, recorder):
        await client.send([b"a", b"b", b"c"])
        assert await recorder.messages.get() == b"abc"
        await client.send(b"next")
        assert await recorder.messages.get() == b"next"


@pytest.mark.spec("WIRE-1")
async def test_a_message_over_the_limit_ends_the_connection_undelivered() -> None:
    async with connected() as (client, _channel, recorder):
        await client.send(bytes(FRAME_BYTES + 1))
        await client.wait_closed()
        assert client.close_code == 1009
        await recorder.ended.wait()
        assert recorder.messages.empty()


@pytest.mark.spec("WIRE-1")
async def test_fragments_over_the_limit_end_the_connection_too() -> None:
    async with connected() as (client, _channel, recorder):
        with contextlib.suppress(ConnectionClosed):
            await client.send([bytes(FRAME_BYTES - 1)] * 3)
        await client.wait_closed()
        assert client.close_code == 1009
        await recorder.ended.wait()
        assert recorder.messages.empty()


async def test_closing_sends_what_was_queued_then_code_and_reason() -> None:
    async with connected() as (client, channel, recorder):
        channel.send(b"last words")
        channel.close(4403, "Taken back.")
        channel.send(b"never")
        assert await client.recv() == b"last words"
        with pytest.raises(ConnectionClosed) as end:
            await client.recv()
        assert end.value.rcvd is not None
        assert (end.value.rcvd.code, end.value.rcvd.reason) == (4403, "Taken back.")
        await recorder.ended.wait()


async def test_text_is_refused() -> None:
    async with connected() as (client, _channel, recorder):
        await client.send("words")
        await recorder.ended.wait()
        assert recorder.messages.empty()


async def test_a_ping_brings_a_sign_of_life() -> None:
    async with connected() as (client, channel, recorder):
        pong = await client.ping()
        await pong
        signs = recorder.signs
        channel.ping()
        await client.send(b"x")
        await recorder.messages.get()
        assert recorder.signs > signs


async def test_a_vanished_peer_ends_the_connection() -> None:
    async with connected() as (client, channel, recorder):
        client.transport.abort()
        await recorder.ended.wait()
        channel.send(b"nobody")
        assert channel.backlog_bytes == 0


async def test_bytes_that_are_no_frames_end_the_connection() -> None:
    async with connected() as (client, _channel, recorder):
        client.transport.write(b"\xff" * 64)
        await recorder.ended.wait()
        assert recorder.messages.empty()


async def test_one_encoding_serves_all() -> None:
    async with (
        connected() as (one, first, _),
        connected() as (two, second, _recorder),
    ):
        message = b"the same bytes"
        first.send(message)
        second.send(message)
        assert await one.recv() == await two.recv() == message
