"""The code of many cells, read in portions while others edit."""

from __future__ import annotations

from typing import Any

import pytest
from pycrdt import Array, Doc

from jupyter_tandem.core.document.code_reading import CodeReading
from jupyter_tandem.core.document.run_cells import RunCells
from tests.unit.core.execution.test_outputs import Bench, code

IDS = [f"c{n}" for n in range(50)]


def bench_of_many() -> Bench:
    cells = [code(cell_id, source=f'"{cell_id}" # \N{SNOWMAN}\n}},{{') for cell_id in IDS]
    cells[7]["metadata"] = {"tags": ["raises-exception"]}
    return Bench(*cells, {"cell_type": "markdown", "id": "m", "metadata": {}, "source": "# m"})


def read(reading: CodeReading, cells: int) -> CodeReading:
    while not reading.ended:
        reading.go_on(cells)
    return reading


@pytest.mark.spec("RUN-3")
@pytest.mark.parametrize("cells", [1, 7, 1000])
def test_a_reading_finds_what_looking_at_each_cell_finds(cells: int) -> None:
    shared = bench_of_many().document.run_cells()
    wanted = [*IDS[3:40], "m", "nowhere"]
    reading = read(shared.reading(wanted), cells)
    assert reading.found == shared.code(wanted)
    assert sorted(reading.found) == sorted(IDS[3:40])
    assert reading.found["c7"].raises


@pytest.mark.spec("RUN-3", "RUN-39")
def test_what_is_edited_meanwhile_was_not_meant() -> None:
    bench = bench_of_many()
    shared = bench.document.run_cells()
    reading = shared.reading(IDS)
    reading.go_on(10)

    def edit(doc: Doc[Any]) -> None:
        cells = doc.get("cells", type=Array)
        del cells[40]
        cells[20]["source"].insert(0, "# later\n")

    bench.edit(edit)
    found = read(reading, 10).found
    assert "c40" in found
    assert "later" not in found["c20"].source
    shared.learn(reading)
    assert not shared.holds("c40")
    assert "later" in shared.code(["c20"])["c20"].source


def test_an_empty_notebook_is_read() -> None:
    bench = Bench()
    bench.edit(lambda doc: doc.get("cells", type=Array).clear())
    reading = bench.document.run_cells().reading(["a"])
    assert reading.ended
    assert reading.found == {}


@pytest.mark.spec("RUN-25")
def test_cells_that_others_push_along_are_found_without_looking_at_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench = bench_of_many()
    shared = bench.document.run_cells()
    shared.learn(read(shared.reading(IDS), 100))
    looks = 0
    look = RunCells._look_everywhere

    def counted(self: RunCells) -> None:
        nonlocal looks
        looks += 1
        look(self)

    monkeypatch.setattr(RunCells, "_look_everywhere", counted)
    for count in range(20):
        content = bench.document.content()
        content["cells"].insert(10, code(f"new{count}"))
        bench.document.update_to(content)
        assert all(shared.holds(cell_id) for cell_id in ("c10", "c49"))
    assert looks == 0
    assert not shared.holds("nowhere")
    assert looks == 1
    assert all(shared.holds(cell_id) for cell_id in IDS)
    assert looks == 1
