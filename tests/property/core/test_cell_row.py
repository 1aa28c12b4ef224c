"""What is known of the order of cells, and read of single ones, is what the library says of the whole."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycrdt import Array, Doc, Map, Text

from jupyter_tandem.core.document import cell_row
from jupyter_tandem.core.document.cell_code import CellCode
from jupyter_tandem.core.document.cell_row import CellRow
from jupyter_tandem.core.document.json_form import as_json

STEPS = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.sampled_from(["insert", "insert", "many", "delete", "cut", "odd", "type", "meet"]),
        st.integers(0, 40),
        st.integers(1, 6),
    ),
    max_size=40,
)


class Peer:
    """Somebody with a copy of the notebook, and their row."""

    def __init__(self, client_id: int) -> None:
        self.crdt: Doc[Any] = Doc(client_id=client_id)
        self.cells: Array[Any] = self.crdt.get("cells", type=Array)
        self.row = CellRow(self.cells)
        self.renamed = False
        self.made = 0

    def cell(self) -> Map[Any]:
        self.made += 1
        named = f"{self.crdt.client_id}-{self.made}"
        inside = {"id": named, "cell_type": "code", "source": Text(named * 20)}
        return Map({**inside, "metadata": Map({"tags": ["raises-exception"]})})

    def do(self, what: str, place: int, count: int) -> None:
        cells, place = self.cells, min(place, len(self.cells))
        with self.crdt.transaction():
            match what:
                case "insert":
                    cells.insert(place, self.cell())
                case "many":
                    for _ in range(count):
                        cells.insert(place, self.cell())
                    self.check()
                case "delete" if place < len(cells):
                    del cells[place]
                    self.check()
                case "cut":
                    del cells[place : min(len(cells), place + count)]
                    cells.insert(place, self.cell())
                case "odd":
                    cells.insert(
                        place, [Array(["x"]), "text", {"id": 1}, 5, None, Text("t")][count - 1]
                    )
                case "type" if place < len(cells) and isinstance(cells[place], Map):
                    cells[place]["source"] = Text("again")
                    cells[place]["id"] = f"renamed {self.made}"
                    self.renamed = True

    def meet(self, other: Peer) -> None:
        self.renamed = self.renamed or other.renamed
        self.crdt.apply_update(other.crdt.get_update(self.crdt.get_state()))

    def check(self) -> None:
        """What the row says is what the library says that counts."""
        counted = [self.cells[place] for place in range(len(self.cells))]
        maps = [cell if isinstance(cell, Map) else None for cell in counted]
        assert len(self.row) == len(counted)
        for one_by_one in (True, False):
            assert self.row.read(lambda cell: cell, one_by_one=one_by_one) == as_json(self.cells)
        named = [cell.get("id") if isinstance(cell, Map | dict) else None for cell in counted]
        if not self.renamed:
            assert self.row.ids() == named
        assert self.row.ids_now() == named
        for place, cell in enumerate(maps):
            held = self.row.at(place)
            assert (held and as_json(held)) == (cell and as_json(cell))
            assert (
                self.row.id_at(place) == (named[place] if cell is not None else None)
                or cell is None
            )
        assert self.row.at(len(counted)) is self.row.at(-1) is None
        code = {
            place: (named[place], CellCode(str(cell["source"]), raises=True))
            for place, cell in enumerate(maps)
            if cell is not None
        }
        for steps in (5_000_000, -1):
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(cell_row, "_STEPS", steps)
                found = self.row.codes(range(len(counted)))
                assert self.row.ids_now() == named
            assert code == {place: one for place, one in found.items() if one[1] is not None}
            assert found.keys() >= code.keys()


@pytest.mark.spec("CONTENT-22")
@given(STEPS)
@settings(max_examples=150, deadline=None)
def test_the_row_says_what_the_library_says(
    steps: list[tuple[int, str, int, int]],
) -> None:
    peers = [Peer(client_id) for client_id in (1, 2, 3)]
    with closing(peers[0].row), closing(peers[1].row), closing(peers[2].row):
        for who, what, place, count in steps:
            if what == "meet":
                peers[who].meet(peers[(who + count) % 3])
            else:
                peers[who].do(what, place, count)
            peers[who].check()
        late = Peer(9)
        with closing(late.row):
            for peer in (*peers, *peers):
                late.meet(peer)
                late.check()


@pytest.mark.spec("CONTENT-22")
def test_whoever_let_go_counts_as_before() -> None:
    peer = Peer(1)
    peer.do("many", 0, 6)
    peer.row.close()
    peer.row.close()
    peer.do("delete", 2, 1)
    peer.check()
