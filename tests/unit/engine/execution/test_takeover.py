"""Runs of a server that does not write its documents any more, or cannot (RUN-63)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from jupyter_tandem.adapters.store.memory import MemoryDisk
from jupyter_tandem.engine.execution import place as place_module
from jupyter_tandem.engine.execution.place import AGAIN_S, Place
from jupyter_tandem.engine.house import Landlord
from jupyter_tandem.engine.live_room import LiveRoom
from jupyter_tandem.engine.rooms import Rooms
from jupyter_tandem.errors import KernelUnavailable, StoreUnavailable
from jupyter_tandem.protocol.execution import CellWish, Command, Interrupt, RunCells
from jupyter_tandem.protocol.frames import RunAnswer
from jupyter_tandem.testing.memory_files import MemoryFiles
from jupyter_tandem.types import Action, Address, Rights, User
from tests.unit.engine.execution.bench import NOTEBOOK, FakeKernel, FakeKernels, House, put_notebook

pytestmark = pytest.mark.spec("RUN-63")

LONG_S = 1.0
"""Time for eight writes of what is printed."""


@pytest.fixture
async def house() -> AsyncIterator[House]:
    files = MemoryFiles()
    put_notebook(files, "a.ipynb", "1", "2")
    house = House(MemoryDisk(), files, FakeKernels())
    yield house
    await house.stop()


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[Address]:
    """The documents that were opened to write in them."""
    found: list[Address] = []
    open_room = place_module.open_room

    async def opens(landlord: Landlord, address: Address) -> LiveRoom:
        found.append(address)
        return await open_room(landlord, address)

    monkeypatch.setattr(place_module, "open_room", opens)
    return found


@pytest.mark.parametrize("how", ["while it prints", "while its end is waited for"])
async def test_a_run_is_let_go_when_another_server_has_taken_over(
    house: House, opened: list[Address], how: str
) -> None:
    ana = await house.enter("a.ipynb")
    await ana.run("c0")
    await house.kernels.until_asked(1)
    kernel_id, _, message = house.kernels.asked[0]
    kernel = house.kernels.connected[kernel_id][-1]
    desk = house.hall.desk(ana.live.address)
    kernel.say("stream", message, name="stdout", text="begun")
    if how != "while it prints":
        kernel.say("execute_reply", message, "shell", status="ok", execution_count=1)
    house.rooms.abandon()
    await desk.abandon()
    del opened[:]
    kernel.say("stream", message, name="stdout", text="on")
    await asyncio.sleep(LONG_S)
    assert not opened
    [document_id] = await house.store.runs.unfinished()
    [run] = await house.store.runs.load(document_id)
    assert run.state.value == "running", "what became of it is for the other server to say"


class Closed:
    """A landlord who lets nobody in."""

    def __init__(self) -> None:
        self.asked = 0

    async def house(self) -> Rooms:
        self.asked += 1
        raise StoreUnavailable("Not now.")

    def limit(self, rights: Rights) -> Rights:
        return rights


async def test_a_room_that_cannot_be_opened_is_tried_again_more_and_more_seldom(
    house: House,
) -> None:
    landlord = Closed()
    file_id = await house.files.identify("a.ipynb")
    place = Place(landlord, Address(NOTEBOOK, file_id))

    async def write_for(seconds: float) -> int:
        before, end = landlord.asked, asyncio.get_running_loop().time() + seconds
        while asyncio.get_running_loop().time() < end:
            assert not place.write(lambda _: None, "ana")
            await asyncio.sleep(0.01)
        return landlord.asked - before

    assert 1 <= await write_for(4 * AGAIN_S) <= 3
    assert await write_for(2 * AGAIN_S) <= 1
    # Once it was open, it is tried again at once.
    ana = await house.enter("a.ipynb")
    place.opened(ana.live)
    assert place.write(lambda _: None, "ana")
    place.closed()
    assert await write_for(0.1) == 1


async def test_what_was_heard_of_a_run_that_cannot_be_picked_up_is_written_once(
    house: House, opened: list[Address], monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = await house.enter("a.ipynb")
    await ana.run("c0")
    await house.kernels.until_asked(1)
    _, _, message = house.kernels.asked[0]
    await house.hall.desk(ana.live.address).abandon()
    house.rooms.abandon()
    house.store.disk.holder = None
    connect = FakeKernels.connect

    async def breaks(kernels: FakeKernels, *args: Any, **options: Any) -> FakeKernel:
        kernel = await connect(kernels, *args, **options)
        kernel.say("stream", message, name="stdout", text="heard")
        raise KernelUnavailable("It is gone.")

    monkeypatch.setattr(FakeKernels, "connect", breaks)
    after = House(house.store.disk, house.files, house.kernels)
    bo = await after.enter("a.ipynb", "bo")
    await bo.until(lambda: bo.states() == ["interrupted"])
    [output] = bo.live.room.document.content()["cells"][0]["outputs"]
    assert output["text"] == "heard"
    after.rooms.abandon()
    del opened[:]
    await asyncio.sleep(LONG_S)
    assert not opened
    await after.stop()


class Slow:
    """Grants that are given late, or never."""

    def __init__(self) -> None:
        self.asked, self.word = asyncio.Event(), asyncio.Event()

    async def actions(self) -> frozenset[Action]:
        self.asked.set()
        await self.word.wait()
        return frozenset(Action)


def restart(number: int) -> RunCells:
    return RunCells(number, "", (), restart=True)


CAROL = User("carol", "carol", "Carol", "C")


@pytest.mark.spec("RUN-61")
@pytest.mark.parametrize("how", ["another server has taken over", "the server stops"])
async def test_commands_on_their_way_are_answered_and_have_no_effect(
    house: House, how: str
) -> None:
    ana = await house.enter("a.ipynb")
    await ana.run("c1")
    await house.kernels.end(1)
    await ana.until(lambda: ana.states() == ["finished"])
    old, slow = house.hall.desk(ana.live.address), Slow()
    answers: asyncio.Queue[RunAnswer] = asyncio.Queue()
    commands: list[Command] = [RunCells(1, "k", (CellWish("c0", ""),)), restart(2)]
    for command in commands:
        old.order(CAROL, command, slow, answers.put_nowait)
    await slow.asked.wait()
    # This one has not even begun.
    old.order(CAROL, restart(3), slow, answers.put_nowait)
    if how == "the server stops":
        await house.hall.close()
    else:
        house.hall.begin()
        house.hall.desk(ana.live.address).opened(ana.live)
        await ana.run("c1")
        await house.kernels.end(2)
        await ana.until(lambda: ana.states() == ["finished"] * 2)
    assert {(await answers.get()).body["code"] for _ in range(3)} == {"unavailable"}
    slow.word.set()
    # Nor has one that comes to it later.
    for late in (RunCells(4, "", (CellWish("c0", ""),)), restart(5), Interrupt(6)):
        old.order(CAROL, late, slow, answers.put_nowait)
    old.withdraw("ana")
    assert {(await answers.get()).body["status"] for _ in range(3)} == {"refused"}
    stored = await house.store.runs.load(ana.live.document_id)
    assert {(run.username, run.cell, run.state.value) for run in stored} == {
        ("ana", "c1", "finished")
    }
    assert {code for _, code, _ in house.kernels.asked} == {"2"}


async def test_a_command_that_is_being_made_durable_is_carried_out(house: House) -> None:
    ana = await house.enter("a.ipynb")
    calls = house.store.faults.calls
    with house.store.faults.held("write_runs"):
        number, before = ana.ask("run", cells=[{"id": "c0"}]), calls["write_runs"]
        while calls["write_runs"] == before:  # noqa: ASYNC110  (a store tells nobody that it was asked)
            await asyncio.sleep(0)
        closing = asyncio.create_task(house.hall.close())
        await asyncio.sleep(0.05)
    await closing
    assert (await ana.answer(number))["status"] == "accepted"
    await ana.until(lambda: ana.states() == ["held"])


async def test_a_run_is_picked_up_by_one_desk(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = await house.enter("a.ipynb")
    await ana.run("c0")
    await house.kernels.until_asked(1)
    kernel_id, _, message = house.kernels.asked[0]
    house.rooms.abandon()
    house.store.disk.holder = None
    house.kernels.connected.clear()
    connecting, connected = asyncio.Event(), asyncio.Event()
    connect = FakeKernels.connect

    async def slowly(kernels: FakeKernels, *args: Any, **options: Any) -> FakeKernel:
        connecting.set()
        await connected.wait()
        return await connect(kernels, *args, **options)

    monkeypatch.setattr(FakeKernels, "connect", slowly)
    after = House(house.store.disk, house.files, house.kernels)
    ana = await after.enter("a.ipynb")
    await connecting.wait()
    after.hall.begin()
    after.hall.desk(ana.live.address).opened(ana.live)
    await asyncio.sleep(0.05)
    connected.set()
    await ana.until(lambda: ana.states() == ["running"])
    [kernel] = house.kernels.connected[kernel_id]
    kernel.say("stream", message, name="stdout", text="on")
    kernel.end(message)
    await ana.until(lambda: ana.states() == ["finished"])
    [output] = ana.live.room.document.content()["cells"][0]["outputs"]
    assert output["text"] == "on"
    await after.stop()
