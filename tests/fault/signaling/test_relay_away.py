"""The bus stops, hangs and comes back; rooms inside each process go on."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Callable

import pytest

from jupyter_tandem.adapters.signaling.memory import MemoryHub, MemoryRelay
from jupyter_tandem.hosts.signal import SignalServer
from tests.integration.signaling.serving import (
    Client,
    client,
    free_port,
    get,
    listening,
    nats_command,
    redis_command,
    running,
    serving,
    until,
)

pytestmark = [pytest.mark.fault, pytest.mark.slow]

COMMANDS: dict[str, Callable[[int], list[str]]] = {"redis": redis_command, "nats": nats_command}


def together(*servers: SignalServer) -> bool:
    return all(server.relay is not None and server.relay.connected for server in servers)


def apart(*servers: SignalServer) -> bool:
    return all(server.relay is not None and not server.relay.connected for server in servers)


@contextlib.asynccontextmanager
async def two_rooms(
    relay: str,
) -> AsyncIterator[tuple[str, tuple[SignalServer, SignalServer], Client, Client]]:
    """Two processes' worth of servers, one client in the same room on each."""
    options = ("--relay", relay)
    async with (
        serving(*options) as (first, one),
        serving(*options) as (second, two),
        client(first) as ada,
        client(second) as bob,
    ):
        await ada.subscribe("room")
        await bob.subscribe("room")
        yield first, (one, two), ada, bob


async def heard_by_both(ada: Client, bob: Client, data: str) -> None:
    await ada.say(type="publish", topic="room", data=data)
    for hearer in (ada, bob):
        # A bus that hung may still bring what was published before it was given up.
        while (await hearer.hear())["data"] != data:
            pass


async def announce_until_heard(url: str, bob: Client) -> None:
    """Do as y-webrtc does: announce oneself once each time one is let in, and never else."""

    async def heard() -> None:
        while (await bob.hear())["data"] != "announcement":
            pass

    hearing = asyncio.create_task(heard())
    while not hearing.done():
        async with client(url) as ada:
            await ada.subscribe("room")
            await ada.say(type="publish", topic="room", data="announcement")
            closed = asyncio.create_task(ada.connection.wait_closed())
            await asyncio.wait({hearing, closed}, return_when=asyncio.FIRST_COMPLETED)
    await hearing


@pytest.mark.spec("SIGNAL-30", "SIGNAL-24", "SIGNAL-36", "RELAY-3")
@pytest.mark.parametrize("product", ["redis", "nats"])
async def test_stopped_and_started_again(product: str) -> None:
    port = free_port()
    async with two_rooms(f"{product}://127.0.0.1:{port}") as (_, servers, ada, bob):
        assert apart(*servers), "servers start without their relay"
        with running(*COMMANDS[product](port)):
            await until(lambda: together(*servers), "connected")
            await heard_by_both(ada, bob, "first")
        await until(lambda: apart(*servers), "noticed that the relay is away")
        await bob.say(type="publish", topic="room", data="alone")
        assert (await bob.hear())["data"] == "alone"
        with running(*COMMANDS[product](port)):
            # Both have said something of late that the other may not have heard.
            assert await ada.closed() == await bob.closed() == 1012


@pytest.mark.spec("SIGNAL-30", "SIGNAL-36", "RELAY-3")
@pytest.mark.parametrize("product", ["redis", "nats"])
async def test_hanging_and_going_on(product: str) -> None:
    port = free_port()
    with running(*COMMANDS[product](port)) as bus:
        await listening(port)
        async with two_rooms(f"{product}://127.0.0.1:{port}") as (first, servers, ada, bob):
            await until(lambda: together(*servers), "connected")
            await heard_by_both(ada, bob, "before")
            os.kill(bus.pid, signal.SIGSTOP)
            try:
                for number in range(50):
                    await ada.say(type="publish", topic="room", data=number)
                    assert (await ada.hear())["data"] == number
                await until(lambda: apart(*servers), "noticed that the relay hangs")
            finally:
                os.kill(bus.pid, signal.SIGCONT)
            assert await ada.closed() == 1012
            await announce_until_heard(first, bob)


@pytest.mark.spec("SIGNAL-30", "SIGNAL-24")
async def test_a_server_without_its_relay_is_ready_and_says_so_in_its_counters() -> None:
    async with serving("--relay", f"redis://127.0.0.1:{free_port()}") as (url, _):
        async with client(url) as ada:
            await ada.subscribe("room")
            await ada.say(type="publish", topic="room")
            assert (await ada.hear())["clients"] == 1
        status, text, _ = await get(f"{url}/readyz")
        assert (status, text) == (200, "ok\n")
        page = (await get(f"{url}/metrics"))[1]
        assert "tandem_signal_relay_connected 0.0" in page
        assert 'tandem_signal_dropped_total{reason="relay-away"} 1.0' in page


@pytest.mark.spec("SIGNAL-36")
async def test_only_those_are_called_back_who_may_not_have_been_heard() -> None:
    hub = MemoryHub()
    async with (
        serving(relay=MemoryRelay(hub)) as (url, _),
        client(url) as ada,
        client(url) as bob,
    ):
        for who in (ada, bob):
            await who.subscribe("room")
        hub.go(away=True)
        await ada.say(type="publish", topic="room")
        await bob.hear()
        hub.go(away=False)
        assert await ada.closed() == 1012
        assert await bob.settle() == []


@pytest.mark.spec("SIGNAL-31")
async def test_what_others_say_on_the_channel_has_no_effect() -> None:
    hub = MemoryHub()
    async with (
        serving(relay=MemoryRelay(hub)) as (url, server),
        client(url) as ada,
    ):
        await ada.subscribe("room")
        for noise in (b"", b"hello", b"\xff" * 100, b"x" * 1_000_000):
            hub.carry(noise)
        assert await ada.settle() == []
        assert 'dropped_total{reason="relay-malformed"} 4.0' in server.meter.page()
