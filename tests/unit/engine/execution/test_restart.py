"""A restart is carried out when it is accepted, at once and once."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from jupyter_tandem.adapters.store.memory import MemoryDisk
from jupyter_tandem.protocol.reason import RESTARTED
from jupyter_tandem.testing.memory_files import MemoryFiles
from tests.unit.engine.execution.bench import FakeKernels, House, Person, put_notebook


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


async def restart(person: Person, *cells: str, key: str = "") -> dict[str, object]:
    wishes = [{"id": cell} for cell in cells]
    return await person.answer(person.ask("restart", key=key, cells=wishes))


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
