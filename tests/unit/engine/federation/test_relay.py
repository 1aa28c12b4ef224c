"""What is run of a document at the service, which has no kernel."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from jupyter_tandem.adapters.store.memory import MemoryDisk
from jupyter_tandem.engine.federation.relay import Relay
from jupyter_tandem.protocol import frames as f
from jupyter_tandem.testing.memory_files import MemoryFiles
from tests.unit.engine.execution.bench import FakeKernels, House, Person, put_notebook
from tests.unit.engine.federation.relay_bench import FakeAudit, FakeKeeper, FakeStarting, Word


@pytest.fixture
async def house() -> AsyncIterator[House]:
    files = MemoryFiles()
    put_notebook(files, "a.ipynb", "1", "2")
    house = House(MemoryDisk(), files, FakeKernels())
    yield house
    await house.stop()


async def relayed(house: House, word: Word) -> tuple[Person, Relay]:
    bob = await house.enter("a.ipynb", "bob")
    relay = Relay(bob.live, "alice", word.may_run, FakeStarting(), FakeAudit())
    bob.live.take_orders(relay)
    return bob, relay


def run(number: int, username: str, state: str) -> dict[str, Any]:
    return {"id": number, "state": state, "user": {"username": username, "display_name": ""}}


@pytest.mark.spec("HUBRUN-5")
async def test_without_the_owners_server_a_command_is_refused_with_its_name(house: House) -> None:
    bob, relay = await relayed(house, Word())
    answer = await bob.run("c0")
    assert (answer["status"], answer["code"]) == ("refused", "unavailable")
    assert answer["message"].startswith("alice's server is stopped")
    keeper = FakeKeeper()
    relay.keeper_came(keeper)
    asked = bob.ask("run", cells=[{"id": "c0"}])
    await keeper.until_asked(1)
    relay.keeper_left(keeper)
    assert "went away before it answered" in (await bob.answer(asked))["message"]


@pytest.mark.spec("HUBRUN-1", "HUBRUN-2")
async def test_answers_find_whoever_asked_and_names_are_the_services(house: House) -> None:
    bob, relay = await relayed(house, Word())
    other = Person(bob.live, "carol")
    keeper = FakeKeeper()
    relay.keeper_came(keeper)
    asked = [one.ask("interrupt") for one in (bob, other)]
    await keeper.until_asked(2)
    assert [(number, name) for number, name, _ in keeper.errands] == [(1, "bob"), (2, "carol")]
    assert all(command["number"] == number for number, _, command in keeper.errands)
    for number, name, _ in keeper.errands:
        relay.outcome(number, {"number": number, "status": name})
    assert (await bob.answer(asked[0]))["status"] == "bob"
    assert (await other.answer(asked[1]))["status"] == "carol"
    relay.outcome(77, {"number": 77})


@pytest.mark.spec("HUBRUN-5")
async def test_nobody_is_shown_as_running_at_a_server_that_went_away(house: House) -> None:
    bob, relay = await relayed(house, Word())
    keeper = FakeKeeper()
    relay.keeper_came(keeper)
    runs = [run(1, "bob", "finished"), run(2, "bob", "running"), run(3, "bob", "queued")]
    kernel = {"id": "k", "name": "python3", "state": "busy", "reason": ""}
    relay.told({"full": True, "kernel": kernel, "input": None, "runs": runs})
    relay.keeper_left(keeper)
    assert bob.states() == ["finished", "interrupted", "held"]
    late = Person(bob.live, "late")
    (told,) = [m.body for m in late.told if isinstance(m, f.Execution)]
    assert told["full"]
    assert told["kernel"]["state"] == "dead"
    assert told["kernel"]["reason"].startswith("Alice's server is stopped")
    relay.keeper_came(keeper)
    relay.told({"full": True, "kernel": None, "input": None, "runs": [run(2, "bob", "finished")]})
    assert bob.runs[2]["state"] == "finished"


@pytest.mark.spec("HUBRUN-6")
async def test_whoever_has_lost_the_right_is_told_of_at_once_and_when_asked(house: House) -> None:
    word = Word()
    _, relay = await relayed(house, word)
    keeper = FakeKeeper()
    relay.keeper_came(keeper)
    relay.told({"runs": [run(1, "bob", "queued"), run(2, "carol", "finished")]})
    relay.review()
    relay.asked("bob")
    assert await asyncio.wait_for(keeper.warrants.get(), 10) == ("bob", True)
    word.may.clear()
    relay.review()
    assert await asyncio.wait_for(keeper.warrants.get(), 10) == ("bob", False)
    word.may.add("bob")
    word.away = True
    relay.asked("bob")
    assert await asyncio.wait_for(keeper.warrants.get(), 10) == ("bob", False)
