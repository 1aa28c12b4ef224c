"""*Run All* of ten thousand cells: everybody else is served meanwhile."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pycrdt import Array, Doc

from jupyter_tandem.adapters.store.memory import MemoryDisk
from jupyter_tandem.core.document.json_form import as_json
from jupyter_tandem.core.execution.source import source_hash
from jupyter_tandem.engine.execution import marks
from jupyter_tandem.protocol import frames as f
from jupyter_tandem.testing.memory_files import MemoryFiles
from tests.unit.engine.execution.bench import (
    FakeKernels,
    House,
    Person,
    put_notebook,
    runs_in,
    steps,
)
from tests.unit.engine.test_rooms import NEVER

MANY = 10_000

LIMIT = 5
"""Dealing with all cells in one step took thirty times what the library takes to read the notebook once."""


@pytest.fixture
async def house(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    monkeypatch.setattr("tests.unit.engine.execution.bench.QUICK", NEVER)
    monkeypatch.setattr(marks, "PAUSE_S", 0.0)
    files = MemoryFiles()
    put_notebook(files, "a.ipynb", *(f"x{n} = {n}" for n in range(MANY)))
    house = House(MemoryDisk(), files, FakeKernels())
    yield house
    await house.stop()


def reading_once(person: Person) -> float:
    """Processor seconds the library takes to read the notebook, in one step that cannot be divided."""
    doc: Doc[Any] = Doc()
    doc.apply_update(person.live.room.document.encode())
    cells = doc.get("cells", type=Array)
    found = []
    for _ in range(3):
        before = time.thread_time()
        assert str(cells)
        found.append(time.thread_time() - before)
    return sorted(found)[1]


def states(person: Person) -> list[str]:
    """Execution states as the document has them."""
    doc: Doc[Any] = Doc()
    doc.apply_update(person.live.room.document.encode())
    return [cell["execution_state"] for cell in as_json(doc.get("cells", type=Array))]


@pytest.mark.spec("RUN-39", "RUN-4", "RUN-10", "RUN-24")
async def test_nobody_waits_while_ten_thousand_cells_are_run(house: House) -> None:
    ana, bo = await house.enter("a.ipynb"), await house.enter("a.ipynb", "bo")
    bo.live.receive(bo.session, f.encode(f.SyncStep1(bo.live.room.document.state_vector())))
    # What is to be known before the first edit is learned now, and not while it is measured.
    ana.live.room.document.apply([])
    last = f"c{MANY - 1}"
    shared = ana.live.room.document.run_cells()
    allowed = LIMIT * reading_once(ana)
    with steps() as accepting:
        answer = await ana.run(*(f"c{n}" for n in range(MANY)))
        heard = len(ana.told)
        await bo.until(lambda: shared.runs(last))
    assert answer["runs"] == list(range(1, MANY + 1))
    # Whoever is answered has been told of every run.
    assert len(runs_in(ana.told[:heard])) == MANY
    assert set(states(bo)) == {"running"}
    with steps() as running:
        for count in range(1, 20):
            await house.kernels.end(count)
        await house.kernels.end(20, status="error", ename="E", evalue="v")
        # Of what is told of many runs, the last comes last.
        await bo.until(lambda: bo.told_of(MANY) == "cancelled")
        await bo.until(lambda: not shared.runs(last))
    ended = ["finished"] * 19 + ["failed"] + ["cancelled"] * (MANY - 20)
    assert bo.states() == ana.states() == ended
    assert set(states(bo)) == {"idle"}
    assert len(house.kernels.asked) == 20
    assert max(accepting) <= allowed, sorted(accepting)[-5:]
    assert max(running) <= allowed, sorted(running)[-5:]


@pytest.mark.spec("RUN-40")
async def test_what_cells_printed_is_not_read_to_run_them(house: House) -> None:
    cells = [
        {"cell_type": "code", "id": f"c{n}", "metadata": {}, "source": f"x = {n}"}
        | {"outputs": [{"output_type": "stream", "name": "stdout", "text": "printed\n" * 4_000}]}
        | {"execution_count": None}
        for n in range(500)
    ]
    content = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    house.files.put("large.ipynb", json.dumps(content))
    ana = await house.enter("large.ipynb")
    ana.live.room.document.apply([])
    whole = reading_once(ana)
    with steps() as one:
        assert (await ana.run("c400"))["runs"] == [1]
    with steps() as all_of_them:
        assert len((await ana.run(*(f"c{n}" for n in range(500))))["runs"]) == 500
    assert max(one) <= whole / 4, sorted(one)[-5:]
    assert max(all_of_them) <= whole, sorted(all_of_them)[-5:]


@pytest.mark.spec("RUN-2", "RUN-4")
async def test_one_cell_that_is_not_there_is_reason_enough(house: House) -> None:
    ana = await house.enter("a.ipynb")
    answer = await ana.run(*(f"c{n}" for n in range(200)), "nowhere")
    assert (answer["code"], answer["cells"]) == ("no-cell", ["nowhere"])
    hashes = [{"id": f"c{n}", "source_hash": source_hash(f"x{n} = {n}")} for n in range(200)]
    hashes[150]["source_hash"] = source_hash("something else")
    answer = await ana.answer(ana.ask("run", cells=hashes))
    assert (answer["code"], answer["cells"]) == ("changed", ["c150"])
    assert ana.runs == {}
    hashes[150]["source_hash"] = ""
    answer = await ana.answer(ana.ask("run", cells=hashes, key="once"))
    assert answer["runs"] == list(range(1, 201))
    assert ana.runs[151]["source_hash"] == source_hash("x150 = 150")
    again = await ana.answer(ana.ask("run", cells=hashes, key="once"))
    assert again["runs"] == answer["runs"]
    assert len(ana.runs) == 200
