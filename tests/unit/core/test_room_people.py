"""ROOM-11 to ROOM-22: rights, durability, presence, lineage, file."""

from __future__ import annotations

import json
from typing import get_args

import pytest

from jupyter_tandem.core import effects as fx
from jupyter_tandem.core import inputs
from jupyter_tandem.core.awareness import EXPIRY_S
from jupyter_tandem.core.inputs import Dialect
from jupyter_tandem.core.session import NEXT_PHASE, REQUIRED_ACTION, Phase, undeclared_messages
from jupyter_tandem.protocol import frames as f
from jupyter_tandem.types import LineageId, Rights, Role
from tests.unit.core.room_bench import LINEAGE, Bench, Peer

IN_FILE = inputs.FileReport("in_file", 1.0, "", "a.txt", "abc")


def state_of(
    peer: Peer, clock: int = 1, client: int | None = None, **fields: object
) -> f.Awareness:
    """An awareness frame of ``peer``."""
    text = json.dumps(fields)
    return f.Awareness((f.AwarenessState(client or peer.doc.client_id, clock, text),))


@pytest.mark.spec("WIRE-9", "ACCESS-1")
def test_every_message_declares_its_right_and_its_place() -> None:
    assert undeclared_messages() == []
    for message in get_args(f.ClientMessage):
        assert message in REQUIRED_ACTION
        assert (Phase.JOINED, message) in NEXT_PHASE


@pytest.mark.spec("ROOM-11")
@pytest.mark.parametrize("dialect", Dialect)
def test_a_reader_changes_nothing_by_any_frame(dialect: Dialect) -> None:
    bench = Bench(content="theirs")
    reader = bench.join("reader", Role.VIEWER, dialect)
    edit = reader.edit("mine")
    reader.send(f.Update(edit))
    reader.send(f.SyncStep2(edit))
    reader.send(f.SaveRequest(1), f.Update(reader.edit("again")))
    assert bench.text() == "theirs"
    assert bench.entries == []
    assert reader.closed is None
    told = reader.got(f.Notice)
    assert len(told) == (1 if dialect is Dialect.TANDEM else 0)
    assert reader.got(f.StockNotice)[0].body["status"] == "failed"


@pytest.mark.spec("ROOM-11")
def test_a_reader_sees_everything_live() -> None:
    bench = Bench()
    ana, reader = bench.join("ana"), bench.join("reader", Role.VIEWER)
    ana.type("hello")
    assert str(reader) == "hello"


@pytest.mark.spec("ROOM-12")
def test_lowered_rights_act_on_the_next_frame() -> None:
    bench = Bench()
    ana = bench.join()
    ana.type("before")
    bench.handle(inputs.RightsChanged(ana.session, Rights.of(Role.VIEWER), "lowered"))
    assert ana.got(f.Status)[-1].body["rights"]["role"] == "viewer"
    ana.type("after")
    assert bench.text() == "before"
    bench.handle(inputs.RightsChanged(ana.session, Rights.of(Role.EDITOR), "raised"))
    ana.send(f.SyncStep2(ana.doc.get_update()))
    assert bench.text() == "afterbefore"


@pytest.mark.spec("ROOM-12")
def test_a_revoked_session_is_closed_with_the_reason() -> None:
    bench = Bench()
    ana = bench.join()
    bench.handle(inputs.RightsChanged(ana.session, Rights(Role.VIEWER, frozenset()), "Taken back."))
    assert ana.closed == (4403, "Taken back.")
    ana.type("late")
    assert bench.text() == ""


@pytest.mark.spec("ROOM-13")
def test_the_server_says_who_somebody_is() -> None:
    bench = Bench()
    ana, ben = bench.join("ana"), bench.join("ben")
    ana.send(state_of(ana, user={"username": "root", "color": "#123456"}, cursors=[]))
    seen = json.loads(ben.got(f.Awareness)[-1].states[0].json)
    assert seen["user"]["username"] == "ana"
    assert seen["user"]["color"] == "#123456"
    assert seen["cursors"] == []
    ana.send(state_of(ana, clock=2, user={"color": "red;}</style><script>"}))
    assert json.loads(ben.got(f.Awareness)[-1].states[0].json)["user"]["color"] is None


@pytest.mark.spec("ROOM-13", "P-12")
@pytest.mark.parametrize("number", ["NaN", "-Infinity", "1e999"])
def test_what_browsers_cannot_read_is_not_passed_on(number: str) -> None:
    bench = Bench()
    ana, bo = bench.join("ana"), bench.join("bo")
    ana.send(f.Awareness((f.AwarenessState(ana.doc.client_id, 1, f'{{"at": {number}}}'),)))
    assert ana.closed is not None
    assert ana.closed[0] == 4400
    assert not [m for m in bo.got(f.Awareness) if m.states]
    cy = bench.join("cy")
    assert not [m for m in cy.got(f.Awareness) if m.states]


