"""A server's connection to the service: how soon it comes back, and what the log says meanwhile; minutes in no time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from jupyter_tandem.engine.federation.uplink import Uplink
from jupyter_tandem.errors import HubUnreachable
from jupyter_tandem.protocol.federation import FEDERATION_VERSION, Welcome, encode_federation
from jupyter_tandem.testing.simulation_loop import VirtualLoop

BACK_S = 10.0


class Line:
    """A connection that welcomes, and ends when it is cut."""

    def __init__(self, version: int) -> None:
        self._welcome: bytes | None = encode_federation(Welcome({"protocol": version}))
        self.over = asyncio.Event()
        self.backlog_bytes = 0

    def send(self, message: bytes) -> None: ...

    async def receive(self) -> bytes | None:
        welcome, self._welcome = self._welcome, None
        if welcome is None:
            await self.over.wait()
        return welcome

    async def close(self) -> None:
        self.over.set()


class Service:
    """Away, or there in a version; the lines that it has."""

    def __init__(self) -> None:
        self.version: int | None = None
        self.attempts = 0
        self.lines: list[Line] = []

    async def connect(self) -> Line:
        self.attempts += 1
        if self.version is None:
            raise HubUnreachable("It is away.")
        self.lines.append(Line(self.version))
        return self.lines[-1]

    def restart(self, version: int | None) -> None:
        self.version = version
        for line in self.lines:
            line.over.set()


class Listener:
    def welcomed(self, body: object) -> None: ...

    def heard(self, message: object) -> None: ...

    def lost(self) -> None: ...


def simulated(work: Callable[[Service, Uplink], Coroutine[Any, Any, None]]) -> None:
    loop = VirtualLoop(lambda: 0.0)

    async def run() -> None:
        service = Service()
        uplink = Uplink(service, lambda: True, Listener())  # type: ignore[arg-type]  # all that it asks of them
        running = asyncio.ensure_future(uplink.run())
        await work(service, uplink)
        running.cancel()
        await asyncio.wait({running})

    try:
        loop.run_until_complete(run())
    finally:
        loop.close()
    assert loop.faults == []


@pytest.mark.spec("HUB-8")
@pytest.mark.parametrize("away_s", [1, 7, 30, 600, 86_400])
def test_it_is_there_again_within_ten_seconds_however_long_the_service_was_away(
    away_s: float,
) -> None:
    async def work(service: Service, uplink: Uplink) -> None:
        service.restart(FEDERATION_VERSION)
        for _ in range(5):
            await asyncio.sleep(BACK_S)
            assert uplink.connected
            service.restart(None)
            await asyncio.sleep(away_s)
            assert not uplink.connected
            service.restart(FEDERATION_VERSION)
        await asyncio.sleep(BACK_S)
        assert uplink.connected

    simulated(work)


@pytest.mark.spec("HUB-8")
def test_who_waits_does_not_ask_more_often_than_every_three_seconds() -> None:
    async def work(service: Service, _uplink: Uplink) -> None:
        await asyncio.sleep(60)
        before = service.attempts
        await asyncio.sleep(3_000)
        assert 500 <= service.attempts - before <= 1_000

    simulated(work)


@pytest.mark.spec("HUB-31")
def test_the_log_says_once_why_it_is_alone_and_when_the_service_speaks_another_language(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def work(service: Service, uplink: Uplink) -> None:
        await asyncio.sleep(300)
        service.restart(FEDERATION_VERSION + 1)
        await asyncio.sleep(300)
        assert not uplink.connected
        service.restart(FEDERATION_VERSION)
        await asyncio.sleep(300)
        assert uplink.connected
        service.restart(None)
        await asyncio.sleep(300)

    with caplog.at_level(logging.WARNING):
        simulated(work)
    away, language, away_again = (record.getMessage() for record in caplog.records)
    assert away == away_again == "It is away."
    assert "speaks another language: upgrade jupyter-tandem" in language
