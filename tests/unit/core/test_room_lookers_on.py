"""ROOM-48: who may not write has client ids for presence alone."""

from __future__ import annotations

import json

import pytest

from jupyter_tandem.core import effects as fx
from jupyter_tandem.core import inputs
from jupyter_tandem.core.client_ids import REMEMBERED_OWNERS
from jupyter_tandem.core.inputs import Dialect
from jupyter_tandem.protocol import frames as f
from jupyter_tandem.types import Rights, Role, Voice
from tests.unit.core.room_bench import Bench, Peer
from tests.unit.core.test_room_people import state_of
from tests.unit.core.test_room_voices import join_voice, says, users

HERS = 4242
VIEWER, EDITOR = Rights.of(Role.VIEWER), Rights.of(Role.EDITOR)


def becomes(bench: Bench, peer: Peer, rights: Rights) -> None:
    bench.handle(inputs.RightsChanged(peer.session, rights, "changed"))


def shown(bench: Bench) -> dict[int, str]:
    """Who is told to newcomers under which client id."""
    states = bench.room.awareness_states()
    return {state.client: json.loads(state.json)["user"]["username"] for state in states}


def strikes(effects: list[fx.Effect]) -> list[bool]:
    return [effect.strike for effect in effects if isinstance(effect, fx.Close)]


@pytest.mark.spec("ROOM-48")
@pytest.mark.parametrize("dialect", Dialect)
@pytest.mark.parametrize("clock", [0, 2**40])
def test_who_returns_and_edits_has_her_client_id_whatever_a_looker_on_said(
    dialect: Dialect, clock: int
) -> None:
    """After a restart nobody owns anything; the ids are in the document for everybody to read."""
    bench = Bench()
    watcher, viewer = bench.join("watcher"), bench.join("eve", Role.VIEWER)
    viewer.send(state_of(viewer), state_of(viewer, clock=clock, client=HERS, at="forged"))
    ana = bench.join("ana", dialect=dialect, client_id=HERS)
    effects = ana.type("typed while the server was away")
    assert ana.closed is viewer.closed is None
    assert strikes(effects) == []
    assert bench.text() == "typed while the server was away"
    assert watcher.got(f.Awareness)[-1].states[0].json == "null"
    ana.send(state_of(ana, at="hers"))
    viewer.send(state_of(viewer, clock=clock + 9, client=HERS, at="forged again"))
    assert shown(bench) == {viewer.doc.client_id: "eve", HERS: "ana"}
    assert json.loads(watcher.got(f.Awareness)[-1].states[0].json)["at"] == "hers"


@pytest.mark.spec("ROOM-48", "ROOM-7")
@pytest.mark.parametrize("dialect", Dialect)
def test_who_returns_brings_along_what_she_did_meanwhile(dialect: Dialect) -> None:
    bench = Bench()
    viewer = bench.join("eve", Role.VIEWER)
    viewer.send(state_of(viewer, client=HERS))
    ana = bench.join("ana", dialect=dialect, client_id=HERS, synchronise=False)
    ana.edit("unsaved ")
    ana.synchronise()
    ana.type("and more ")
    assert ana.closed is None
    assert bench.text() == "and more unsaved "