@pytest.mark.spec("ROOM-39")
def test_of_many_states_in_a_turn_the_others_are_told_the_last() -> None:
    bench = Bench()
    ana, bo = bench.join("ana"), bench.join("bo")
    update = f.Update(ana.edit("x"))
    moves = [
        f.Awareness((f.AwarenessState(ana.doc.client_id, clock, f'{{"at": {clock}}}'),))
        for clock in range(1, 100)
    ]
    ana.send(*moves, update, f.Awareness((f.AwarenessState(ana.doc.client_id, 100, "{}"),)))
    told = bo.inbox[-2:]
    assert isinstance(told[0], f.Update)
    assert isinstance(told[1], f.Awareness)
    assert [state.clock for state in told[1].states] == [100]
    assert len([m for m in bo.got(f.Awareness) if m.states]) == 1


@pytest.mark.spec("ROOM-17", "ROOM-39")
def test_who_moves_and_leaves_in_a_turn_is_gone() -> None:
    bench = Bench()
    ana, bo = bench.join("ana"), bench.join("bo")
    client = ana.doc.client_id
    ana.send(f.Awareness((f.AwarenessState(client, 1, "{}"),)))
    moved = f.encode(f.Awareness((f.AwarenessState(client, 2, "{}"),)))
    ana.send_raw(moved, b"\xff\xff")
    assert ana.closed is not None
    assert [state.json for state in bo.got(f.Awareness)[-1].states] == ["null"]


@pytest.mark.spec("ROOM-14")
def test_nobody_speaks_for_others() -> None:
    bench = Bench()
    ana, ben = bench.join("ana"), bench.join("ben")
    ana.send(state_of(ana, cursors=[1]))
    ben.send(state_of(ben))
    ana.inbox.clear()
    ben.send(state_of(ben, clock=9, client=ana.doc.client_id, cursors=["forged"]))
    ben.send(f.Awareness((f.AwarenessState(ana.doc.client_id, 10, "null"),)))
    assert ana.inbox == []
    assert ben.closed is None
    newcomer = bench.join("cleo")
    states = {s.client: s.json for s in newcomer.got(f.Awareness)[0].states}
    assert json.loads(states[ana.doc.client_id])["cursors"] == [1]


@pytest.mark.spec("ROOM-15", "WIRE-6")
def test_acknowledgements_follow_durability_and_are_cumulative() -> None:
    bench = Bench()
    ana, ben = bench.join("ana"), bench.join("ben")
    acknowledged_at_start = ana.got(f.Acknowledgement)[-1].count
    ana.type("1")
    ana.type("2")
    ben.type("3")
    bench.handle(inputs.Durable(2))
    bench.handle(inputs.Durable(2))
    assert [a.count - acknowledged_at_start for a in ana.got(f.Acknowledgement)[1:]] == [1]
    bench.handle(inputs.Durable(4))
    assert [a.count - acknowledged_at_start for a in ana.got(f.Acknowledgement)[1:]] == [1, 2]


@pytest.mark.spec("ROOM-15")
def test_a_repeat_is_acknowledged_only_when_the_first_is_durable() -> None:
    bench = Bench()
    ana = bench.join()
    at_start = ana.got(f.Acknowledgement)[-1].count
    update = f.Update(ana.edit("x"))
    ana.send(update)
    ana.send(update)
    assert len(ana.got(f.Acknowledgement)) == 1
    bench.handle(inputs.Durable(2))
    assert ana.got(f.Acknowledgement)[-1].count == at_start + 2


@pytest.mark.spec("ROOM-16")
def test_a_failing_journal_is_told_at_once_and_its_recovery_too() -> None:
    bench = Bench()
    ana = bench.join()
    ana.type("x")
    bench.handle(inputs.JournalFailed("disk full"))
    bench.handle(inputs.JournalFailed("disk full"))
    assert ana.got(f.Status)[-1].body["journal"] == {"state": "failed", "reason": "disk full"}
    told = len(ana.got(f.Status))
    bench.handle(inputs.Durable(2))
    assert ana.got(f.Status)[-1].body["journal"]["state"] == "ok"
    assert len(ana.got(f.Status)) == told + 1


