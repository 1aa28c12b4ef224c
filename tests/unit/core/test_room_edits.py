"""ROOM-1 to ROOM-10: what becomes of edits."""

from __future__ import annotations

from typing import Any

import pytest
from pycrdt import Array, Map, Text

from jupyter_tandem.core import effects as fx
from jupyter_tandem.core.document import Document
from jupyter_tandem.protocol import frames as f
from jupyter_tandem.protocol.limits import Limits
from jupyter_tandem.protocol.pruning import deletions
from tests.unit.core.room_bench import NOTEBOOK, TEXT, Bench, Peer
from tests.unit.protocol.update_bytes import STRING, number, update


@pytest.mark.spec("ROOM-1", "ROOM-3")
def test_a_turn_of_one_session_is_one_entry_and_one_frame() -> None:
    bench = Bench()
    ana, ben = bench.join("ana"), bench.join("ben")
    updates = [f.Update(ana.edit(letter, at)) for at, letter in enumerate("hello")]
    effects = ana.send(*updates)
    assert [type(e) for e in effects] == [fx.Append, fx.Fanout]
    assert str(ben) == "hello"
    assert ana.got(f.Update) == []


@pytest.mark.spec("ROOM-1")
def test_a_turn_of_two_sessions_keeps_their_names_apart() -> None:
    bench = Bench()
    ana, ben = bench.join("ana"), bench.join("ben")
    a, b = f.encode(f.Update(ana.edit("a"))), f.encode(f.Update(ben.edit("b")))
    from jupyter_tandem.core.inputs import Turn

    bench.handle(Turn(((ana.session, a), (ben.session, b))))
    assert [entry.author for entry in bench.entries] == ["ana", "ben"]
    assert str(ana) == str(ben) == bench.text()


@pytest.mark.spec("ROOM-2")
def test_sequences_have_no_gaps_and_repeats_take_none() -> None:
    bench = Bench()
    ana = bench.join()
    update = f.Update(ana.edit("x"))
    ana.send(update)
    ana.send(update)
    ana.type("y")
    assert [entry.sequence for entry in bench.entries] == [2, 3]


@pytest.mark.spec("ROOM-2")
def test_the_journal_rebuilds_the_document() -> None:
    bench = Bench(content="start ")
    ana, ben = bench.join("ana"), bench.join("ben")
    ana.type("one ", 0)
    ben.type("zwei 🎉 ", 0)
    rebuilt = Document(TEXT, client_id=1)
    first = Document(TEXT, client_id=2)
    first.load([bench.room.document.encode()])
    rebuilt.load([Bench(content="start ").room.document.encode()])
    rebuilt.load([entry.update for entry in bench.entries])
    assert rebuilt.content() == first.content() == bench.text()


@pytest.mark.spec("ROOM-31")
def test_a_newcomer_gets_edits_after_asking_for_what_it_lacks() -> None:
    bench = Bench(content="start ")
    ana, ben = bench.join("ana"), bench.join("ben", synchronise=False)
    ana.type("before ")
    assert ben.got(f.Update) == []
    ben.synchronise()
    assert str(ben) == "before start "
    answered = len(ben.got(f.Update))
    ana.type("after ")
    assert len(ben.got(f.Update)) == answered + 1
    assert str(ben) == "after before start "


@pytest.mark.spec("ROOM-4")
def test_a_refused_frame_changes_nothing_and_keeps_what_came_before() -> None:
    bench = Bench()
    ana, ben = bench.join("ana"), bench.join("ben")
    good = f.encode(f.Update(ana.edit("kept")))
    ana.send_raw(good, b"\x00\x02\x03\xff\xff\xff")
    assert ana.closed is not None
    assert ana.closed[0] == 4400
    assert bench.text() == str(ben) == "kept"
    assert len(bench.entries) == 1


@pytest.mark.spec("ROOM-2", "P-6")
@pytest.mark.parametrize("nonsense", [b"\x00\x02\x03\x07\x07\x07", b"\x00\x00\x02\xff\xff"])
def test_a_refused_frame_takes_no_edits_of_others_with_it(nonsense: bytes) -> None:
    from jupyter_tandem.core.inputs import Turn

    bench = Bench()
    ana, eve = bench.join("ana"), bench.join("eve")
    ana.type("a")
    edit = f.encode(f.Update(ana.edit("nother", 0)))
    effects = bench.room.handle(Turn(((ana.session, edit), (eve.session, nonsense))), 1.0, 2.0)
    appended = [effect.sequence for effect in effects if isinstance(effect, fx.Append)]
    assert appended == [bench.room.sequence]


