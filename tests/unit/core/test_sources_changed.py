"""RUN-38, as the room sees it: whose edits changed which cells, where somebody wants to know."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pycrdt import Array, Doc, Map, Text, merge_updates

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


class Hub:
    """The connection of a Hub's service to a room, and people elsewhere."""

    def __init__(self, bench: Bench) -> None:
        session = SessionId(77)
        self.peer = bench.peers[session] = Peer(bench, session, None)
        rights, dialect = Rights.of(Role.EDITOR), inputs.Dialect.TANDEM
        bench.handle(
            inputs.Join(session, person("hub"), rights, dialect, LINEAGE, Voice.HUB),
        )
        self.peer.synchronise()
        self.bench = bench

    def somebody(self, name: str, *, seen: bool = True) -> Doc[Any]:
        """Somebody's document elsewhere; when they are ``seen`` the service has said who they are."""
        doc: Doc[Any] = Doc()
        doc.apply_update(self.bench.room.document.encode())
        if seen:
            told = json.dumps({"user": {"username": name, "display_name": name.title()}})
            self.peer.send(f.Awareness((f.AwarenessState(doc.client_id, 1, told),)))
        return doc

    def send(self, *updates: bytes) -> list[tuple[str, set[str]]]:
        """Bring edits in one turn; whose edits changed which sources."""
        effects = self.peer.send(*(f.Update(update) for update in updates))
        assert any(isinstance(effect, fx.Append) for effect in effects)
        told = [effect for effect in effects if isinstance(effect, fx.SourcesChanged)]
        return [(effect.user.display_name, set(effect.cells)) for effect in told]


def made(doc: Doc[Any], edit: Any) -> bytes:
    """An edit as an update."""
    before = doc.get_state()
    with doc.transaction():
        edit(doc.get("cells", type=Array))
    return doc.get_update(before)


def delete_from(cells: Array[Any]) -> None:
    del cells[1]["source"][0:1]


@pytest.mark.spec("HUB-7")
def test_somebody_elsewhere_is_named_as_the_hub_names_them() -> None:
    bench = notebook("ana")
    hub = Hub(bench)
    bo, eve = hub.somebody("bo"), hub.somebody("eve")
    assert hub.send(made(bo, type_into(0))) == [("Bo", {"c0"})]
    both = hub.send(made(bo, type_into(1)), made(eve, type_into(1, 2)), made(eve, type_into(0)))
    assert both == [("Bo", {"c1"}), ("Eve", {"c0", "c1", "c2"})]
    assert hub.send(made(hub.somebody("ana"), type_into(0))) == [("Ana", {"c0"})]
    quiet = Hub(notebook())
    assert quiet.send(made(quiet.somebody("bo"), type_into(0))) == []


def test_nobody_is_named_where_it_is_not_certain_who_it_was() -> None:
    bench = notebook("ana")
    hub = Hub(bench)
    bo, eve = hub.somebody("bo"), hub.somebody("eve")
    assert hub.send(made(hub.somebody("kim", seen=False), type_into(0))) == []
    assert hub.send(made(bo, delete_from)) == []
    merged = merge_updates(made(bo, type_into(0)), made(eve, type_into(0)))
    assert hub.send(merged) == []
    gone = f.Awareness((f.AwarenessState(bo.client_id, 2, "null"),))
    hub.peer.send(gone)
    assert hub.send(made(bo, type_into(0))) == []


def test_nobody_is_named_for_what_is_brought_along_after_a_break() -> None:
    bench = notebook("ana")
    session = SessionId(77)
    peer = bench.peers[session] = Peer(bench, session, None)
    rights, dialect = Rights.of(Role.EDITOR), inputs.Dialect.TANDEM
    bench.handle(inputs.Join(session, person("hub"), rights, dialect, LINEAGE, Voice.HUB))
    bo: Doc[Any] = Doc()
    bo.apply_update(bench.room.document.encode())
    told = json.dumps({"user": {"username": "bo", "display_name": "Bo"}})
    peer.send(f.Awareness((f.AwarenessState(bo.client_id, 1, told),)))
    effects = peer.send(f.SyncStep2(made(bo, type_into(0))))
    assert any(isinstance(effect, fx.Append) for effect in effects)
    assert not any(isinstance(effect, fx.SourcesChanged) for effect in effects)


def test_edits_of_several_people_elsewhere_are_acknowledged_together() -> None:
    hub = Hub(notebook("ana"))
    bo, eve = hub.somebody("bo"), hub.somebody("eve")
    before = hub.bench.room.sequence
    hub.send(made(bo, type_into(0)), made(eve, type_into(0)))
    assert hub.bench.room.sequence == before + 2

    def acknowledged() -> int:
        return max((message.count for message in hub.peer.got(f.Acknowledgement)), default=0)

    known = acknowledged()
    hub.bench.handle(inputs.Durable(before + 1))
    assert acknowledged() == known
    hub.bench.handle(inputs.Durable(before + 2))
    assert acknowledged() == known + 2


def test_the_same_room_goes_on_after_an_edit_that_was_refused() -> None:
    bench = notebook("ana")
    bo = bench.join("bo")
    bo.send_raw(b"\x00\x02\x01\xff")
    assert change(bench.join("bo"), type_into(0)) == [("bo", {"c0"})]