@pytest.mark.spec("ROOM-17")
def test_presence_ends_with_the_session() -> None:
    bench = Bench()
    ana, ben = bench.join("ana"), bench.join("ben")
    ana.send(state_of(ana))
    effects = bench.handle(inputs.Leave(ana.session))
    assert ben.got(f.Awareness)[-1].states[0].json == "null"
    assert any(isinstance(e, fx.Presence) and e.action == "leave" for e in effects)


@pytest.mark.spec("ROOM-18")
def test_presence_that_is_not_renewed_expires() -> None:
    bench = Bench()
    ana, ben = bench.join("ana"), bench.join("ben")
    ana.send(state_of(ana))
    bench.now += EXPIRY_S - 1
    bench.handle(inputs.Tick())
    assert ben.got(f.Awareness)[-1].states[0].json != "null"
    bench.now += 2
    bench.handle(inputs.Tick())
    assert ben.got(f.Awareness)[-1].states[0].json == "null"


@pytest.mark.spec("ROOM-19")
def test_stock_connections_hear_something() -> None:
    bench = Bench()
    stock = bench.join(dialect=Dialect.STOCK)
    for _ in range(12):
        stock.inbox.clear()
        for _ in range(4):
            bench.now += 5
            bench.handle(inputs.Tick())
        assert stock.inbox


@pytest.mark.spec("ROOM-20", "WIRE-7")
def test_somebody_who_returns_is_seen_at_once() -> None:
    bench = Bench()
    ana, ben = bench.join("ana", client_id=7), bench.join("ben")
    ana.send(state_of(ana, clock=5))
    bench.handle(inputs.Leave(ana.session))
    gone = ben.got(f.Awareness)[-1].states[0]
    del bench.peers[ana.session]
    again = bench.join("ana", client_id=7)
    again.send(state_of(again, clock=5))
    back = ben.got(f.Awareness)[-1].states[0]
    assert back.json != "null"
    assert back.clock > gone.clock


@pytest.mark.spec("ROOM-21")
def test_another_lineage_is_turned_away_before_anything_is_said() -> None:
    bench = Bench(content="x")
    stranger = bench.join(lineage=LineageId("other"))
    assert stranger.closed is not None
    code, reason = stranger.closed
    assert code == 1003
    assert json.loads(reason) == {
        "reason": "unknown_session",
        "sessionId": LINEAGE,
        "reloadable": True,
    }
    assert stranger.inbox == []
    assert len(reason.encode()) <= 123


@pytest.mark.spec("ROOM-21")
def test_who_names_no_lineage_cannot_bring_another_one() -> None:
    bench = Bench(content="x")
    stranger = bench.join(dialect=Dialect.STOCK, lineage=None, synchronise=False)
    stranger.edit("x of another history")
    stranger.synchronise()
    assert stranger.closed is not None
    assert stranger.closed[0] == 1003
    assert json.loads(stranger.closed[1])["sessionId"] == LINEAGE
    assert bench.text() == "x"


@pytest.mark.spec("ROOM-21")
def test_who_names_no_lineage_can_edit() -> None:
    bench = Bench(content="x")
    program = bench.join(dialect=Dialect.STOCK, lineage=None)
    program.type("new ")
    assert program.closed is None
    assert bench.text() == "new x"


@pytest.mark.spec("ROOM-22")
def test_a_file_report_reaches_everybody_and_is_no_edit() -> None:
    bench = Bench()
    ana, stock = bench.join("ana"), bench.join("ben", dialect=Dialect.STOCK)
    before = bench.room.content_sequence
    bench.handle(IN_FILE)
    assert bench.room.content_sequence == before
    assert ana.got(f.Status)[-1].body["file"]["state"] == "in_file"
    from pycrdt import Map

    assert stock.doc.get("state", type=Map).to_py()["hash"] == "abc"


@pytest.mark.spec("WIRE-4", "WIRE-5")
def test_the_greeting_of_both_dialects() -> None:
    bench = Bench(content="x")
    ana = bench.join(synchronise=False)
    assert [type(m) for m in ana.inbox] == [f.Hello, f.Status, f.Execution, f.SyncStep1]
    hello = ana.inbox[0]
    assert isinstance(hello, f.Hello)
    assert hello.body["lineage"] == LINEAGE
    assert hello.body["role"] == "editor"
    stock = bench.join(dialect=Dialect.STOCK, synchronise=False)
    assert [type(m) for m in stock.inbox] == [f.SyncStep1]
    stock.send(f.SyncStep1(stock.doc.get_state()))
    assert str(stock) == "x"


