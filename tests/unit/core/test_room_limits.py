"""Bounds are told, and what passes one is refused with a reason before it is looked into."""

from __future__ import annotations

import pytest

from jupyter_tandem.protocol import frames as f
from jupyter_tandem.protocol.limits import Limits
from jupyter_tandem.protocol.update import encode_state_vector
from jupyter_tandem.types import Role
from tests.unit.core.room_bench import Bench, Peer

_FRAME_BYTES = 2_000
_LIMITS = Limits(frame_bytes=_FRAME_BYTES, awareness_bytes=300, client_ids=3, document_bytes=5_000)

_CLIENT_ID = 77
"""Always as long on the wire, or frames could not be made as long as wanted."""


def _typed(peer: Peer, size: int) -> bytes:
    """A frame of exactly ``size`` bytes that types something."""
    frame = b""
    text = "x" * (size - 100)
    while len(frame) < size:
        writer = Peer(peer.bench, peer.session, _CLIENT_ID)
        frame = f.encode(f.Update(writer.edit(text)))
        text += "x" * (size - len(frame))
    assert len(frame) == size
    return frame


@pytest.mark.spec("P-8", "WIRE-4")
def test_limits_are_told() -> None:
    hello = Bench(limits=_LIMITS).join().got(f.Hello)[0]
    told = hello.body["limits"]
    assert told["frame_bytes"] == _FRAME_BYTES
    assert told["awareness_bytes"] == 300
    assert told["client_ids"] == 3


@pytest.mark.spec("P-8", "WIRE-1")
def test_a_frame_of_the_longest_size_is_taken() -> None:
    bench = Bench(limits=_LIMITS)
    ana = bench.join()
    ana.send_raw(_typed(ana, _FRAME_BYTES))
    assert ana.closed is None
    assert bench.text().startswith("x" * 1_000)


@pytest.mark.spec("P-8", "WIRE-1")
@pytest.mark.parametrize("honest", [True, False], ids=["an edit", "garbage"])
def test_one_byte_more_is_refused_whatever_it_is(honest: bool) -> None:
    bench = Bench(limits=_LIMITS)
    ana = bench.join()
    frame = _typed(ana, _FRAME_BYTES + 1) if honest else b"\xff" * (_FRAME_BYTES + 1)
    ana.send_raw(frame)
    assert ana.closed is not None
    code, reason = ana.closed
    assert code == 4413
    assert str(_FRAME_BYTES) in reason
    assert bench.text() == ""


@pytest.mark.spec("P-8")
def test_awareness_has_a_bound_of_its_own() -> None:
    ana = Bench(limits=_LIMITS).join()
    state = f.AwarenessState(ana.doc.client_id, 1, '{"note": "' + "x" * 300 + '"}')
    ana.send(f.Awareness((state,)))
    assert ana.closed is not None
    assert ana.closed[0] == 4413


@pytest.mark.spec("P-8")
def test_a_connection_has_so_many_client_ids_and_no_more() -> None:
    bench = Bench(limits=_LIMITS)
    ana = bench.join()
    for number in range(_LIMITS.client_ids + 1):
        assert ana.closed is None
        writer = Peer(bench, ana.session, number + 1)
        ana.send(f.Update(writer.edit("x")))
    assert ana.closed is not None
    assert ana.closed[0] == 4413
    assert bench.text() == "xxx"


@pytest.mark.spec("P-8")
def test_a_document_that_is_full_refuses_more_and_stays() -> None:
    bench = Bench(limits=_LIMITS)
    ana, ben = bench.join("ana"), bench.join("ben")
    for _ in range(3):
        ana.type("x" * 1_500)
    ana.type("x" * 1_500)
    assert ana.closed is not None
    assert ana.closed[0] == 4413
    assert ben.closed is None
    assert bench.text() == str(ben) == "x" * 4_500


@pytest.mark.spec("ROOM-37")
def test_of_many_questions_in_a_turn_two_are_answered() -> None:
    bench = Bench(content="what is there")
    ana = bench.join(synchronise=False)
    before = len(ana.got(f.SyncStep2))
    questions = [f.SyncStep1(encode_state_vector({100 + number: 1})) for number in range(50)]
    ana.send(*questions, f.SyncStep1(b"\x00"))
    answers = ana.got(f.SyncStep2)[before:]
    assert len(answers) == 2
    assert str(ana) == "what is there"
    ana.send(questions[0])
    assert len(ana.got(f.SyncStep2)) == before + 3


@pytest.mark.spec("ROOM-37")
def test_a_last_question_that_is_none_ends_its_session_alone() -> None:
    bench = Bench()
    ana, bo = bench.join("ana"), bench.join("bo")
    ana.send(f.SyncStep1(b"\x00"), f.SyncStep1(b"\xff\xff"), f.Ping())
    assert ana.closed is not None
    assert bo.closed is None


@pytest.mark.spec("WIRE-10")
def test_what_a_reader_hands_in_is_not_read() -> None:
    bench = Bench()
    reader = bench.join(role=Role.VIEWER, synchronise=False)
    writer = bench.join(synchronise=False)
    request = f.MergeRequest(b"not even JSON")
    reader.send(request)
    assert [answer.body["status"] for answer in reader.got(f.MergeAnswer)] == ["refused"]
    assert reader.closed is None
    writer.send(request)
    assert writer.closed is not None
    assert writer.closed[0] == 4400
