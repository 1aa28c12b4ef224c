"""How often the Hub is asked, and what its answers do; hours in no time."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from typing import Any

import pytest

from jupyter_tandem.engine.federation.vigil import AT_ONCE, WITHIN_S, Vigil
from jupyter_tandem.errors import AccessDenied, HubUnreachable
from jupyter_tandem.sharing import Delegate
from jupyter_tandem.testing.simulation_loop import VirtualLoop
from jupyter_tandem.types import User

TEAM = frozenset({"team"})
MANY = 300
SLOWEST_S = 9.9


def somebody(name: str) -> Delegate:
    return Delegate(User(name, name, name, name[:1]), TEAM, frozenset({""}), may_write=True)


class FakeEmbassy:
    def __init__(self, name: str) -> None:
        self.name = name
        self.delegate: Delegate | None = somebody(name)
        self.ended = asyncio.Event()

    def revoke(self, _reason: str) -> None:
        self.delegate = None
        self.ended.set()


class FakeHub:
    """People with a server and a token each; counts what it is asked, and when."""

    def __init__(self, names: list[str]) -> None:
        self.people = {name: somebody(name) for name in names}
        self.tokens = dict(self.people)
        self.lets_list = True
        self.takes_s = 0.0
        self.away = False
        self.asked: list[tuple[float, str]] = []
        self.under_way = self.most_under_way = 0

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    def wall(self) -> float:
        return self.monotonic()

    async def admit(self, token: str) -> Delegate:
        await self._answer(token)
        if token not in self.tokens:
            raise AccessDenied("unknown")
        return self.tokens[token]

    async def groups_of_active(self) -> Mapping[str, frozenset[str]] | None:
        found = {name: person.groups for name, person in self.people.items()}
        await self._answer("*")
        return found if self.lets_list else None

    async def _answer(self, what: str) -> None:
        self.asked.append((self.monotonic(), what))
        self.under_way += 1
        self.most_under_way = max(self.under_way, self.most_under_way)
        await asyncio.sleep(self.takes_s)
        self.under_way -= 1
        if self.away:
            raise HubUnreachable("away")

    def leave_group(self, name: str) -> None:
        left = replace(self.people[name], groups=frozenset())
        self.people[name] = self.tokens[name] = left

    def delete(self, name: str) -> None:
        del self.people[name], self.tokens[name]


class Bench:
    def __init__(self, count: int) -> None:
        names = [f"p{number}" for number in range(count)]
        self.hub = hub = FakeHub(names)
        self.changes = 0
        self.vigil = Vigil(hub, hub, hub.admit, self._changed)  # type: ignore[arg-type]  # all that it asks of them
        self.here = {name: FakeEmbassy(name) for name in names}
        for name, embassy in self.here.items():
            self.vigil.begin(embassy, name)  # type: ignore[arg-type]  # all that it asks of them

    def _changed(self) -> None:
        self.changes += 1

    async def within(self, true: Callable[[], bool]) -> bool:
        """Whether something comes true within the promised time."""
        end = self.hub.monotonic() + WITHIN_S
        while self.hub.monotonic() < end:
            if true():
                return True
            await asyncio.sleep(0.1)
        return False


def simulated(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    loop = VirtualLoop(lambda: 0.0)
    try:
        loop.run_until_complete(work())
    finally:
        loop.close()
    assert loop.faults == []


@pytest.mark.spec("HUB-12")
def test_one_question_for_everybodys_groups_and_one_for_each_token_spread_over_the_minute() -> None:
    async def work() -> None:
        bench = Bench(MANY)
        minutes = 20
        await asyncio.sleep(minutes * WITHIN_S)
        asked = Counter(what for _, what in bench.hub.asked)
        # At the latest after the time that is promised, at the earliest after half of it.
        for name in ("*", *bench.here):
            assert minutes <= asked[name] <= 2 * minutes, name
        for name in ("*", "p0", "p1"):
            times = [at for at, what in bench.hub.asked if what == name]
            waits = [after - before for before, after in itertools.pairwise(times)]
            assert WITHIN_S / 2 < min(waits) <= max(waits) < WITHIN_S
            assert max(waits) - min(waits) > 1
        busiest = Counter(int(at) for at, _ in bench.hub.asked).most_common(1)[0][1]
        assert busiest < MANY / 10
        assert bench.changes == 0
        await bench.vigil.close()

    simulated(work)


@pytest.mark.spec("HUB-12")
@pytest.mark.parametrize("takes_s", [0.0, SLOWEST_S], ids=["quick", "slow"])
@pytest.mark.parametrize("lets_list", [True, False], ids=["list", "no list"])
def test_what_changes_at_the_hub_acts_within_a_minute(takes_s: float, *, lets_list: bool) -> None:
    async def work() -> None:
        bench = Bench(AT_ONCE)
        bench.hub.takes_s, bench.hub.lets_list = takes_s, lets_list
        await asyncio.sleep(100)
        deleted, withdrawn, left = (bench.here[name] for name in ("p1", "p2", "p3"))
        bench.hub.delete("p1")
        del bench.hub.tokens["p2"]
        bench.hub.leave_group("p3")

        def acted() -> bool:
            assert left.delegate is not None
            return deleted.ended.is_set() and withdrawn.ended.is_set() and not left.delegate.groups

        assert await bench.within(acted)
        assert bench.changes == 1
        assert sum(embassy.ended.is_set() for embassy in bench.here.values()) == 2
        await bench.vigil.close()

    simulated(work)


@pytest.mark.spec("HUB-12")
def test_a_list_that_was_begun_before_a_change_does_not_take_it_back() -> None:
    async def work() -> None:
        bench = Bench(1)
        bench.hub.takes_s = SLOWEST_S
        before = bench.hub.monotonic()
        while not _overlapping(bench.hub.asked, before):
            before = bench.hub.monotonic()
            await asyncio.sleep(0.1)
        bench.hub.leave_group("p0")
        groups = []
        for _ in range(10 * int(WITHIN_S)):
            await asyncio.sleep(0.1)
            delegate = bench.here["p0"].delegate
            assert delegate is not None
            groups.append(delegate.groups)
        assert groups == sorted(groups, key=len, reverse=True)
        assert groups[-1] == frozenset()
        assert bench.changes == 1
        await bench.vigil.close()

    simulated(work)


def _overlapping(asked: list[tuple[float, str]], now: float) -> bool:
    """Whether a list is being told that was asked for while a token was asked about."""
    under_way = [what for at, what in asked if at > now - SLOWEST_S + 0.2]
    return under_way == ["p0", "*"]


@pytest.mark.spec("HUB-12")
def test_nobody_is_shown_out_because_a_list_lacks_them() -> None:
    """They may have no server by now, or lie between two pages of a list that changed meanwhile."""

    async def work() -> None:
        bench = Bench(3)
        await asyncio.sleep(2 * WITHIN_S)
        del bench.hub.people["p1"]
        before = len(bench.hub.asked)
        await asyncio.sleep(20 * WITHIN_S)
        assert bench.here["p1"].delegate == somebody("p1")
        # Their token is asked about at once, but not after every list.
        assert Counter(what for _, what in bench.hub.asked[before:])["p1"] <= 41
        await bench.vigil.close()

    simulated(work)


@pytest.mark.spec("HUB-23", "HUB-12")
@pytest.mark.parametrize("takes_s", [0.0, 10.0], ids=["refuses", "hangs"])
def test_a_hub_that_is_away_changes_nothing_and_is_not_asked_more_for_it(
    takes_s: float, caplog: pytest.LogCaptureFixture
) -> None:
    async def work() -> None:
        bench = Bench(MANY)
        await asyncio.sleep(WITHIN_S)
        bench.hub.away, bench.hub.takes_s = True, takes_s
        bench.hub.delete("p1")
        before = len(bench.hub.asked)
        await asyncio.sleep(10 * WITHIN_S)
        assert len(bench.hub.asked) - before <= 10 * 2 * (MANY + 1)
        assert bench.hub.most_under_way <= AT_ONCE + 1
        assert all(embassy.delegate is not None for embassy in bench.here.values())
        assert bench.changes == 0
        bench.hub.away, bench.hub.takes_s = False, 0.0
        assert await bench.within(bench.here["p1"].ended.is_set)
        assert sum(embassy.ended.is_set() for embassy in bench.here.values()) == 1
        await bench.vigil.close()

    with caplog.at_level(logging.INFO):
        simulated(work)
    said = [record.message for record in caplog.records]
    assert len([message for message in said if "stays" in message]) == 1
    assert said[-1] == "The Hub answers again."


@pytest.mark.spec("HUB-12")
def test_an_answer_that_was_asked_for_earlier_takes_nothing_back() -> None:
    """A slow answer about a token may be older than the list that came meanwhile: the Hub is asked again."""

    async def work() -> None:
        bench = Bench(1)
        embassy = bench.here["p0"]
        (present,) = bench.vigil._here.values()
        stale, asked = somebody("p0"), bench.hub.monotonic()
        await asyncio.sleep(0.1)
        bench.vigil._compare({"p0": frozenset()}, asked)
        assert present.due > bench.hub.monotonic()
        bench.vigil._take(embassy, present, stale, asked)  # type: ignore[arg-type]  # all that it asks of it
        assert embassy.delegate is not None
        assert embassy.delegate.groups == frozenset()
        assert present.due <= bench.hub.monotonic()
        bench.vigil._compare({"p0": TEAM}, asked)
        assert embassy.delegate.groups == frozenset()
        await bench.vigil.close()

    simulated(work)