@pytest.mark.spec("ROOM-10")
def test_a_damaged_document_is_rebuilt(monkeypatch: pytest.MonkeyPatch) -> None:
    from jupyter_tandem.core.document import Document
    from jupyter_tandem.errors import DocumentError

    bench = Bench()
    ana, ben = bench.join("ana"), bench.join("ben")

    def fail(self: Document, _updates: list[bytes]) -> bytes | None:
        self._guard.tripped = True
        raise DocumentError("the library failed")

    monkeypatch.setattr(Document, "apply", fail)
    effects = ana.type("x")
    assert any(isinstance(e, fx.Rebuild) for e in effects)
    assert ana.closed is not None
    assert ben.closed is None
    assert bench.entries == []


def _asleep(bench: Bench, dialect: Dialect) -> tuple[Peer, Peer]:
    """Ana's laptop slept: the server holds her connection for live, and she comes back over a new one."""
    before = bench.join("ana", client_id=77, dialect=dialect)
    before.type("before ")
    again = bench.join("ana", client_id=77, dialect=dialect, synchronise=False)
    again.doc.apply_update(before.doc.get_update())
    return before, again


@pytest.mark.spec("ROOM-6")
@pytest.mark.parametrize("dialect", Dialect)
def test_who_comes_back_with_edits_takes_over_from_the_broken_connection(dialect: Dialect) -> None:
    bench = Bench()
    before, again = _asleep(bench, dialect)
    again.edit("asleep ", 7)
    again.synchronise()
    assert again.closed is None
    assert before.closed is not None
    assert before.closed[0] == 4408
    assert bench.text() == "before asleep "


@pytest.mark.spec("ROOM-6")
@pytest.mark.parametrize("dialect", Dialect)
def test_who_comes_back_and_types_takes_over(dialect: Dialect) -> None:
    bench = Bench()
    before, again = _asleep(bench, dialect)
    again.synchronise()
    again.type("awake ", 7)
    assert again.closed is None
    assert before.closed is not None
    assert bench.text() == "before awake "


@pytest.mark.spec("ROOM-6")
def test_the_earlier_connection_cannot_take_the_client_id_back() -> None:
    bench = Bench()
    before, again = _asleep(bench, Dialect.TANDEM)
    again.synchronise()
    again.type("awake ", 7)
    effects = before.send(f.Update(before.edit("late", 0)))
    assert effects == []
    assert bench.text() == "before awake "


@pytest.mark.spec("ROOM-6", "ROOM-20")
def test_who_comes_back_is_seen_at_once() -> None:
    bench = Bench()
    ben = bench.join("ben")
    before, again = _asleep(bench, Dialect.TANDEM)
    before.send(f.Awareness((f.AwarenessState(77, 5, "{}"),)))
    again.send(f.Awareness((f.AwarenessState(77, 0, "{}"),)))
    assert before.closed is not None
    told = [state for message in ben.got(f.Awareness) for state in message.states]
    assert "null" not in [state.json for state in told]
    assert [state.client for state in bench.room.awareness_states()] == [77]


@pytest.mark.spec("ROOM-6", "ROOM-14")
def test_a_stock_client_that_repeats_its_persons_other_window_takes_nothing_over() -> None:
    bench = Bench()
    first = bench.join("ana", client_id=77, dialect=Dialect.STOCK)
    first.send(f.Awareness((f.AwarenessState(77, 1, "{}"),)))
    second = bench.join("ana", client_id=78, dialect=Dialect.STOCK)
    second.send(f.Awareness((f.AwarenessState(77, 1, "{}"),)))
    assert first.closed is None


@pytest.mark.spec("ROOM-20", "P-12")
@pytest.mark.parametrize("how", ["null", "leave", "expiry", "again"])
def test_no_awareness_clock_makes_one_that_cannot_be_told(how: str) -> None:
    bench = Bench()
    bo, eve = bench.join("bo"), bench.join("eve", Role.VIEWER)
    most = 2**53 - 1
    eve.send(state_of(eve, clock=most))
    if how == "null":
        eve.send(f.Awareness((f.AwarenessState(eve.doc.client_id, most, "null"),)))
    elif how == "expiry":
        bench.now += EXPIRY_S + 1
        bench.handle(inputs.Tick())
    else:
        bench.handle(inputs.Leave(eve.session))
        del bench.peers[eve.session]
    last = bo.got(f.Awareness)[-1].states[0]
    assert last.json == "null"
    if how == "again":
        again = bench.join("eve", client_id=eve.doc.client_id)
        again.send(state_of(again, clock=most))
        assert bo.got(f.Awareness)[-1].states[0].clock > last.clock
