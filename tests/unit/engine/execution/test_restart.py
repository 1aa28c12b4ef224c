"""A restart is carried out when it is accepted, at once and once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pycrdt import Array, Doc

from jupyter_tandem.adapters.store.memory import MemoryDisk
from jupyter_tandem.errors import StoreUnavailable
from jupyter_tandem.protocol.reason import RESTARTED
from jupyter_tandem.testing.memory_files import MemoryFiles
from tests.unit.engine.execution.bench import FakeKernel, FakeKernels, House, Person, put_notebook


class Restarting(FakeKernels):
    """Kernels that remember how often they were restarted, and end what they run by it."""

    def __init__(self) -> None:
        super().__init__()
        self.restarted: list[str] = []

    async def restart(self, kernel_id: str) -> None:
        await super().restart(kernel_id)
        self.restarted.append(kernel_id)
        self.news.set()
        for kernel in self.connected.pop(kernel_id, []):
            if not kernel.left:
                kernel.listener.lost(RESTARTED)


@pytest.fixture
async def kernels() -> Restarting:
    return Restarting()


@pytest.fixture
async def house(kernels: Restarting) -> AsyncIterator[House]:
    kernels.by_path = {"a.ipynb": "k", "b.ipynb": "k", "c.ipynb": "k"}
    files = MemoryFiles()
    put_notebook(files, "a.ipynb", "while True: pass", "2")
    put_notebook(files, "b.ipynb", "b", "c")
    put_notebook(files, "c.ipynb", "d")
    house = House(MemoryDisk(), files, kernels)
    yield house
    await house.stop()


async def restart(person: Person, *cells: str, key: str = "") -> dict[str, Any]:
    wishes = [{"id": cell} for cell in cells]
    return await person.answer(person.ask("restart", key=key, cells=wishes))


def cells_of(person: Person) -> list[dict[str, Any]]:
    """The cells as they are shared, with their execution states."""
    doc: Doc[Any] = Doc()
    doc.apply_update(person.live.room.document.encode())
    return [cell.to_py() for cell in doc.get("cells", type=Array)]


async def until_restarted(kernels: Restarting, count: int) -> None:
    while len(kernels.restarted) < count:
        kernels.news.clear()
        await asyncio.wait_for(kernels.news.wait(), 10)


async def settled(person: Person) -> None:
    """Return when the document is connected to its kernel, and its cells wait for their turn."""
    await person.until(lambda: person.kernel_states()[-1:] == ["idle"])


@pytest.mark.spec("RUN-13")
@pytest.mark.parametrize("cells", [(), ("c1",)], ids=["alone", "and run"])
async def test_a_restart_does_not_wait_for_another_documents_run(
    house: House, kernels: Restarting, cells: tuple[str, ...]
) -> None:
    ana, bo = await house.enter("a.ipynb"), await house.enter("b.ipynb", "bo")
    await ana.run("c0")
    await kernels.until_asked(1)
    await bo.run("c0")
    await settled(bo)
    assert (await restart(bo, *cells))["status"] == "accepted"
    await ana.until(lambda: ana.states() == ["interrupted"])
    assert kernels.restarted == ["k"]
    await bo.until(lambda: bo.states()[0] == "cancelled")
    if cells:
        await kernels.end(2)
        await bo.until(lambda: bo.states() == ["cancelled", "finished"])
    assert (await ana.run("c1"))["status"] == "accepted"
    await kernels.end(2 + len(cells))
    await ana.until(lambda: ana.states() == ["interrupted", "finished"])


@pytest.mark.spec("RUN-8")
async def test_who_steps_aside_lets_those_behind_go_on(house: House, kernels: Restarting) -> None:
    ana, bo = await house.enter("a.ipynb"), await house.enter("b.ipynb", "bo")
    eve = await house.enter("c.ipynb", "eve")
    await ana.run("c0")
    await kernels.until_asked(1)
    for person in (bo, eve):
        await person.run("c0")
        await settled(person)
    # Bo's document alone has lost its connection.
    kernels.connected["k"][1].listener.lost(RESTARTED)
    await bo.until(lambda: bo.states() == ["cancelled"])
    kernels.connected["k"][0].end(kernels.asked[0][2])
    await kernels.until_asked(2)
    assert kernels.asked[1][1] == "d"
    await kernels.end(2)
    await eve.until(lambda: eve.states() == ["finished"])
    # Nobody holds the kernel any more.
    await bo.run("c1")
    await kernels.end(3)
    await bo.until(lambda: bo.states() == ["cancelled", "finished"])


@pytest.mark.spec("RUN-6", "RUN-13")
async def test_a_restart_that_is_refused_leaves_everything_as_it_is(
    house: House, kernels: Restarting
) -> None:
    ana = await house.enter("a.ipynb")
    await ana.run("c0", "c1")
    await kernels.until_asked(1)
    with house.store.faults.failing("write_runs", StoreUnavailable("The disk is full.")):
        answer = await restart(ana, "c0", "c1")
    assert (answer["status"], answer["code"]) == ("refused", "unavailable")
    assert ana.states() == ["running", "queued"]
    await kernels.end(1)
    await kernels.end(2)
    await ana.until(lambda: ana.states() == ["finished"] * 2)
    assert not kernels.restarted


@pytest.mark.spec("RUN-13", "RUN-4")
async def test_a_restart_and_run_ends_what_was_there_and_runs_its_cells(
    house: House, kernels: Restarting
) -> None:
    ana = await house.enter("a.ipynb")
    await ana.run("c0", "c1")
    await kernels.until_asked(1)
    assert (await restart(ana, "c0", "c1"))["status"] == "accepted"
    for count in (2, 3):
        await kernels.end(count)
    await ana.until(lambda: ana.states() == ["interrupted", "cancelled", "finished", "finished"])
    assert kernels.restarted == ["k"]
    assert {cell["execution_state"] for cell in cells_of(ana)} == {"idle"}
    stored = await house.store.runs.load(ana.live.document_id)
    assert [run.state.value for run in stored] == ana.states()


@pytest.mark.spec("RUN-5")
@pytest.mark.parametrize("cells", [(), ("c1",)], ids=["alone", "and run"])
async def test_a_restart_that_is_sent_again_is_carried_out_once(
    house: House, kernels: Restarting, cells: tuple[str, ...]
) -> None:
    ana, bo = await house.enter("a.ipynb"), await house.enter("a.ipynb", "bo")
    first, second = [await restart(ana, *cells, key="r") for _ in range(2)]
    assert first["status"] == second["status"] == "accepted"
    assert first["runs"] == second["runs"]
    if cells:
        await kernels.end(1)
    await ana.run("c1")
    await kernels.end(len(cells) + 1)
    await ana.until(lambda: ana.states() == ["finished"] * (len(cells) + 1))
    assert kernels.restarted == ["k"]
    for person, key in ((bo, "r"), (ana, "another"), (ana, ""), (ana, "")):
        before = len(kernels.restarted)
        await restart(person, key=key)
        await until_restarted(kernels, before + 1)


@pytest.mark.spec("RUN-13")
@pytest.mark.parametrize("cells", [(), ("c1",)], ids=["alone", "and run"])
async def test_a_restart_while_the_kernel_is_being_reached(
    house: House, kernels: Restarting, monkeypatch: pytest.MonkeyPatch, cells: tuple[str, ...]
) -> None:
    ana, bo = await house.enter("a.ipynb"), await house.enter("b.ipynb", "bo")
    await ana.run("c0")
    await kernels.until_asked(1)
    connecting, connected = asyncio.Event(), asyncio.Event()
    connect = Restarting.connect

    async def slowly(*args: Any, **options: Any) -> FakeKernel:
        connecting.set()
        await connected.wait()
        return await connect(*args, **options)

    monkeypatch.setattr(Restarting, "connect", slowly)
    await bo.run("c0")
    await connecting.wait()
    assert (await restart(bo, *cells))["status"] == "accepted"
    connected.set()
    await ana.until(lambda: ana.states() == ["interrupted"])
    assert kernels.restarted == ["k"]
    if cells:
        await kernels.end(2)
        await bo.until(lambda: bo.states() == ["cancelled", "finished"])


@pytest.mark.spec("RUN-13", "RUN-10")
async def test_the_old_cell_fails_while_a_restart_is_being_accepted(
    house: House, kernels: Restarting
) -> None:
    ana = await house.enter("a.ipynb")
    await ana.run("c0")
    await kernels.until_asked(1)
    faults = house.store.faults
    before = faults.calls["write_runs"]
    with faults.held("write_runs"):
        number = ana.ask("restart", cells=[{"id": "c0"}, {"id": "c1"}])
        while faults.calls["write_runs"] == before:  # noqa: ASYNC110  (a store tells nobody that it was asked)
            await asyncio.sleep(0)
        await kernels.end(1, status="error", ename="E", evalue="v")
    assert (await ana.answer(number))["status"] == "accepted"
    for count in (2, 3):
        await kernels.end(count)
    await ana.until(lambda: ana.states() == ["failed", "finished", "finished"])
    assert kernels.restarted == ["k"]


@pytest.mark.spec("RUN-7")
async def test_a_restart_has_the_room_of_what_it_cancels(
    house: House, kernels: Restarting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jupyter_tandem.core.execution.book.MOST_WAITING", 2)
    ana = await house.enter("a.ipynb")
    await ana.run("c0", "c1")
    await kernels.until_asked(1)
    assert (await ana.run("c0", "c1"))["code"] == "full"
    assert (await restart(ana, "c0", "c1"))["status"] == "accepted"
    assert (await restart(ana, "c0", "c1", "c1"))["code"] == "full"
    await kernels.end(2)
    await kernels.end(3)
    await ana.until(lambda: ana.states() == ["interrupted", "cancelled", "finished", "finished"])