@pytest.mark.spec("ROOM-5")
def test_an_edit_that_builds_on_a_missing_one_is_refused() -> None:
    bench = Bench()
    ana = bench.join()
    ana.edit("lost")
    ana.type("kept", 4)
    assert ana.closed is not None
    assert ana.closed[0] == 4409
    assert bench.text() == ""
    assert bench.entries == []


@pytest.mark.spec("ROOM-6")
def test_a_client_id_has_one_owner() -> None:
    bench = Bench()
    ana = bench.join("ana", client_id=77)
    mallory = bench.join("mallory", client_id=78)
    ana.type("mine")
    impostor = bench.join("mallory", client_id=77)
    impostor.type("forged", 0)
    assert impostor.closed is not None
    assert impostor.closed[0] == 4403
    assert mallory.closed is None
    assert bench.text() == "mine"


@pytest.mark.spec("ROOM-6")
def test_a_client_id_stays_its_persons_after_they_left() -> None:
    from jupyter_tandem.core.inputs import Leave

    bench = Bench()
    ana = bench.join("ana", client_id=77)
    ana.type("mine")
    bench.handle(Leave(ana.session))
    del bench.peers[ana.session]
    impostor = bench.join("mallory", client_id=77)
    impostor.type("!", 0)
    assert impostor.closed is not None
    again = bench.join("ana", client_id=77)
    again.type("still ", 0)
    assert again.closed is None
    assert bench.text() == "still mine"


@pytest.mark.spec("ROOM-7")
def test_history_may_hold_edits_of_the_absent_only() -> None:
    bench = Bench()
    ana, ben = bench.join("ana", client_id=77), bench.join("ben", synchronise=False)
    ana.type("a")
    unsent = ana.edit("unsent")
    ben.send(f.SyncStep1(ben.doc.get_state()))
    ben.take(f.encode(f.Update(unsent)))
    ben.send(f.SyncStep2(ben.doc.get_update(bench.room.document.state_vector())))
    assert ben.closed is not None
    assert ben.closed[0] == 4403
    from jupyter_tandem.core.inputs import Leave

    bench.handle(Leave(ana.session))
    del bench.peers[ana.session]
    cleo = bench.join("cleo", synchronise=False)
    cleo.take(f.encode(f.Update(ana.doc.get_update())))
    cleo.synchronise()
    assert cleo.closed is None
    assert bench.text() == "unsenta"


@pytest.mark.spec("ROOM-8")
def test_an_answer_sees_the_edits_sent_before_it() -> None:
    bench = Bench()
    ana = bench.join()
    before = ana.doc.get_state()
    ana.send(f.Update(ana.edit("new")), f.SyncStep1(before))
    answers = [*ana.got(f.SyncStep2), *ana.got(f.Update)]
    assert any(b"new" in answer.update for answer in answers)


@pytest.mark.spec("ROOM-9")
def test_trust_never_leaves_the_room() -> None:
    cell = {"id": "c1", "cell_type": "code", "source": "1", "metadata": {}, "outputs": []}
    content = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    bench = Bench(NOTEBOOK, content)
    ana, ben = bench.join("ana"), bench.join("ben")
    cells = ana.doc.get("cells", type=Array)
    metadata = cells[0]["metadata"]
    assert isinstance(metadata, Map)
    effects = ana.send(f.Update(_change(ana, lambda: metadata.update({"trusted": True, "k": 1}))))
    assert sum(isinstance(e, fx.Fanout) for e in effects) == 1
    seen = ben.doc.get("cells", type=Array)[0]["metadata"].to_py()
    assert seen == {"k": 1}
    assert "trusted" not in bench.room.document.content()["cells"][0]["metadata"]


def _change(peer: object, change: object) -> bytes:
    before = peer.doc.get_state()  # type: ignore[attr-defined]
    change()  # type: ignore[operator]
    update: bytes = peer.doc.get_update(before)  # type: ignore[attr-defined]
    return update


@pytest.mark.spec("ROOM-4")
def test_a_full_document_refuses_more() -> None:
    bench = Bench(limits=Limits(document_bytes=100))
    ana = bench.join()
    ana.type("x" * 200)
    assert ana.closed is not None
    assert ana.closed[0] == 4413
    assert bench.text() == ""


