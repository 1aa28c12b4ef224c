"""What nobody thought of goes wrong: people are told, and the next command is carried out (RUN-61)."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from typing import Any, NoReturn

import pytest

from jupyter_tandem.adapters.store.memory import MemoryDisk
from jupyter_tandem.engine.execution.place import Place
from jupyter_tandem.errors import StoreUnavailable
from jupyter_tandem.testing.memory_files import MemoryFiles
from tests.unit.engine.execution.bench import FakeKernel, FakeKernels, House, put_notebook

pytestmark = pytest.mark.spec("RUN-61")

WORDS = "unable to open database file"


async def fails(*_: object, **__: object) -> NoReturn:
    raise sqlite3.OperationalError(WORDS)


async def unreadable(*_: object) -> NoReturn:
    raise StoreUnavailable(WORDS)


@pytest.fixture
async def house() -> AsyncIterator[House]:
    files = MemoryFiles()
    put_notebook(files, "a.ipynb", "1", "2")
    house = House(MemoryDisk(), files, FakeKernels(oblige=True))
    yield house
    await house.stop()


async def test_a_kernel_that_cannot_be_started(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = await house.enter("a.ipynb")
    with monkeypatch.context() as broken:
        broken.setattr(house.kernels, "start", fails)
        await ana.run("c0", "c1")
        await ana.until(lambda: ana.states() == ["cancelled"] * 2)
    assert WORDS in ana.runs[1]["reason"]
    late = await house.enter("a.ipynb", "late")
    await late.until(lambda: late.kernel_states()[-1:] == ["dead"])
    await ana.run("c0")
    await ana.until(lambda: ana.states()[2:] == ["finished"])


async def test_a_kernel_that_cannot_be_asked(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    ana = await house.enter("a.ipynb")

    def execute(*_: object, **__: object) -> NoReturn:
        raise OSError(WORDS)

    with monkeypatch.context() as broken:
        broken.setattr(FakeKernel, "execute", execute)
        await ana.run("c0", "c1")
        await ana.until(lambda: ana.states() == ["interrupted", "cancelled"])
    assert WORDS in ana.runs[1]["reason"]
    await ana.run("c0")
    await ana.until(lambda: ana.states()[2:] == ["finished"])


async def test_a_run_whose_end_cannot_be_written(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.kernels.oblige = False
    ana = await house.enter("a.ipynb")
    await ana.run("c0", "c1")
    await house.kernels.until_asked(1)
    write = Place.write
    broken = True

    def fail_once(place: Place, *args: Any) -> bool:
        nonlocal broken
        if broken:
            broken = False
            raise RuntimeError(WORDS)
        return write(place, *args)

    monkeypatch.setattr(Place, "write", fail_once)
    await house.kernels.end(1)
    await ana.until(lambda: ana.states() == ["interrupted", "cancelled"])
    assert WORDS in ana.runs[1]["reason"]
    house.kernels.oblige = True
    await ana.run("c0")
    await ana.until(lambda: ana.states()[2:] == ["finished"])


async def test_what_was_printed_is_kept_where_the_end_of_a_run_goes_wrong(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.kernels.oblige = False
    ana = await house.enter("a.ipynb")
    await ana.run("c0", "c1")
    await house.kernels.until_asked(1)
    kernel_id, _, message = house.kernels.asked[0]
    kernel = house.kernels.connected[kernel_id][0]

    def send_comm(*_: object) -> NoReturn:
        raise OSError(WORDS)

    monkeypatch.setattr(FakeKernel, "send_comm", send_comm)
    for entered, text in ((message, "inside"), ("", "the last\n")):
        data = {"method": "update", "state": {"msg_id": entered}}
        kernel.say("comm_msg", message, comm_id="w", data=data)
        kernel.say("stream", message, name="stdout", text=text)
    kernel.end(message)
    await ana.until(lambda: ana.states() == ["interrupted", "cancelled"])
    assert WORDS in ana.runs[1]["reason"]
    cell = ana.live.room.document.content()["cells"][0]
    assert [output["text"] for output in cell["outputs"]] == ["the last\n"]
    house.kernels.oblige = True
    await ana.run("c0")
    await ana.until(lambda: ana.states()[2:] == ["finished"])


async def test_a_command_that_fails_is_answered(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = await house.enter("a.ipynb")
    await ana.run("c0")
    await ana.until(lambda: ana.states() == ["finished"])
    with monkeypatch.context() as broken:
        broken.setattr(house.kernels, "kernel_of", fails)
        answer = await ana.run("c1")
    assert (answer["status"], answer["code"]) == ("refused", "unavailable")
    assert WORDS in answer["message"]
    await ana.run("c1")
    await ana.until(lambda: ana.states() == ["finished"] * 2)


async def test_a_kernel_that_may_have_survived_and_cannot_be_looked_for(house: House) -> None:
    house.kernels.oblige = False
    ana = await house.enter("a.ipynb")
    await ana.run("c0")
    await house.kernels.until_asked(1)
    house.rooms.abandon()
    house.store.disk.holder = None
    kernels = FakeKernels(oblige=True)
    kernels.lives = fails  # type: ignore[method-assign]
    after = House(house.store.disk, house.files, kernels)
    bo = await after.enter("a.ipynb", "bo")
    await bo.until(lambda: bo.states() == ["interrupted"])
    del kernels.lives
    await bo.run("c1")
    await bo.until(lambda: bo.states() == ["interrupted", "finished"])
    await after.stop()


async def test_an_end_that_cannot_be_kept_with_its_outputs_is_told_all_the_same(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = await house.enter("a.ipynb")
    with monkeypatch.context() as broken:
        broken.setattr(Place, "settle", fails)
        await ana.run("c0")
        await ana.until(lambda: ana.states() == ["finished"])
    late = await house.enter("a.ipynb", "late")
    await late.until(lambda: late.states() == ["finished"])
    await ana.run("c1")
    await ana.until(lambda: ana.states() == ["finished"] * 2)


@pytest.mark.spec("RUN-72")
async def test_runs_that_could_not_be_read_are_read_for_the_next_command(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = await house.enter("a.ipynb")
    await ana.run("c0")
    await ana.until(lambda: ana.states() == ["finished"])
    await house.stop()
    house.store.disk.holder = None
    after = House(house.store.disk, house.files, FakeKernels(oblige=True))
    with monkeypatch.context() as broken:
        broken.setattr(after.store.runs, "load", unreadable)
        bo = await after.enter("a.ipynb", "bo")
        answer = await bo.run("c1")
    assert (answer["status"], answer["code"]) == ("refused", "unavailable")
    assert bo.states() == []
    await bo.run("c1")
    await bo.until(lambda: bo.states() == ["finished"] * 2)
    await after.stop()
