"""HUBRUN-14: the audit log of a service is everybody's, whatever one owner's server tells of."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from jupyter_tandem.engine.federation import run_audit as module
from jupyter_tandem.engine.federation.run_audit import MOST_AHEAD, TOLD, Ended, RunAudit
from jupyter_tandem.engine.federation.run_record import RunRecord
from jupyter_tandem.engine.sharing.auditor import Auditor
from jupyter_tandem.sharing import AuditEvent
from jupyter_tandem.types import FileId, User

pytestmark = pytest.mark.spec("HUBRUN-14")

DOCUMENT = FileId("d1")


class FakeLog:
    """Takes its time to write."""

    def __init__(self) -> None:
        self.events: list[AuditEvent] = []
        self.news = asyncio.Event()
        self.works = asyncio.Event()
        self.works.set()

    async def append(self, events: Sequence[AuditEvent]) -> None:
        await self.works.wait()
        await asyncio.sleep(0)
        self.events += events
        self.news.set()

    async def find(self, *_: Any, **__: Any) -> list[Any]:
        return []

    async def until(self, count: int) -> None:
        while len(self.events) < count:
            self.news.clear()
            await asyncio.wait_for(self.news.wait(), 30)

    def of(self, kind: str) -> list[AuditEvent]:
        return [event for event in self.events if event.kind == kind]


class Clock:
    """Stands still unless the test says otherwise."""

    now = 0.0

    def wall(self) -> float:
        return 1e9

    def monotonic(self) -> float:
        return self.now


class Bench:
    """A service's audit log and the way of runs into it."""

    def __init__(self) -> None:
        self.log, self.clock = FakeLog(), Clock()
        log: Any = self.log
        self.auditor = Auditor(log, self.clock)
        self.runs = RunAudit(self.auditor, self.clock)

    async def known(self, owner: str) -> RunRecord:
        """A record of which nothing has to be read any more."""
        record = RunRecord(self.runs, DOCUMENT, owner)
        record.told([ended(0)])
        assert record.reading is not None
        await record.reading
        await self.log.until(1)
        self.log.events.clear()
        return record


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    bench = Bench()
    yield bench
    bench.runs.close()
    await bench.auditor.close()


def ended(number: int, username: str = "victim") -> dict[str, Any]:
    user = {"username": username, "display_name": username.title()}
    return {"id": number, "state": "finished", "user": user, "started_at": 1.0 + number}


def several(first: int, count: int) -> list[dict[str, Any]]:
    return [ended(first + number) for number in range(count)]


async def test_ten_thousand_runs_that_are_told_of_at_once_are_all_recorded(bench: Bench) -> None:
    record = await bench.known("alice")
    for first in range(1, 10_001, 1_000):
        record.told(several(first, 1_000))
    await bench.log.until(10_000)
    assert [event.details["run"] for event in bench.log.events] == list(range(1, 10_001))
    assert {event.details["told_by"] for event in bench.log.events} == {"alice"}


async def test_what_others_do_is_recorded_beside_a_flood(bench: Bench) -> None:
    record = await bench.known("mallory")
    other = await bench.known("alice")
    bench.log.works.clear()
    for first in range(1, 100_001, 10_000):
        record.told(several(first, 10_000))
        assert bench.auditor.waiting <= MOST_AHEAD
    for number in range(5_000):
        bench.auditor.record("link.used", "user:mallory", "d2", number=number)
    other.told([ended(1, "bob")])
    bench.log.works.set()
    while not [event for event in bench.log.of("cell.run") if event.actor == "user:bob"]:
        await bench.log.until(len(bench.log.events) + 1)
    assert len(bench.log.of("link.used")) == 5_000
    assert bench.log.of("audit.dropped") == []
    # alice's run was behind one of mallory's, not behind all of them.
    assert len(bench.log.of("cell.run")) < 5_000


async def test_how_many_were_left_out_is_recorded_and_they_are_counted_once(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SUM_S", 0.01)
    record, (most, _) = await bench.known("mallory"), TOLD
    record.told(several(1, most - 1))
    await bench.log.until(most - 1)
    for _ in range(3):
        record.told(several(most, 500))
        await bench.log.until(most)
    (dropped,) = bench.log.of("audit.dropped")
    assert dropped.actor == "server"
    assert dict(dropped.details) == {"owner": "mallory", "count": 500}
    # Another document of the same owner's has no more, and another owner all.
    bench.runs.record("mallory", Ended("user:victim", "d2", True, {}))
    bench.runs.record("alice", Ended("user:bob", "d3", True, {}))
    bench.clock.now = 10.0
    record.told(several(2 * most, 500))
    await bench.log.until(most + 12)
    assert len(bench.log.of("cell.run")) == most - 1 + 1 + 10
    assert [dict(event.details)["count"] for event in bench.log.of("audit.dropped")] == [500, 491]


async def test_what_people_asked_for_through_the_service_is_not_left_out(bench: Bench) -> None:
    record = await bench.known("alice")
    record.told(several(1, TOLD[0] + 10))
    record.asked(User("bob", "Bob", "Bob", "B"), [50_000, 50_001], 2)
    record.told([ended(50_000, "mallory"), ended(50_001, "mallory")])
    await bench.log.until(TOLD[0] + 1)
    assert [e.details["run"] for e in bench.log.events if e.actor == "user:bob"] == [50_000, 50_001]


async def test_what_waits_when_the_service_stops_is_handed_on(bench: Bench) -> None:
    record = await bench.known("alice")
    record.told(several(1, 5_000))
    bench.runs.close()
    await bench.auditor.close()
    assert len(bench.log.of("cell.run")) == 5_000
