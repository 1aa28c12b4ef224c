"""Everything at once, from many addresses: limits hold, and people in their rooms notice nothing."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from benchmarks.signaling import Latency, measure, open_clients
from benchmarks.signaling_client import connect
from tests.integration.signaling.serving import get, server_process, serving

pytestmark = [pytest.mark.fault, pytest.mark.slow]

ROOT = Path(__file__).parents[3]
MET = (
    'closed_total{reason="limit"}',
    'closed_total{reason="malformed"}',
    'closed_total{reason="rate"}',
    'refused_total{reason="address-full"}',
    'dropped_total{reason="too-many-topics"}',
)


@contextlib.asynccontextmanager
async def attack(url: str) -> AsyncIterator[None]:
    attacker = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.signaling", "--attacker"),
        *("--url", url),
        cwd=ROOT,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        attacker.kill()
        await attacker.wait()


def value(page: str, name: str) -> float:
    """Read one counter of the metrics page; 0 when it has never been counted."""
    lines = (line for line in page.splitlines() if line.startswith(f"tandem_signal_{name} "))
    return float(next(lines, " 0").rpartition(" ")[2])


@pytest.mark.spec("SIGNAL-8", "SIGNAL-9", "SIGNAL-10", "SIGNAL-11", "SIGNAL-14", "SIGNAL-18")
async def test_people_notice_nothing() -> None:
    with server_process("--log-level", "WARNING") as (url, process):
        server = psutil.Process(process.pid)
        people = await open_clients(url, 200)
        at_rest = server.memory_info().rss
        latency, page = Latency(), ""
        async with attack(url):
            while not all(value(page, name) for name in MET):
                await measure(people, rate=100, seconds=2, latency=latency)
                page = (await get(f"{url}/metrics"))[1]
                assert latency.expected < 240_000, "the attack never reaches every limit"
            grown_mib = (server.memory_info().rss - at_rest) / 2**20
        await asyncio.gather(*(who.ping() for who in people))
        assert len(latency.seconds) == latency.expected, "every message arrived"
        # Wall time on a machine that also runs the attackers: what a person bears.
        assert sorted(latency.seconds)[latency.expected // 2] < 1.0
        assert not any(who.closed.is_set() for who in people)
        assert grown_mib < 50
        # 4 attackers with 20 connections and 100 topics each, and the rooms of the people.
        assert value(page, "topics") <= 8_000 + 100


@pytest.mark.spec("SIGNAL-10", "SIGNAL-18")
async def test_a_million_topics() -> None:
    """One address asks for a million; it gets what one may have, and nothing of it stays."""
    options = ("--messages-per-connection", "1000000/1000000")
    async with serving(*options, "--messages-per-address", "1000000/1000000") as (url, server):
        greedy = [await connect(url, "127.0.0.7") for _ in range(50)]
        for turn in range(200):
            for number, who in enumerate(greedy):
                names = [f"{number}-{turn}-{index}" for index in range(100)]
                who.send_json({"type": "subscribe", "topics": names})
            await asyncio.gather(*(who.ping() for who in greedy))
        page = server.meter.page()
        assert value(page, "topics") == 4_000
        assert value(page, "subscriptions") == 4_000
        modest = await connect(url, "127.0.0.8")
        modest.send_json({"type": "subscribe", "topics": ["room"]})
        await modest.ping()
        assert value(server.meter.page(), "topics") == 4_001
        for who in greedy:
            who.transport.close()
            await who.closed.wait()
        await modest.ping()
        assert value(server.meter.page(), "topics") == 1