@pytest.mark.spec("ROOM-48", "ROOM-6")
def test_lookers_on_have_nobody_forgotten() -> None:
    bench = Bench()
    ana = bench.join("ana", client_id=HERS)
    ana.type("x")
    bench.handle(inputs.Leave(ana.session))
    clients = iter(range(10_000_000, 20_000_000))
    for _ in range(REMEMBERED_OWNERS // 15 + 50):
        visitor = bench.join("eve", Role.VIEWER, synchronise=False)
        visitor.send(f.Awareness(tuple(f.AwarenessState(next(clients), 1, "{}") for _ in range(15))))  # fmt: skip
        bench.handle(inputs.Leave(visitor.session))
        del bench.peers[visitor.session]
    viewer = bench.join("eve", Role.VIEWER)
    viewer.send(state_of(viewer, client=HERS))
    assert shown(bench) == {}
    again = bench.join("ana", client_id=HERS)
    again.send(state_of(again))
    again.type("back ")
    assert again.closed is None
    assert shown(bench) == {HERS: "ana"}


@pytest.mark.spec("ROOM-48", "ROOM-14")
@pytest.mark.parametrize("dialect", Dialect)
def test_lookers_on_are_seen_and_nobody_speaks_for_them(dialect: Dialect) -> None:
    bench = Bench()
    viewer = bench.join("eve", Role.VIEWER)
    viewer.send(state_of(viewer, at=1, looksOn=False))
    editor = bench.join("bo", dialect=dialect)
    # Stock clients say after the server what it told them.
    editor.send(state_of(editor, clock=9, client=viewer.doc.client_id, at="forged"))
    editor.send(state_of(editor, looksOn=True))
    editor.type("x")
    assert shown(bench) == {viewer.doc.client_id: "eve", editor.doc.client_id: "bo"}
    told = {s.client: json.loads(s.json) for s in bench.room.awareness_states()}
    assert told[viewer.doc.client_id]["at"] == 1
    assert told[viewer.doc.client_id]["looksOn"] is True
    assert "looksOn" not in told[editor.doc.client_id]
    bench.handle(inputs.Leave(viewer.session))
    del bench.peers[viewer.session]
    again = bench.join("eve", Role.VIEWER, client_id=viewer.doc.client_id)
    again.send(state_of(again))
    assert shown(bench) == {editor.doc.client_id: "bo", again.doc.client_id: "eve"}


@pytest.mark.spec("ROOM-48", "ROOM-6")
def test_an_editor_who_may_only_look_for_a_while_keeps_the_client_id() -> None:
    bench = Bench()
    ana = bench.join("ana", client_id=HERS)
    ana.type("before ")
    becomes(bench, ana, VIEWER)
    ana.send(state_of(ana))
    forger = bench.join("bo", client_id=HERS)
    forger.type("forged ")
    assert forger.closed is not None
    assert forger.closed[0] == 4403
    becomes(bench, ana, EDITOR)
    ana.type("after ")
    assert ana.closed is None
    assert bench.text() == "after before "


@pytest.mark.spec("ROOM-48", "ROOM-6")
def test_an_editor_who_comes_back_to_look_keeps_the_client_id() -> None:
    bench = Bench()
    ana = bench.join("ana", client_id=HERS)
    ana.type("before ")
    again = bench.join("ana", Role.VIEWER, client_id=HERS)
    again.send(state_of(again))
    assert ana.closed is not None
    assert ana.closed[0] == 4408
    forger = bench.join("bo", client_id=HERS)
    forger.type("forged ")
    assert forger.closed is not None
    becomes(bench, again, EDITOR)
    again.type("after ")
    assert again.closed is None
    assert bench.text() == "after before "


@pytest.mark.spec("ROOM-48", "ROOM-6")
def test_a_looker_on_who_may_write_from_now_on_writes_with_what_was_presence() -> None:
    bench = Bench()
    viewer = bench.join("ana", Role.VIEWER, Dialect.STOCK, client_id=HERS)
    viewer.send(state_of(viewer))
    becomes(bench, viewer, EDITOR)
    forger = bench.join("bo", client_id=HERS)
    forger.type("forged ")
    assert forger.closed is not None
    viewer.type("hers ")
    assert viewer.closed is None
    assert bench.text() == "hers "


@pytest.mark.spec("ROOM-48", "ROOM-6")
@pytest.mark.parametrize("dialect", Dialect)
def test_presence_before_the_first_edit_makes_the_client_id_an_editors(dialect: Dialect) -> None:
    bench = Bench()
    ana = bench.join("ana", dialect=dialect, client_id=HERS)
    ana.send(state_of(ana))
    viewer, forger = bench.join("eve", Role.VIEWER), bench.join("bo", client_id=HERS)
    viewer.send(state_of(viewer, clock=9, client=HERS))
    forger.type("forged ")
    assert forger.closed is not None
    ana.type("hers ")
    assert ana.closed is None
    assert shown(bench) == {HERS: "ana"}


@pytest.mark.spec("ROOM-48")
def test_two_windows_of_a_person_of_which_one_may_only_look() -> None:
    bench = Bench()
    writing, looking = bench.join("ana"), bench.join("ana", Role.VIEWER)
    for window in (writing, looking):
        window.send(state_of(window))
    writing.type("x")
    looking.type("no effect")
    bench.handle(inputs.Leave(looking.session))
    del bench.peers[looking.session]
    writing.type("y")
    assert writing.closed is None
    assert bench.text() == "yx"
    assert shown(bench) == {writing.doc.client_id: "ana"}


@pytest.mark.spec("ROOM-48", "HUB-6")
def test_a_server_whose_person_may_only_look_keeps_nobodys_edits_out() -> None:
    bench = Bench()
    hers = join_voice(bench, "alice", Voice.AGENT)
    his = join_voice(bench, "bob", Voice.SERVER)
    becomes(bench, his, VIEWER)
    writer = Peer(bench, hers.session, HERS)
    his.send(says(HERS, 5, username="bob"))
    assert shown(bench) == {HERS: "bob"}
    hers.send(f.Update(writer.edit("hers")))
    assert hers.closed is None
    assert bench.text() == "hers"
    assert users(hers) == []
    hers.send(says(HERS, 1, username="alice"))
    his.send(says(HERS, 9, username="bob"))
    assert shown(bench) == {HERS: "alice"}


@pytest.mark.spec("ROOM-48", "HUB-6")
def test_a_looker_on_elsewhere_on_the_hub_keeps_nobodys_edits_out() -> None:
    service = Bench()
    watcher, viewer = service.join("alice"), service.join("bob", Role.VIEWER)
    viewer.send(state_of(viewer, client=HERS))
    (told,) = watcher.got(f.Awareness)[-1].states
    bench = Bench()
    hub = join_voice(bench, "", Voice.HUB)
    hub.send(f.Awareness((told,)))
    assert shown(bench) == {HERS: "bob"}
    ana = bench.join("ana", client_id=HERS)
    effects = ana.type("hers")
    assert ana.closed is None
    assert strikes(effects) == []
    assert shown(bench) == {}
    # Of somebody elsewhere who may write nobody takes the client id.
    hub.send(says(77, 1, username="carol"))
    forger = bench.join("bo", client_id=77)
    forger.type("forged")
    assert forger.closed is not None
    assert bench.text() == "hers"


@pytest.mark.spec("ROOM-48", "HUB-6")
def test_a_looker_on_elsewhere_gets_no_client_id_of_somebody_who_is_away() -> None:
    bench = Bench()
    ana = bench.join("ana", client_id=HERS)
    ana.type("x")
    bench.handle(inputs.Leave(ana.session))
    hub = join_voice(bench, "", Voice.HUB)
    state = json.dumps({"user": {"username": "bob"}, "looksOn": True})
    hub.send(f.Awareness((f.AwarenessState(HERS, 1, state),)))
    assert shown(bench) == {}
    again = bench.join("ana", client_id=HERS)
    again.type("y")
    assert again.closed is None
