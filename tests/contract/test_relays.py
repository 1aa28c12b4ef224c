"""All relays keep the same promises, the two over a network on the real thing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator

import pytest

from jupyter_tandem.adapters.signaling.memory import MemoryHub, MemoryRelay
from jupyter_tandem.adapters.signaling.nats import NatsRelay
from jupyter_tandem.adapters.signaling.redis import RedisRelay
from jupyter_tandem.testing.relay_contract import OpenGroup, RelayContract
from tests.integration.signaling.serving import (
    free_port,
    listening,
    nats_command,
    redis_command,
    running,
)


class TestMemoryRelay(RelayContract):
    @pytest.fixture
    def open_group(self) -> OpenGroup:
        hubs: dict[str, MemoryHub] = defaultdict(MemoryHub)
        return lambda channel: MemoryRelay(hubs[channel])


@pytest.mark.slow
class TestRedisRelay(RelayContract):
    @pytest.fixture
    async def open_group(self) -> AsyncIterator[OpenGroup]:
        port = free_port()
        with running(*redis_command(port)):
            await listening(port)
            yield lambda channel: RedisRelay(f"redis://127.0.0.1:{port}", channel)


@pytest.mark.slow
class TestNatsRelay(RelayContract):
    @pytest.fixture
    async def open_group(self) -> AsyncIterator[OpenGroup]:
        port = free_port()
        with running(*nats_command(port)):
            await listening(port)
            yield lambda channel: NatsRelay(f"nats://127.0.0.1:{port}", channel)


@pytest.mark.slow
@pytest.mark.spec("RELAY-5")
@pytest.mark.parametrize("kind", [RedisRelay, NatsRelay])
async def test_closing_what_never_connected(kind: type[RedisRelay | NatsRelay]) -> None:
    scheme = "redis" if kind is RedisRelay else "nats"
    relay = kind(f"{scheme}://127.0.0.1:{free_port()}")
    await relay.start(lambda _message: None, lambda _connected: None)
    await relay.close()
    assert not relay.connected
