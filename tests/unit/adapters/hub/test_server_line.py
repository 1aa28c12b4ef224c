"""A server's connection to the Hub's service, from which others must have their turn."""

from __future__ import annotations

import asyncio

from jupyter_tandem.adapters.hub.federation_socket import ServerLine
from jupyter_tandem.adapters.hub.meter import HubMeter
from jupyter_tandem.adapters.server.heartbeat import Heartbeat
from tests.unit.adapters.server.test_line import PATIENCE_S, met

_SIZE = 1_000
_COUNT = 300


def message(size: int) -> bytes:
    """A client's binary message, masked with nothing."""
    return bytes((0x82, 0xFE)) + size.to_bytes(2, "big") + bytes(4) + b"x" * size


class Envoy:
    """Writes down in which turns of the loop it is handed messages."""

    username = "ana"

    def __init__(self) -> None:
        self.turn = 0
        self.messages_by_turn: dict[int, int] = {}
        self.whole = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._count()

    def _count(self) -> None:
        self.turn += 1
        self._loop.call_soon(self._count)

    def take(self, message: bytes) -> None:
        assert len(message) == _SIZE
        self.messages_by_turn[self.turn] = self.messages_by_turn.get(self.turn, 0) + 1
        if sum(self.messages_by_turn.values()) == _COUNT:
            self.whole.set()


async def test_others_have_their_turn_while_a_server_sends_without_a_pause() -> None:
    async with met(message(_SIZE) * _COUNT) as (stream, _):
        envoy, meter = Envoy(), HubMeter()
        line = ServerLine(stream, Heartbeat(), 1 << 20, meter)
        running = asyncio.ensure_future(line.run(envoy))  # type: ignore[arg-type]  # all that it asks of one
        await asyncio.wait_for(envoy.whole.wait(), PATIENCE_S)
        line.cut()
        await running
    # As many as are in what is read at once.
    assert max(envoy.messages_by_turn.values()) <= 64 * 1024 // _SIZE + 1