@pytest.mark.spec("ROOM-4", "UPD-10")
def test_an_edit_that_cuts_a_character_costs_only_its_sender() -> None:
    bench = Bench()
    ana, ben = bench.join("ana"), bench.join("ben")
    ana.type("😀")
    inside = number(ana.doc.client_id) + number(0)
    cut = update(bytes([STRING | 0x80]) + inside + b"\x01x", client=ben.doc.client_id)
    effects = ben.send(f.Update(cut))
    assert ben.closed is not None
    assert ben.closed[0] == 4400
    assert not any(isinstance(e, fx.Rebuild | fx.Append | fx.Fanout) for e in effects)
    ana.type("still here ")
    assert bench.text() == "still here 😀"


def moved_down(peer: Peer, **metadata: Any) -> bytes:
    """The update that puts the first cell behind the second one, as JupyterLab does: another, with what it held."""
    cells = peer.doc.get("cells", type=Array)
    with peer.doc.transaction():
        raw = cells[0].to_py()
        del cells[0]
        raw |= {"source": Text(raw["source"]), "metadata": Map({**raw["metadata"], **metadata})}
        cells.insert(1, Map(raw))
    return peer.made[-1]


def two_cells() -> Bench:
    cell = {"cell_type": "raw", "metadata": {}}
    cells = [{**cell, "id": "a", "source": "one"}, {**cell, "id": "b", "source": "two"}]
    return Bench(NOTEBOOK, {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


@pytest.mark.spec("ROOM-44")
def test_who_moves_a_cell_is_quoted_when_others_had_typed_into_it() -> None:
    bench = two_cells()
    ana, ben, cleo = bench.join("ana"), bench.join("ben"), bench.join("cleo")
    move = moved_down(ana)
    ben.doc.get("cells", type=Array)[0]["source"].insert(3, "!")
    ben.send(f.Update(ben.made[-1]))
    ana.send(f.Update(move))
    for peer in (ben, cleo):
        assert deletions(peer.got(f.Update)[-1].update) == deletions(move)
        assert peer.doc.get("cells", type=Array).to_py() == ana.doc.get("cells", type=Array).to_py()
    sources = [cell["source"] for cell in bench.room.document.content()["cells"]]
    assert sources == ["two", "one"]
    again = Document(NOTEBOOK, 1)
    again.load([bench.beginning, *(entry.update for entry in bench.entries)])
    assert again.fingerprint() == bench.room.document.fingerprint()


@pytest.mark.spec("ROOM-44", "ROOM-9")
def test_who_moves_a_cell_they_trust_is_quoted_without_the_trust() -> None:
    bench = two_cells()
    ana, ben, cleo = bench.join("ana"), bench.join("ben"), bench.join("cleo")
    move = moved_down(ana, trusted=True, tags=["x"])
    ben.doc.get("cells", type=Array)[0]["source"].insert(3, "!")
    ben.send(f.Update(ben.made[-1]))
    ana.send(f.Update(move))
    named, told = deletions(move), deletions(ben.got(f.Update)[-1].update)
    theirs = ben.doc.client_id
    assert told.get(theirs, []) == named.get(theirs, [])
    again = Document(NOTEBOOK, 1)
    again.load([bench.beginning, *(entry.update for entry in bench.entries)])
    assert again.fingerprint() == bench.room.document.fingerprint()
    for peer in (ben, cleo):
        moved = peer.doc.get("cells", type=Array)[1].to_py()
        assert moved["metadata"] == {"tags": ["x"]}
        assert moved["source"] == "one"
    assert again.content()["cells"][1]["metadata"] == {"tags": ["x"]}


@pytest.mark.spec("ROOM-44")
def test_who_comes_back_is_not_quoted_with_all_that_was_ever_deleted() -> None:
    bench = Bench(TEXT, "ab" * 500)
    ana, ben = bench.join("ana"), bench.join("ben")
    for at in range(500):
        del ben.source[at : at + 1]
        ben.send(f.Update(ben.made[-1]))
    with ana.doc.transaction():
        ana.source.insert(0, "x")
        del ana.source[5:6]
    answer = f.SyncStep2(ana.doc.get_update(bench.room.document.state_vector()))
    assert len(answer.update) > 1_000
    ana.send(answer)
    assert len(ben.got(f.Update)[-1].update) < 100
    assert bench.text() == str(ana)
