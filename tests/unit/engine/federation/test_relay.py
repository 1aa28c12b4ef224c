"""What is run of a document at the service, which has no kernel."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from jupyter_tandem.adapters.store.memory import MemoryDisk
from jupyter_tandem.engine.federation.distant_board import MOST_RUNS
from jupyter_tandem.engine.federation.relay import ASKED_AT_ONCE, Relay
from jupyter_tandem.protocol import frames as f
from jupyter_tandem.testing.memory_files import MemoryFiles
from tests.unit.engine.execution.bench import FakeKernels, House, Person, put_notebook
from tests.unit.engine.federation.relay_bench import (
    FakeAudit,
    FakeKeeper,
    FakeStarting,
    Word,
    recording,
)


@pytest.fixture
async def house() -> AsyncIterator[House]:
    files = MemoryFiles()
    put_notebook(files, "a.ipynb", "1", "2")
    house = House(MemoryDisk(), files, FakeKernels())
    yield house
    await house.stop()


async def relayed(house: House, word: Word) -> tuple[Person, Relay]:
    bob = await house.enter("a.ipynb", "bob")
    relay = Relay(bob.live, "alice", word.may_run, FakeStarting(), recording())
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
    # What asks is refused, and nothing else of theirs cancelled.
    assert await asyncio.wait_for(keeper.warrants.get(), 10) == ("bob", None)


@pytest.mark.spec("HUBRUN-6")
async def test_what_nobody_can_say_takes_nothing_from_those_who_wait(house: House) -> None:
    word = Word()
    _, relay = await relayed(house, word)
    keeper = FakeKeeper()
    relay.keeper_came(keeper)
    relay.told({"runs": [run(1, "bob", "running"), run(2, "bob", "queued")]})
    word.away = True
    relay.review()
    await asyncio.wait_for(word.ended.acquire(), 10)
    # What is told of one is told before the next is asked about.
    word.away = False
    word.may.clear()
    relay.review()
    await asyncio.wait_for(word.ended.acquire(), 10)
    assert await asyncio.wait_for(keeper.warrants.get(), 10) == ("bob", False)
    assert keeper.warrants.empty()


@pytest.mark.spec("HUBRUN-12")
async def test_the_service_gives_its_word_on_nobody_who_runs_nothing_there(house: House) -> None:
    word = Word()
    bob, relay = await relayed(house, word)
    keeper = FakeKeeper()
    relay.keeper_came(keeper)
    for number in range(3_000):
        relay.asked(f"nobody{number}")
    # Whose run is on its way behind the question, and who has asked for one, is answered about.
    relay.asked("bob")
    relay.told({"runs": [run(1, "bob", "queued")]})
    assert await asyncio.wait_for(keeper.warrants.get(), 10) == ("bob", True)
    word.may.add("carol")
    carol = Person(bob.live, "carol")
    carol.ask("run", cells=[{"id": "c0"}])
    await keeper.until_asked(1)
    relay.asked("carol")
    assert await asyncio.wait_for(keeper.warrants.get(), 10) == ("carol", True)
    assert word.asked == ["bob", "carol"]


@pytest.mark.spec("HUBRUN-12")
async def test_after_a_restart_whoever_asks_again_is_answered_about(house: House) -> None:
    bob, relay = await relayed(house, Word())
    keeper = FakeKeeper()
    relay.keeper_came(keeper)
    # The owner's server waits for a word on a command from before, and asks over its new connection.
    relay.asked("bob")
    bob.ask("run", key="again", cells=[{"id": "c0"}])
    await keeper.until_asked(1)
    assert await asyncio.wait_for(keeper.warrants.get(), 10) == ("bob", True)


@pytest.mark.spec("HUBRUN-12")
async def test_after_a_restart_commands_of_before_do_not_wait_for_a_word(house: House) -> None:
    word = Word()
    _, relay = await relayed(house, word)
    keeper = FakeKeeper()
    relay.keeper_came(keeper)
    relay.asked("carol")
    relay.asked("bob")
    assert keeper.warrants.empty()
    told = {"full": True, "kernel": None, "input": None, "runs": [run(1, "bob", "queued")]}
    relay.told(told)
    relay.asked("dave")
    said = [await asyncio.wait_for(keeper.warrants.get(), 10) for _ in range(3)]
    assert sorted(said) == [("bob", True), ("carol", None), ("dave", None)]
    assert word.asked == ["bob"]
    # Over a new connection everything is told anew.
    relay.keeper_left(keeper)
    relay.keeper_came(keeper)
    relay.asked("erin")
    word.may.add("erin")
    relay.told({**told, "runs": [run(2, "erin", "queued")]})
    assert await asyncio.wait_for(keeper.warrants.get(), 10) == ("erin", True)


@pytest.mark.spec("HUBRUN-12")
async def test_many_are_found_out_about_a_few_at_a_time_and_each_in_the_end(house: House) -> None:
    word = Word()
    _, relay = await relayed(house, word)
    keeper = FakeKeeper()
    relay.keeper_came(keeper)
    people = [f"p{number:03}" for number in range(300)]
    word.may.update(people)
    relay.told({"runs": [run(1 + n, name, "queued") for n, name in enumerate(people)]})
    for name in (*people, *people):
        relay.asked(name)
    said = [await asyncio.wait_for(keeper.warrants.get(), 10) for _ in people]
    assert said == [(name, True) for name in people]
    word.may.clear()
    relay.review()
    said = [await asyncio.wait_for(keeper.warrants.get(), 10) for _ in people]
    assert sorted(said) == [(name, False) for name in people]
    assert word.most_under_way <= ASKED_AT_ONCE


@pytest.mark.spec("HUBRUN-12")
async def test_what_has_changed_since_a_word_was_found_is_found_out_again(house: House) -> None:
    word = Word()
    _, relay = await relayed(house, word)
    keeper = FakeKeeper()
    relay.keeper_came(keeper)
    relay.told({"runs": [run(1, "bob", "queued")]})
    relay.asked("bob")
    # The first question is under way by then.
    await asyncio.sleep(0)
    relay.asked("bob")
    for _ in range(2):
        assert await asyncio.wait_for(keeper.warrants.get(), 10) == ("bob", True)


@pytest.mark.spec("HUBRUN-13")
async def test_what_is_told_of_runs_is_kept_within_bounds_for_everybody(house: House) -> None:
    bob, relay = await relayed(house, Word())
    relay.keeper_came(FakeKeeper())
    for first in range(1, 60_000, 2_000):
        relay.told({"runs": [run(first + n, "victim", "finished") for n in range(2_000)]})
    late = Person(bob.live, "late")
    (told,) = [m.body for m in late.told if isinstance(m, f.Execution)]
    assert len(told["runs"]) <= MOST_RUNS
    assert told["runs"][-1]["id"] == 60_000


@pytest.mark.spec("HUBRUN-14")
async def test_an_owners_server_takes_no_more_runs_in_ones_name_than_one_asked_for(
    house: House,
) -> None:
    bob, audit = await house.enter("a.ipynb", "bob"), FakeAudit()
    relay = Relay(bob.live, "alice", Word().may_run, FakeStarting(), recording(audit))
    bob.live.take_orders(relay)
    keeper = FakeKeeper()
    relay.keeper_came(keeper)
    for command in ("run", "interrupt"):
        bob.ask(command, cells=[{"id": "c0"}, {"id": "c1"}])
    await keeper.until_asked(2)
    for number, _, _ in keeper.errands:
        relay.outcome(number, {"number": number, "runs": [1, 2, 3, 4]})
    ended = [{**run(n, "bob", "finished"), "started_at": 1.0 + n} for n in range(1, 5)]
    relay.told({"runs": ended})
    await audit.until_recorded(4)
    assert [(d["run"], d.get("told_by")) for _, _, d in audit.recorded] == [
        (1, None),
        (2, None),
        (3, "alice"),
        (4, "alice"),
    ]
