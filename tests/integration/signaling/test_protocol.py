from __future__ import annotations

import asyncio
import contextlib
import json

import pytest
from websockets.exceptions import InvalidStatus
from websockets.frames import Opcode

from benchmarks.signaling_client import connect as connect_raw
from tests.integration.signaling.serving import client, serving


@pytest.mark.spec("SIGNAL-1", "SIGNAL-5")
async def test_messages_reach_the_room_in_order_and_nobody_else() -> None:
    async with serving() as (url, _), client(url) as ada, client(url) as bob, client(url) as eve:
        await ada.subscribe("room")
        await bob.subscribe("room")
        await eve.subscribe("another")
        for number in range(100):
            await ada.say(type="publish", topic="room", data=number)
        for hearer in (ada, bob):
            heard = [await hearer.hear() for _ in range(100)]
            assert [message["data"] for message in heard] == list(range(100))
            assert heard[0] == {"type": "publish", "topic": "room", "data": 0, "clients": 2}
        assert await eve.settle() == []


@pytest.mark.spec("SIGNAL-1", "SIGNAL-2")
async def test_the_publishers_own_characters_arrive() -> None:
    text = (
        '{"type":"publish", "topic":"room","big":12345678901234567890,"t":"\\ud83d é","clients":0}'
    )
    async with serving() as (url, _), client(url) as ada:
        await ada.subscribe("room")
        await ada.connection.send(text)
        assert await ada.connection.recv() == text[:-1] + ',"clients":1}'


async def test_a_message_in_pieces_is_one_message() -> None:
    async with serving() as (url, _), client(url) as ada:
        await ada.subscribe("room")
        await ada.connection.send(['{"type":"publish",', '"topic":"room",', '"data":"ö"}'])
        assert (await ada.hear())["data"] == "ö"


@pytest.mark.spec("SIGNAL-6")
async def test_who_left_hears_nothing_and_costs_nothing() -> None:
    async with serving() as (url, server), client(url) as ada:
        async with client(url) as bob:
            await bob.subscribe("room")
            await ada.subscribe("room")
            await ada.say(type="unsubscribe", topics=["room"])
            await bob.say(type="publish", topic="room")
            assert (await bob.hear())["clients"] == 1
        assert await ada.settle() == []
        page = server.meter.page()
        assert "tandem_signal_topics 0.0" in page
        assert 'tandem_signal_closed_total{reason="client"} 1.0' in page


@pytest.mark.spec("SIGNAL-8")
async def test_ten_megabytes_are_refused_at_their_header() -> None:
    async with serving() as (url, _):
        raw = await connect_raw(url)
        # The header of a text frame of 10 MB, and not one byte of it.
        raw.transport.write(b"\x81\xff" + (10_000_000).to_bytes(8, "big") + bytes(4))
        await asyncio.wait_for(raw.closed.wait(), 60)
        assert raw.close_code == 1009


@pytest.mark.spec("SIGNAL-8")
async def test_a_long_message_in_pieces_is_refused_at_the_piece_that_is_too_much() -> None:
    async with serving() as (url, _):
        raw = await connect_raw(url)
        piece = bytes((0x00, 0xFE)) + (40_000).to_bytes(2, "big") + bytes(4) + b" " * 40_000
        raw.transport.write(b"\x01\x80" + bytes(4) + piece)
        raw.transport.write(piece[:8])
        await asyncio.wait_for(raw.closed.wait(), 60)
        assert raw.close_code == 1009


@pytest.mark.spec("SIGNAL-9")
@pytest.mark.parametrize(
    ("opcode", "payload", "code"),
    [
        (Opcode.TEXT, b"garbage", 4400),
        (Opcode.TEXT, b"\xff", 4400),
        (Opcode.TEXT, b'{"type":"publish","topic":"room","data":NaN}', 4400),
        (Opcode.BINARY, b'{"type":"ping"}', 1003),
        (Opcode.CONT, b"x", 1002),
        (3, b"x", 1002),
        (Opcode.TEXT, json.dumps({"type": "subscribe", "topics": ["x" * 300]}).encode(), 4413),
    ],
)
async def test_what_is_no_message_ends_its_connection_only(
    opcode: int, payload: bytes, code: int
) -> None:
    async with serving() as (url, _), client(url) as ada:
        await ada.subscribe("room")
        raw = await connect_raw(url)
        raw.send_json({"type": "subscribe", "topics": ["room"]})
        raw.send(payload, opcode)
        await asyncio.wait_for(raw.closed.wait(), 60)
        assert raw.close_code == code
        assert await ada.settle() == []
        await ada.say(type="publish", topic="room")
        assert (await ada.hear())["clients"] == 1


