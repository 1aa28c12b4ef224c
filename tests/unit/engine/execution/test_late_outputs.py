"""What a kernel has printed arrives later than its answer (RUN-62)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from jupyter_tandem.adapters.store.memory import MemoryDisk
from jupyter_tandem.engine.execution import attempt
from jupyter_tandem.testing.memory_files import MemoryFiles
from tests.unit.engine.execution.bench import FakeKernel, FakeKernels, House, Person, put_notebook

pytestmark = pytest.mark.spec("RUN-62")

SILENCE_S = 0.4


@pytest.fixture
async def house(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    for name in ("IDLE_S", "AWAY_S"):
        monkeypatch.setattr(attempt, name, SILENCE_S, raising=False)
    files = MemoryFiles()
    put_notebook(files, "a.ipynb", "1", "2")
    house = House(MemoryDisk(), files, FakeKernels())
    yield house
    await house.stop()


async def answered(house: House) -> tuple[Person, FakeKernel, str]:
    """Somebody's run, which the kernel has answered, and of whose outputs nothing was heard yet."""
    ana = await house.enter("a.ipynb")
    await ana.run("c0", "c1")
    await house.kernels.until_asked(1)
    kernel_id, _, message = house.kernels.asked[0]
    kernel = house.kernels.connected[kernel_id][-1]
    kernel.say("execute_reply", message, "shell", status="ok", execution_count=1)
    return ana, kernel, message


def outputs_of(person: Person) -> list[dict[str, Any]]:
    return list(person.live.room.document.content()["cells"][0]["outputs"])


async def test_what_arrives_long_after_the_answer_is_kept(house: House) -> None:
    ana, kernel, message = await answered(house)
    for number in range(12):
        kernel.say("stream", message, name="stdout", text=f"{number} ")
        await asyncio.sleep(SILENCE_S / 5)
    assert ana.states() == ["running", "queued"]
    kernel.say("status", message, execution_state="idle")
    await ana.until(lambda: ana.states()[0] == "finished")
    assert outputs_of(ana)[0]["text"] == "0 1 2 3 4 5 6 7 8 9 10 11 "


async def test_what_widgets_and_displays_are_told_counts_as_well(house: House) -> None:
    ana, kernel, message = await answered(house)
    said: list[tuple[str, dict[str, Any]]] = [
        ("comm_msg", {"comm_id": "bar", "data": {}}),
        ("update_display_data", {"data": {}, "transient": {"display_id": "d"}}),
    ]
    for number in range(12):
        kind, content = said[number % 2]
        kernel.say(kind, message, **content)
        await asyncio.sleep(SILENCE_S / 5)
    kernel.say("stream", message, name="stdout", text="after")
    kernel.say("status", message, execution_state="idle")
    await ana.until(lambda: ana.states()[0] == "finished")
    assert outputs_of(ana)[0]["text"] == "after"


async def test_a_time_in_which_the_server_itself_stood_still_is_no_silence(house: House) -> None:
    ana, kernel, message = await answered(house)
    await asyncio.sleep(0.01)
    time.sleep(2 * SILENCE_S)  # noqa: ASYNC251  (the server does something else)
    await asyncio.sleep(0.01)
    kernel.say("stream", message, name="stdout", text="late")
    kernel.say("status", message, execution_state="idle")
    await ana.until(lambda: ana.states()[0] == "finished")
    assert outputs_of(ana)[0]["text"] == "late"


async def test_a_run_of_which_nothing_more_is_heard_ends(house: House) -> None:
    ana, _, _ = await answered(house)
    await ana.until(lambda: ana.states() == ["finished", "running"])


async def test_what_prints_without_end_beside_a_run_does_not_keep_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempt, "LONGEST_S", 2 * SILENCE_S)
    ana, kernel, message = await answered(house)

    async def print_on() -> None:
        while True:
            kernel.say("stream", message, name="stdout", text=".")
            await asyncio.sleep(SILENCE_S / 10)

    printing = asyncio.ensure_future(print_on())
    await ana.until(lambda: ana.states() == ["finished", "running"])
    printing.cancel()


async def test_what_a_run_printed_while_its_server_was_away_is_heard_to_its_end(
    house: House,
) -> None:
    ana = await house.enter("a.ipynb")
    await ana.run("c0")
    await house.kernels.until_asked(1)
    await ana.live.durable(ana.live.sequence)
    house.rooms.abandon()
    house.store.disk.holder = None
    after = House(house.store.disk, house.files, house.kernels)
    bo = await after.enter("a.ipynb", "bo")
    await bo.until(lambda: bo.states() == ["running"])
    kernel_id, _, message = house.kernels.asked[0]
    again = house.kernels.connected[kernel_id][-1]
    house.kernels.over.set()
    for number in range(30):
        again.say("stream", message, name="stdout", text=f"{number} ")
        await asyncio.sleep(SILENCE_S / 5)
    again.say("status", message, execution_state="idle")
    await bo.until(lambda: bo.states() == ["finished"])
    assert outputs_of(bo)[0]["text"].endswith(" 28 29 ")
    await after.stop()
