"""HUBRUN-8: commands that wait for an owner's server are handed on once, or refused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from jupyter_tandem.adapters.store.memory import MemoryDisk
from jupyter_tandem.engine.federation import anteroom as module
from jupyter_tandem.engine.federation.relay import Relay
from jupyter_tandem.protocol import frames as f
from jupyter_tandem.protocol.reason import owner_late
from jupyter_tandem.testing.memory_files import MemoryFiles
from tests.unit.engine.execution.bench import FakeKernels, House, Person, put_notebook
from tests.unit.engine.federation.relay_bench import FakeKeeper, FakeStarting, Word, recording

pytestmark = pytest.mark.spec("HUBRUN-8")


@pytest.fixture
async def house() -> AsyncIterator[House]:
    files = MemoryFiles()
    put_notebook(files, "a.ipynb", "1", "2")
    house = House(MemoryDisk(), files, FakeKernels())
    yield house
    await house.stop()


async def waiting(house: House, *let: str) -> tuple[Person, Relay, FakeStarting]:
    """Bob in a document whose owner's server is stopped, and lets some have it started."""
    bob, starting = await house.enter("a.ipynb", "bob"), FakeStarting()
    starting.let |= set(let)
    relay = Relay(bob.live, "alice", Word().may_run, starting, recording())
    bob.live.take_orders(relay)
    return bob, relay, starting


def kernel(person: Person) -> Any:
    """How the kernel was told to stand last."""
    told = [m.body for m in person.told if isinstance(m, f.Execution)]
    return next((body["kernel"] for body in reversed(told) if "kernel" in body), None)


def ask(person: Person, key: str = "") -> int:
    return person.ask("run", key=key, cells=[{"id": "c0"}])


async def until_started(starting: FakeStarting) -> str:
    return await asyncio.wait_for(starting.started.get(), 10)


async def test_a_run_waits_and_is_handed_on_once(house: House) -> None:
    bob, relay, starting = await waiting(house, "bob")
    first, second = ask(bob), ask(bob)
    assert await until_started(starting) == "bob"
    assert kernel(bob)["state"] == "starting"
    assert kernel(bob)["reason"] == "Starting alice's server…"
    keeper = FakeKeeper()
    relay.keeper_came(keeper)
    assert [(name, command["type"]) for _, name, command in keeper.errands] == [("bob", "run")] * 2
    await asyncio.wait_for(starting.stopped.wait(), 10)
    assert starting.started.empty()
    relay.told({"full": True, "kernel": None, "input": None, "runs": []})
    for (number, _, _), asked in zip(list(keeper.errands), (first, second), strict=True):
        relay.outcome(number, {"number": number, "status": "accepted"})
        assert (await bob.answer(asked))["status"] == "accepted"
    relay.keeper_left(keeper)
    relay.keeper_came(keeper)
    assert len(keeper.errands) == 2


async def test_who_is_not_let_is_told_whom_to_ask(house: House) -> None:
    bob, _, starting = await waiting(house)
    answer = await bob.answer(ask(bob))
    assert (answer["status"], answer["why"]) == ("refused", ["owner-away-ask", "alice"])
    assert "Ask alice to start it" in answer["message"]
    assert starting.started.empty()


async def test_an_interrupt_gives_up(house: House) -> None:
    bob, relay, starting = await waiting(house, "bob")
    asked = ask(bob)
    await until_started(starting)
    other = Person(bob.live, "carol")
    refused = await other.answer(other.ask("interrupt"))
    assert refused["why"] == ["owner-away", "alice"]
    assert (await bob.answer(bob.ask("interrupt")))["status"] == "accepted"
    assert (await bob.answer(asked))["why"] == ["owner-given-up", "alice"]
    await asyncio.wait_for(starting.stopped.wait(), 10)
    assert kernel(bob) is None
    keeper = FakeKeeper()
    relay.keeper_came(keeper)
    assert keeper.errands == []


async def test_a_start_that_fails_refuses_all_who_wait(house: House) -> None:
    bob, relay, starting = await waiting(house, "bob", "carol")
    carol = Person(bob.live, "carol")
    mine, hers = ask(bob), ask(carol)
    await until_started(starting)
    starting.end.put_nowait(owner_late("alice"))
    for person, asked in ((bob, mine), (carol, hers)):
        assert (await person.answer(asked))["why"] == ["owner-late", "alice"]
    assert kernel(bob) is None
    keeper = FakeKeeper()
    relay.keeper_came(keeper)
    assert keeper.errands == []


async def test_who_is_let_no_longer_does_not_wait(house: House) -> None:
    bob, relay, starting = await waiting(house, "bob")
    asked = ask(bob)
    await until_started(starting)
    relay.review()
    starting.let.clear()
    relay.review()
    assert (await bob.answer(asked))["why"] == ["owner-away-ask", "alice"]
    await asyncio.wait_for(starting.stopped.wait(), 10)


async def test_nothing_is_run_for_who_has_left_and_what_is_asked_again_is_run_once(
    house: House,
) -> None:
    bob, relay, starting = await waiting(house, "bob", "carol")
    carol = Person(bob.live, "carol")
    ask(carol)
    await until_started(starting)
    ask(bob, "once")
    again = ask(bob, "once")
    # What was sent before is dealt with before what comes then.
    bob.live.leave(carol.session)
    keeper = FakeKeeper()
    relay.keeper_came(keeper)
    ((number, name, command),) = keeper.errands
    assert (name, command["key"]) == ("bob", "once")
    relay.outcome(number, {"number": number, "status": "accepted"})
    assert (await bob.answer(again))["status"] == "accepted"


async def test_what_is_no_run_does_not_wait_and_not_too_many_do(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    bob, _, starting = await waiting(house, "bob")
    for kind, fields in (("restart", {"cells": []}), ("cancel", {"runs": [1]})):
        answer = await bob.answer(bob.ask(kind, **fields))
        assert answer["why"] == ["owner-away", "alice"]
    monkeypatch.setattr(module, "MOST_WAITING", 1)
    ask(bob)
    assert (await bob.answer(ask(bob)))["why"] == ["owner-crowded", "alice"]
    await until_started(starting)


async def test_five_hundred_people_who_run_two_cells_each_all_wait(house: House) -> None:
    people = [f"s{number:03}" for number in range(500)]
    bob, relay, starting = await waiting(house, *people)
    crowd = [Person(bob.live, name) for name in people]
    for person in crowd:
        ask(person)
        ask(person)
    await until_started(starting)
    keeper = FakeKeeper()
    relay.keeper_came(keeper)
    assert sorted(name for _, name, _ in keeper.errands) == sorted(people * 2)
    assert not any(isinstance(message, f.RunAnswer) for one in crowd for message in one.told)


async def test_those_who_wait_name_no_more_cells_than_there_is_room_for(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_CELLS", 3)
    bob, relay, starting = await waiting(house, "bob")
    two, four = ([{"id": f"c{number}"} for number in range(count)] for count in (2, 4))
    bob.ask("run", key="k", cells=two)
    assert (await bob.answer(bob.ask("run", cells=two)))["why"] == ["owner-crowded", "alice"]
    # What is asked again is what was asked, whatever it names now.
    bob.ask("run", key="k", cells=four)
    await until_started(starting)
    keeper = FakeKeeper()
    relay.keeper_came(keeper)
    ((_, _, command),) = keeper.errands
    assert [cell["id"] for cell in command["cells"]] == ["c0", "c1"]