@pytest.mark.spec("SIGNAL-10")
async def test_a_full_room_says_so() -> None:
    async with (
        serving("--peers-per-topic", "1") as (url, _),
        client(url) as ada,
        client(url) as bob,
    ):
        await ada.subscribe("room")
        await bob.say(type="subscribe", topics=["room", "side room"])
        assert await bob.hear() == {"type": "error", "code": "topic-full", "topics": ["room"]}
        await bob.say(type="publish", topic="side room")
        assert (await bob.hear())["topic"] == "side room"


@pytest.mark.spec("SIGNAL-11")
@pytest.mark.parametrize("opcode", [Opcode.TEXT, Opcode.PING, Opcode.PONG])
async def test_a_client_that_is_too_fast_is_closed(opcode: int) -> None:
    async with serving("--messages-per-connection", "0.01/50") as (url, _), client(url) as ada:
        raw = await connect_raw(url)
        for _ in range(200):
            raw.send(b'{"type":"ping"}', opcode)
        await asyncio.wait_for(raw.closed.wait(), 60)
        assert raw.close_code == 4429
        await ada.settle()


@pytest.mark.spec("SIGNAL-14")
async def test_an_address_gets_so_many_connections() -> None:
    async with serving("--connections-per-address", "2") as (url, _):
        first = await connect_raw(url, "127.0.0.5")
        await connect_raw(url, "127.0.0.5")
        with pytest.raises((EOFError, OSError)):
            await connect_raw(url, "127.0.0.5")
        await connect_raw(url, "127.0.0.6")
        first.transport.close()
        async with client(url) as ada:
            await ada.settle()
        again = await connect_raw(url, "127.0.0.5")
        await again.ping()


@pytest.mark.spec("SIGNAL-15")
async def test_an_address_arrives_at_a_rate() -> None:
    async with serving("--arrivals-per-address", "0.001/3") as (url, _):
        for _ in range(3):
            await connect_raw(url, "127.0.0.5")
        with pytest.raises(EOFError, match="429"):
            await connect_raw(url, "127.0.0.5")
        await connect_raw(url, "127.0.0.6")


@pytest.mark.spec("SIGNAL-16")
async def test_behind_a_trusted_proxy_the_clients_address_counts() -> None:
    options = ("--trusted-proxy", "127.0.0.1", "--connections-per-address", "1")
    async with serving(*options) as (url, server):
        alice = {"X-Forwarded-For": "198.51.100.1"}
        bob = {"X-Forwarded-For": "198.51.100.1, 198.51.100.2"}
        async with client(url, additional_headers=alice), client(url, additional_headers=bob):
            with pytest.raises(InvalidStatus, match="429"):
                async with client(url, additional_headers=alice):
                    pytest.fail("let in twice")
        assert "forwarded-for-untrusted" not in server.meter.page()


@pytest.mark.spec("SIGNAL-16")
async def test_a_proxy_nobody_trusts_is_noticed() -> None:
    async with serving() as (url, server):
        async with client(url, additional_headers={"X-Forwarded-For": "198.51.100.1"}) as ada:
            await ada.settle()
        assert 'dropped_total{reason="forwarded-for-untrusted"} 1.0' in server.meter.page()


@pytest.mark.spec("SIGNAL-19")
async def test_who_speaks_before_being_let_in_is_dropped() -> None:
    async with serving() as (url, server):
        reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
        writer.write(
            b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
            b"\x81\x80\0\0\0\0"
        )
        with contextlib.suppress(ConnectionResetError):
            assert await asyncio.wait_for(reader.read(), 60) == b""
        writer.close()
        assert 'closed_total{reason="impatient"} 1.0' in server.meter.page()
