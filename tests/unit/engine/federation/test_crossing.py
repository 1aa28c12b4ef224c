"""HUBRUN-4, HUBRUN-5: where a colleague's cells are run, and what they see of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from jupyter_tandem.adapters.store.memory import MemoryDisk
from jupyter_tandem.engine.federation import crossing as module
from jupyter_tandem.engine.federation.crossing import Crossing
from jupyter_tandem.protocol import frames as f
from jupyter_tandem.testing.memory_files import MemoryFiles
from jupyter_tandem.types import Address
from tests.unit.engine.execution.bench import FakeKernels, House, Person, put_notebook

RUN = {"id": 9, "state": "running", "user": {"username": "alice", "display_name": "Alice"}}


class FakeKnown:
    """What is shared: the right to run code at the owner's server, or not."""

    far = False

    def runs_at_owners(self, address: Address) -> bool:
        return self.far

    def owner_of(self, address: Address) -> str:
        return "alice"


class FakeLink:
    """The way to the owner's server."""

    def __init__(self) -> None:
        self.commands: list[dict[str, Any]] = []
        self.asked = asyncio.Event()

    def command(self, command: f.RunCommand) -> None:
        self.commands.append(command.body)
        if len(self.commands) == 2:
            self.asked.set()


@pytest.fixture
async def house() -> AsyncIterator[House]:
    files = MemoryFiles()
    put_notebook(files, "a.ipynb", "1", "2")
    house = House(MemoryDisk(), files, FakeKernels())
    yield house
    await house.stop()


async def crossed(house: House, known: FakeKnown) -> tuple[Person, Crossing]:
    bob = await house.enter("a.ipynb", "bob")
    return bob, Crossing(bob.live, known, house.hall)  # type: ignore[arg-type]  # all that is asked


def shown(person: Person) -> dict[int, str]:
    """The runs as they are shown since everything was told anew."""
    found: dict[int, str] = {}
    for message in person.told:
        if isinstance(message, f.Execution):
            if message.body.get("full"):
                found = {}
            found.update({run["id"]: run["state"] for run in message.body["runs"]})
    return found


@pytest.mark.spec("HUBRUN-4")
async def test_what_runs_here_ends_here_before_the_owners_queue_is_shown(house: House) -> None:
    known = FakeKnown()
    bob, crossing = await crossed(house, known)
    crossing.told({"full": True, "kernel": None, "input": None, "runs": [RUN]})
    assert shown(bob) == {}
    await bob.run("c0")
    await house.kernels.until_asked(1)
    known.far = True
    crossing.review()
    assert (crossing.far, shown(bob)) == (False, {1: "running"})
    house.kernels.connected["kernel of a.ipynb"][0].end(house.kernels.asked[0][2])
    await bob.until(lambda: shown(bob) == {1: "finished"})
    while not crossing.far:
        # The queue has told of the end, and puts its things away.
        await asyncio.sleep(0)
        crossing.review()
    assert shown(bob) == {9: "running"}
    known.far = False
    crossing.review()
    await bob.until(lambda: shown(bob) == {1: "finished"})


@pytest.mark.spec("HUBRUN-1", "HUBRUN-5")
async def test_commands_go_where_the_right_is_and_are_refused_without_a_way(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "JOIN_S", 0.01)
    known = FakeKnown()
    known.far = True
    bob, crossing = await crossed(house, known)
    answer = await bob.run("c0")
    assert (answer["code"], house.kernels.asked) == ("unavailable", [])
    assert "cannot be reached" in answer["message"]
    link: Any = FakeLink()
    crossing.joined(link)
    crossing.told({"full": True, "kernel": None, "input": None, "runs": [RUN]})
    asked = [bob.ask("interrupt"), bob.ask("run", cells=[{"id": "c0"}])]
    await asyncio.wait_for(link.asked.wait(), 10)
    assert [body["type"] for body in link.commands] == ["interrupt", "run"]
    crossing.answered({"number": link.commands[0]["number"], "status": "accepted"})
    assert (await bob.answer(asked[0]))["status"] == "accepted"
    crossing.ended(link)
    assert "The connection broke" in (await bob.answer(asked[1]))["message"]
    assert shown(bob) == {9: "interrupted"}
    assert "cannot be reached" in (await bob.run("c0"))["message"]


@pytest.mark.spec("HUBRUN-1")
async def test_a_command_that_comes_before_its_way_is_made_waits_for_it(house: House) -> None:
    known = FakeKnown()
    known.far = True
    bob, crossing = await crossed(house, known)
    link: Any = FakeLink()
    for _ in range(2):
        bob.ask("interrupt")
    bob.live.encode()
    assert link.commands == []
    crossing.joined(link)
    assert [body["type"] for body in link.commands] == ["interrupt", "interrupt"]


@pytest.mark.spec("HUBRUN-11")
async def test_it_is_told_whose_server_runs_the_cells_as_long_as_that_is_another_one(
    house: House,
) -> None:
    known = FakeKnown()
    known.far = True
    bob, crossing = await crossed(house, known)

    def at(person: Person) -> str:
        """Where cells are run, as a front end understands it."""
        found = ""
        for message in person.told:
            if isinstance(message, f.Execution):
                found = message.body.get("at", "" if message.body.get("full") else found)
        return found

    assert at(bob) == at(Person(bob.live, "late")) == "alice"
    crossing.told({"full": True, "kernel": None, "input": None, "runs": [RUN]})
    assert at(bob) == at(Person(bob.live, "later")) == "alice"
    known.far = False
    crossing.review()
    await bob.until(lambda: at(bob) == "")
    assert at(Person(bob.live, "last")) == ""
    known.far = True
    while not crossing.far:
        # The queue here tells what it knows, and puts its things away.
        await asyncio.sleep(0)
        crossing.review()
    assert at(bob) == "alice"
