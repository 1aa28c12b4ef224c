"""Clients that do not read, do not speak, or are not there any more."""

from __future__ import annotations

import asyncio
import json
import time

import pytest

from benchmarks.signaling_client import RawClient, connect
from jupyter_tandem.hosts.signal import SignalServer
from tests.integration.signaling.serving import client, serving, until

pytestmark = pytest.mark.fault

SLOTS = range(15)


def look(server: SignalServer, later_s: float) -> None:
    """Let the server look after all its connections as if so much time had passed."""
    for slot in SLOTS:
        server.listener.look_after(slot, time.monotonic() + later_s)


@pytest.mark.spec("SIGNAL-13")
async def test_who_takes_nothing_is_closed_and_the_others_get_everything() -> None:
    async with (
        serving("--messages-per-connection", "10000/10000") as (url, server),
        client(url) as ada,
        client(url) as bob,
    ):
        slow = await connect(url, "127.0.0.9", receive_bytes=4_096)
        numbers: list[int] = []
        slow.on_message = lambda message: numbers.append(json.loads(message)["n"])
        slow.send_json({"type": "subscribe", "topics": ["room"]})
        await slow.ping()
        await ada.subscribe("room")
        await bob.subscribe("room")
        slow.transport.pause_reading()
        count = 0
        while 'closed_total{reason="slow"}' not in server.meter.page():
            await ada.say(type="publish", topic="room", n=count, data="x" * 30_000)
            assert (await ada.hear())["n"] == (await bob.hear())["n"] == count
            count += 1
            assert count < 2_000, "somebody keeps it all"
        await ada.say(type="publish", topic="room", n=count)
        assert (await bob.hear())["clients"] == 2
        slow.transport.resume_reading()
        await asyncio.wait_for(slow.closed.wait(), 60)
        assert slow.close_code == 1013
        assert numbers == list(range(len(numbers)))
        assert len(numbers) < count


@pytest.mark.spec("SIGNAL-13", "SIGNAL-11")
async def test_pongs_wait_in_the_same_bounded_queue() -> None:
    options = ("--messages-per-connection", "1000000/1000000", "--queue-bytes", "131072")
    async with serving(*options, "--messages-per-address", "1000000/1000000") as (url, server):
        client = await connect(url, receive_bytes=4_096)
        client.transport.pause_reading()
        ping = b"\x89\xf8" + bytes(4) + b"x" * 120
        # 25 MB: more than all buffers between the two would hold if nobody set a limit.
        for _ in range(200):
            client.transport.write(ping * 1_000)
            await asyncio.sleep(0)
            if client.transport.is_closing() or "closed_total{" in server.meter.page():
                break
        await until(lambda: "closed_total{" in server.meter.page(), "closed")
        assert 'closed_total{reason="slow"} 1.0' in server.meter.page()
        client.transport.abort()
        await client.closed.wait()


@pytest.mark.spec("SIGNAL-17")
async def test_a_silent_client_is_asked_and_then_given_up() -> None:
    async with serving() as (url, server):
        alive = await connect(url)
        dead = await connect(url)
        await alive.ping()
        await dead.ping()
        look(server, 15)
        look(server, 31)
        await until(lambda: alive.pings == 1 and dead.pings == 1, "pinged")
        dead.transport.pause_reading()
        look(server, 76)
        await asyncio.wait_for(alive.closed.wait(), 60)
        dead.transport.abort()
        await dead.closed.wait()
        assert 'closed_total{reason="silent"} 2.0' in server.meter.page()


@pytest.mark.spec("SIGNAL-17")
async def test_who_answers_is_not_given_up() -> None:
    async with serving() as (url, server), client(url) as ada:
        await ada.settle()
        (line,) = (line for slot in server.listener._slots for line in slot)
        for _ in range(3):
            heard_at = line.heard_at
            look(server, 31)
            await until(lambda before=heard_at: line.heard_at > before, "answered")
        await ada.settle()


@pytest.mark.spec("SIGNAL-17")
async def test_who_asks_for_nothing_is_ended() -> None:
    async with serving() as (url, server):
        port = int(url.rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nHost:")
        await until(lambda: server.listener.connections == 1, "arrived")
        look(server, 3)
        assert server.listener.connections == 1
        look(server, 11)
        with pytest.raises(ConnectionResetError):
            await asyncio.wait_for(reader.read(), 60)
        writer.close()
        assert server.listener.connections == 0
        assert 'closed_total{reason="handshake-timeout"} 1.0' in server.meter.page()


@pytest.mark.spec("SIGNAL-6", "SIGNAL-18")
async def test_who_is_cut_off_is_forgotten() -> None:
    async with serving() as (url, server), client(url) as ada:
        gone: list[RawClient] = [await connect(url) for _ in range(20)]
        for who in gone:
            who.send_json({"type": "subscribe", "topics": ["room"]})
            await who.ping()
            who.transport.abort()
        await until(lambda: server.listener.connections == 1, "forgotten")
        await ada.subscribe("room")
        await ada.say(type="publish", topic="room")
        assert (await ada.hear())["clients"] == 1
        assert 'closed_total{reason="lost"} 20.0' in server.meter.page()
