"""What a large output widget costs everybody else (RUN-73)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from jupyter_tandem.adapters.store.memory import MemoryDisk
from jupyter_tandem.testing.memory_files import MemoryFiles
from tests.unit.engine.execution.bench import FakeKernel, FakeKernels, House, put_notebook

pytestmark = pytest.mark.spec("RUN-73")

COSTS_S = 0.05
"""What it takes to tell a kernel five megabytes."""


@pytest.fixture
async def house() -> AsyncIterator[House]:
    files = MemoryFiles()
    put_notebook(files, "a.ipynb", "with out: train()")
    house = House(MemoryDisk(), files, FakeKernels())
    yield house
    await house.stop()


def last_text(kernels: FakeKernels) -> str:
    return str(kernels.comms[-1][1]["state"]["outputs"][-1]["text"])


async def test_a_widget_that_takes_long_to_tell_is_told_seldom(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    send_comm = FakeKernel.send_comm

    def slowly(kernel: FakeKernel, comm: str, data: Mapping[str, Any]) -> None:
        time.sleep(COSTS_S)
        send_comm(kernel, comm, data)

    monkeypatch.setattr(FakeKernel, "send_comm", slowly)
    ana = await house.enter("a.ipynb")
    await ana.run("c0")
    await house.kernels.until_asked(1)
    message = house.kernels.asked[0][2]
    kernel = house.kernels.connected["kernel of a.ipynb"][0]
    inside = {"method": "update", "state": {"msg_id": message}}
    kernel.say("comm_msg", message, comm_id="w", data=inside)
    end = time.monotonic() + 2.0
    while time.monotonic() < end:
        kernel.say("stream", message, name="stdout", text=".")
        await asyncio.sleep(0.01)
    assert 1 <= len(house.kernels.comms) <= 3
    # Nor is it told with the end of every run, but all of it is told in the end.
    before = len(house.kernels.comms)
    kernel.say("stream", message, name="stdout", text="the end")
    kernel.end(message)
    await ana.until(lambda: ana.states() == ["finished"])
    assert len(house.kernels.comms) <= before + 1
    while not last_text(house.kernels).endswith("the end"):
        house.kernels.news.clear()
        await asyncio.wait_for(house.kernels.news.wait(), 10)


async def test_what_is_still_to_be_told_is_told_before_the_kernel_is_left(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jupyter_tandem.engine.execution.widgets.SHARE", 1_000_000)
    ana = await house.enter("a.ipynb")
    for count in (1, 2):
        await ana.run("c0")
        await house.kernels.until_asked(count)
        message = house.kernels.asked[-1][2]
        kernel = house.kernels.connected["kernel of a.ipynb"][0]
        inside = {"method": "update", "state": {"msg_id": message}}
        kernel.say("comm_msg", message, comm_id="w", data=inside)
        kernel.say("stream", message, name="stdout", text=f"run {count}\n")
        kernel.end(message)
        await ana.until(lambda count=count: ana.states() == ["finished"] * count)
    assert len(house.kernels.comms) == 1
    house.hall.desk(ana.live.address).room_closed()
    while len(house.kernels.comms) < 2:
        house.kernels.news.clear()
        await asyncio.wait_for(house.kernels.news.wait(), 1)
    assert last_text(house.kernels) == "run 1\nrun 2\n"
