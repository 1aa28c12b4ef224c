"""What every relay has to keep: subclass the suite, override ``open_group``, run pytest.

.. code-block:: python

    class TestMyRelay(RelayContract):
        @pytest.fixture
        def open_group(self, my_broker):
            return lambda channel: MyRelay(my_broker.url, channel)
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from jupyter_tandem.ports.relay import Relay

OpenGroup = Callable[[str], Relay]

_PATIENCE_S = 15.0


class Listener:
    """Hears one relay."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.changes: list[bool] = []
        self._changed = asyncio.Event()

    def __call__(self, message: bytes) -> None:
        """Take a message."""
        self.heard.append(message)
        self._changed.set()

    async def has(self, count: int) -> list[bytes]:
        """Wait for so many messages."""

        async def wait() -> None:
            while len(self.heard) < count:
                self._changed.clear()
                await self._changed.wait()

        await asyncio.wait_for(wait(), _PATIENCE_S)
        return self.heard


async def connected(*relays: Relay) -> None:
    """Wait until all of them are."""
    deadline = asyncio.get_running_loop().time() + _PATIENCE_S
    while not all(relay.connected for relay in relays):
        assert asyncio.get_running_loop().time() < deadline, "a relay did not connect"
        await asyncio.sleep(0.01)


@asynccontextmanager
async def started(*relays: Relay) -> AsyncIterator[list[Listener]]:
    """Relays that are connected, each with its listener."""
    listeners = [Listener() for _ in relays]
    for relay, listener in zip(relays, listeners, strict=True):
        await relay.start(listener, listener.changes.append)
    try:
        await connected(*relays)
        yield listeners
    finally:
        for relay in relays:
            await relay.close()


class RelayContract:
    """The promises of :class:`~jupyter_tandem.ports.relay.Relay`."""

    @pytest.fixture
    def open_group(self) -> OpenGroup:
        """Return a function that makes a relay on the channel of a given name."""
        raise NotImplementedError

    @pytest.fixture
    def channel(self) -> str:
        """A channel nobody else uses."""
        return f"test-{secrets.token_hex(8)}"

    @pytest.mark.spec("RELAY-1")
    async def test_everybody_hears_a_message_once(
        self, open_group: OpenGroup, channel: str
    ) -> None:
        """Whatever bytes it holds, and its publisher too."""
        relays = [open_group(channel) for _ in range(3)]
        body = bytes(range(256)) * 200
        async with started(*relays) as listeners:
            assert relays[0].publish(body)
            assert relays[0].publish(b"end")
            for listener in listeners:
                assert await listener.has(2) == [body, b"end"]
                assert listener.changes == [True]

    @pytest.mark.spec("RELAY-2")
    async def test_messages_keep_their_order(self, open_group: OpenGroup, channel: str) -> None:
        """A thousand at once."""
        first, second = open_group(channel), open_group(channel)
        async with started(first, second) as (_, listener):
            messages = [b"%d" % number for number in range(1_000)]
            assert [first.publish(message) for message in messages] == [True] * 1_000
            assert await listener.has(1_000) == messages

    @pytest.mark.spec("RELAY-4")
    async def test_channels_are_apart(self, open_group: OpenGroup, channel: str) -> None:
        """Two groups on one product."""
        here, there = open_group(channel), open_group(channel + "-other")
        async with started(here, there) as (hears_here, hears_there):
            assert here.publish(b"here")
            assert there.publish(b"there")
            assert await hears_here.has(1) == [b"here"]
            assert await hears_there.has(1) == [b"there"]

    @pytest.mark.spec("RELAY-3")
    async def test_it_says_no_before_it_is_connected(
        self, open_group: OpenGroup, channel: str
    ) -> None:
        """Before it is started, for that matter."""
        relay = open_group(channel)
        assert not relay.connected
        assert not relay.publish(b"too early")
        await relay.close()

    @pytest.mark.spec("RELAY-5")
    async def test_a_closed_relay_calls_nobody(self, open_group: OpenGroup, channel: str) -> None:
        """But what it was given before is still sent."""
        stays, leaves = open_group(channel), open_group(channel)
        async with started(stays, leaves) as (hears, is_deaf):
            assert leaves.publish(b"last words")
            await leaves.close()
            assert await hears.has(1) == [b"last words"]
            heard_before = list(is_deaf.heard)
            assert stays.publish(b"more")
            await hears.has(2)
            assert is_deaf.heard == heard_before
            assert not leaves.connected
            assert not leaves.publish(b"too late")
