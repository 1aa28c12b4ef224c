"""SIGNAL-30: a relay comes back, whatever it went away with."""

from __future__ import annotations

import asyncio
import logging

import pytest

from jupyter_tandem.adapters.signaling import reconnecting as module
from jupyter_tandem.adapters.signaling.nats import NatsRelay
from jupyter_tandem.adapters.signaling.reconnecting import ReconnectingRelay

pytestmark = pytest.mark.spec("SIGNAL-30")


class MoodyRelay(ReconnectingRelay):
    """Fails with each of ``moods`` in turn, and is there afterwards."""

    product = "Moody"
    failures = (OSError,)

    def __init__(self, moods: list[Exception]) -> None:
        super().__init__()
        self.moods = moods
        self.tried = 0

    async def serve(self) -> None:
        self.tried += 1
        if self.moods:
            raise self.moods.pop(0)
        self.now_connected()
        await asyncio.Event().wait()


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_FIRST_DELAY_S", 0.01)
    monkeypatch.setattr(module, "_LONGEST_DELAY_S", 0.01)


async def test_it_is_tried_again_and_told_of_once(caplog: pytest.LogCaptureFixture) -> None:
    secret = ValueError("redis://tandem:very-secret@host:63x79")
    relay = MoodyRelay([OSError(), secret, secret, secret, KeyError("x"), OSError()])
    there = asyncio.Event()
    with caplog.at_level(logging.INFO):
        await relay.start(lambda _message: None, lambda up: there.set() if up else None)
        await asyncio.wait_for(there.wait(), 60)
    assert relay.tried == 7
    assert relay.publish(b"message")
    told = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert [("ValueError" in line, "KeyError" in line) for line in told] == [
        (True, False),
        (False, True),
    ]
    assert "very-secret" not in caplog.text
    relay.queue.get_nowait()
    relay.queue.task_done()
    await relay.close()


@pytest.mark.parametrize(
    "nonsense", [b"INFO{}\r\n", b"INFO []\r\n", b'INFO {"x":"' + b"a" * 200_000 + b'"}\r\n']
)
async def test_a_nats_server_that_talks_nonsense_is_tried_again(nonsense: bytes) -> None:
    again = asyncio.Event()
    tried = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal tried
        tried += 1
        if tried == 3:
            again.set()
        writer.write(nonsense)
        await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    relay = NatsRelay(f"nats://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    await relay.start(lambda _message: None, lambda _connected: None)
    await asyncio.wait_for(again.wait(), 60)
    await relay.close()
    server.close()
