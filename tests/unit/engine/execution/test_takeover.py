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
from jupyter_tandem.testing.memory_files import MemoryFiles
from jupyter_tandem.types import Address, Rights
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
