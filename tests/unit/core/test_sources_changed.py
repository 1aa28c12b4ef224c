"""RUN-38, as the room sees it: whose edits changed which cells, where somebody wants to know."""

from __future__ import annotations

from typing import Any

import pytest
from pycrdt import Array, Map, Text

from jupyter_tandem.core import effects as fx
from jupyter_tandem.core import inputs
from jupyter_tandem.protocol import frames as f
from jupyter_tandem.types import Rights, Role, SessionId, Voice
from tests.unit.core.room_bench import LINEAGE, NOTEBOOK, Bench, Peer, person

pytestmark = pytest.mark.spec("RUN-38")


def notebook(*runners: str) -> Bench:
    cells = [
        {"cell_type": "code", "id": f"c{n}", "metadata": {}, "source": "x", "outputs": []}
        | {"execution_count": None}
        for n in range(3)
    ]
    content = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    bench = Bench(NOTEBOOK, content)
    bench.room.runners.update(runners)
    return bench


def change(peer: Peer, edit: Any) -> list[tuple[str, set[str]]]:
    """Edit the cells as ``peer``; whose edit changed which sources, as the room tells it."""
    cells = peer.doc.get("cells", type=Array)
    before = peer.doc.get_state()
    with peer.doc.transaction():
        edit(cells)
    effects = peer.send(f.Update(peer.doc.get_update(before)))
    assert any(isinstance(effect, fx.Append) for effect in effects)
    told = [effect for effect in effects if isinstance(effect, fx.SourcesChanged)]
    return [(effect.user.username, set(effect.cells)) for effect in told]


def type_into(*numbers: int) -> Any:
    def edit(cells: Array[Any]) -> None:
        for number in numbers:
            cells[number]["source"].insert(0, "# ")

    return edit


def test_the_room_says_whose_edit_changed_which_cells() -> None:
    bench = notebook("ana")
    assert change(bench.join("bo"), type_into(0, 2)) == [("bo", {"c0", "c2"})]


def test_nobody_is_told_of_their_own_edits_and_nothing_where_nobody_has_run_cells() -> None:
    assert change(notebook("ana").join("ana"), type_into(0)) == []
    assert change(notebook().join("bo"), type_into(0)) == []
    assert change(notebook("ana", "bo").join("bo"), type_into(0)) == [("bo", {"c0"})]


def test_a_source_that_is_replaced_has_changed() -> None:
    def replace(cells: Array[Any]) -> None:
        cells[1]["source"] = Text("y")

    assert change(notebook("ana").join("bo"), replace) == [("bo", {"c1"})]


def test_new_and_deleted_cells_metadata_and_outputs_are_no_changed_sources() -> None:
    def rearrange(cells: Array[Any]) -> None:
        cells[0]["metadata"]["tags"] = ["a"]
        cells[0]["outputs"].append(Map({"output_type": "stream", "text": Text("o")}))
        del cells[2]
        cells.insert(0, Map({"id": "new", "cell_type": "code", "source": Text("n")}))

    bo = notebook("ana").join("bo")
    assert change(bo, rearrange) == []
    assert change(bo, type_into(1)) == [("bo", {"c0"})]


def test_what_comes_through_a_hub_has_no_single_author() -> None:
    bench = notebook("ana")
    session = SessionId(77)
    peer = bench.peers[session] = Peer(bench, session, None)
    rights, dialect = Rights.of(Role.EDITOR), inputs.Dialect.TANDEM
    join = inputs.Join(session, person("hub"), rights, dialect, LINEAGE, Voice.HUB)
    bench.handle(join)
    peer.synchronise()
    assert change(peer, type_into(0)) == []


def test_the_same_room_goes_on_after_an_edit_that_was_refused() -> None:
    bench = notebook("ana")
    bo = bench.join("bo")
    bo.send_raw(b"\x00\x02\x01\xff")
    assert change(bench.join("bo"), type_into(0)) == [("bo", {"c0"})]
