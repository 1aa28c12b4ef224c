"""Updates of displays in cells that have ended."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from jupyter_tandem.adapters.store.memory import MemoryDisk
from jupyter_tandem.engine.execution.attempt import EVERY_S
from jupyter_tandem.protocol.reason import DIED
from jupyter_tandem.testing.memory_files import MemoryFiles
from tests.unit.engine.execution.bench import FakeKernel, FakeKernels, House, Person, put_notebook

pytestmark = pytest.mark.spec("RUN-23")


@pytest.fixture
async def house() -> AsyncIterator[House]:
    files = MemoryFiles()
    put_notebook(files, "a.ipynb", "1", "2")
    house = House(MemoryDisk(), files, FakeKernels())
    yield house
    await house.stop()


def shown(person: Person, cell: str) -> list[Any]:
    cells = person.live.room.document.run_cells()
    assert cells is not None
    return [output["data"]["text/plain"] for output in cells.outputs(cell)]


def display(kernel: FakeKernel, message: str, text: str, kind: str = "display_data") -> None:
    """``text`` under a display id that is the same every time."""
    bundle = {"data": {"text/plain": text}, "metadata": {}}
    kernel.say(kind, message, transient={"display_id": "bar"}, **bundle)


async def ran(house: House, person: Person, cell: str) -> tuple[FakeKernel, str]:
    """The kernel and the message of a run that displayed something and has ended."""
    count = len(house.kernels.asked) + 1
    await person.run(cell)
    await house.kernels.until_asked(count)
    kernel_id, _, message = house.kernels.asked[-1]
    kernel = house.kernels.connected[kernel_id][-1]
    display(kernel, message, "0 %")
    kernel.end(message)
    await person.until(lambda: person.states() == ["finished"] * count)
    return kernel, message


async def test_a_late_update_changes_nothing_of_the_next_run(house: House) -> None:
    ana = await house.enter("a.ipynb")
    await ran(house, ana, "c1")
    kernel, first = await ran(house, ana, "c0")
    # A thread of the first run goes on, at the moment at which its cell is run anew.
    display(kernel, first, "99 %", "update_display_data")
    await ana.run("c0")
    await house.kernels.until_asked(3)
    again = house.kernels.asked[-1][2]
    kernel.say("display_data", again, data={"text/plain": "new"}, metadata={})
    await asyncio.sleep(2 * EVERY_S)
    assert shown(ana, "c0") == ["new"]
    kernel.end(again)
    await ana.until(lambda: ana.states() == ["finished"] * 3)
    assert shown(ana, "c0") == ["new"]
    assert shown(ana, "c1") == ["99 %"], "the other cell with this display is changed nevertheless"


async def test_the_last_update_of_a_kernel_that_died_is_written(house: House) -> None:
    ana = await house.enter("a.ipynb")
    kernel, message = await ran(house, ana, "c0")
    display(kernel, message, "99 %", "update_display_data")
    kernel.listener.lost(DIED)
    await asyncio.sleep(2 * EVERY_S)
    assert shown(ana, "c0") == ["99 %"]
