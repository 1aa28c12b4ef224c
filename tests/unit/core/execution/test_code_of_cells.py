"""The code of many cells, read in one step, and finding cells that others push along."""

from __future__ import annotations

from typing import Any

import pytest
from pycrdt import Array, Doc

from jupyter_tandem.core.document.cell_code import CellCode
from jupyter_tandem.core.document.run_cells import RunCells
from tests.unit.core.execution.test_outputs import Bench, code

IDS = [f"c{n}" for n in range(50)]


def source_of(cell_id: str) -> str:
    return f'"{cell_id}" # \N{SNOWMAN}\n}},{{'


def bench_of_many() -> Bench:
    cells = [code(cell_id, source=source_of(cell_id)) for cell_id in IDS]
    cells[7]["metadata"] = {"tags": ["raises-exception"]}
    return Bench(*cells, {"cell_type": "markdown", "id": "m", "metadata": {}, "source": "# m"})


@pytest.mark.spec("RUN-3")
def test_of_many_cells_those_are_found_that_are_code() -> None:
    shared = bench_of_many().document.run_cells()
    found = shared.code([*IDS[3:40], "m", "nowhere"])
    assert found == {one: CellCode(source_of(one), raises=one == "c7") for one in IDS[3:40]}
    assert list(found) == IDS[3:40]
    assert [shared.code([one]) for one in ("c7", "m", "nowhere")] == [{"c7": found["c7"]}, {}, {}]


@pytest.mark.spec("RUN-3")
def test_of_two_cells_with_one_id_the_first_counts() -> None:
    bench = bench_of_many()

    def edit(doc: Doc[Any]) -> None:
        doc.get("cells", type=Array)[9]["id"] = "c4"

    bench.edit(edit)
    shared = bench.document.run_cells()
    assert shared.code(["c4", "c9"]) == {"c4": CellCode(source_of("c4"), raises=False)}


@pytest.mark.spec("RUN-3", "RUN-25")
@pytest.mark.parametrize("ids", [IDS[::-1], ["c1"] * 52, [None] * 51])
def test_where_the_order_is_not_what_it_seems_cells_are_found_all_the_same(ids: list[str]) -> None:
    bench = bench_of_many()
    row = bench.document._shared.row
    shared = bench.document.run_cells()
    for wanted in (["c3"], IDS, ["c3", "nowhere"]):
        row._ids = list(ids)
        found = shared.code(wanted)
        assert found == {
            one: CellCode(source_of(one), raises=one == "c7") for one in wanted if one != "nowhere"
        }
        row._ids, shared._places = list(ids), {}
        assert shared.holds("c20")
        assert not shared.holds("nowhere")


@pytest.mark.spec("RUN-3")
def test_cells_that_were_given_another_id() -> None:
    bench = bench_of_many()
    shared = bench.document.run_cells()
    assert shared.holds("c9")

    def edit(doc: Doc[Any]) -> None:
        doc.get("cells", type=Array)[9]["id"] = "other"

    bench.edit(edit)
    assert not shared.holds("c9")
    assert shared.code(["other"]) == {"other": CellCode(source_of("c9"), raises=False)}


def test_an_empty_notebook_has_no_code() -> None:
    bench = Bench()
    bench.edit(lambda doc: doc.get("cells", type=Array).clear())
    assert bench.document.run_cells().code(["a", "b"]) == {}


@pytest.mark.spec("RUN-25")
def test_cells_that_others_push_along_are_found_without_looking_at_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench = bench_of_many()
    shared = bench.document.run_cells()
    shared.code(IDS)
    looks = 0
    learn = RunCells._learn

    def counted(self: RunCells, ids: list[Any]) -> None:
        nonlocal looks
        looks += 1
        learn(self, ids)

    monkeypatch.setattr(RunCells, "_learn", counted)
    for count in range(20):
        content = bench.document.content()
        content["cells"].insert(10, code(f"new{count}"))
        bench.document.update_to(content)
        assert all(shared.holds(cell_id) for cell_id in ("c10", "c49"))
    assert looks == 0
